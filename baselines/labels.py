"""What the rows of a feature file are, told by a label table or a layout instead of the file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.layout import load_layout
from deepspectrum_features.corpus.manifest import read_manifest
from deepspectrum_features.corpus.utterance import Stretch, Utterance, join_keys
from deepspectrum_features.errors import CorpusError

if TYPE_CHECKING:
    from deepspectrum_features.baselines.tables import Table


def describe_rows(
    table: Table, labels: str | None, layout: str | None, say: Callable[[str], object]
) -> list[Utterance]:
    """Say what is known of every row: by a label table, by a layout, or by the file itself.

    Raises
    ------
    CorpusError
        If table or layout do not fit the rows.
    """
    if labels and layout:
        raise CorpusError("--labels and --layout: both say what a row is, need one")
    if layout:
        return _describe_by_layout(table, layout)
    if labels:
        return _describe_by_table(table, Path(labels), say)
    return list(table.utterances)


def _describe_by_layout(table: Table, layout: str) -> list[Utterance]:
    """Read label and speaker off the paths."""
    chosen, found = load_layout(layout), []
    for one in table.utterances:
        try:
            told = chosen.describe(one.file)
            found.append(replace(told, start=one.start, end=one.end, channel=one.channel))
        except CorpusError as error:
            raise CorpusError(f"{table.path}: {one.file}: {error}") from None
    return found


def _describe_by_table(table: Table, path: Path, say: Callable[[str], object]) -> list[Utterance]:
    """Join a label table to the rows: by file, start, end and channel, or by less than that.

    Facts besides the label stay as they are where the table says nothing of them.
    """
    if not path.exists():
        raise CorpusError(f"{path}: no such file, need a table with columns file and label")
    listed, notices = read_manifest(path, path.parent)
    for notice in notices:
        say(notice)
    told, keys = join_keys(
        (one.stretch for one in listed), (one.stretch for one in table.utterances)
    )
    facts = dict(zip(told, listed, strict=True))
    rows = Counter(name for key in keys for name in set(_names(key)))
    found = []
    for one, key in zip(table.utterances, keys, strict=True):
        name = next((name for name in _names(key) if name in facts), None)
        if name is not None and name != key and rows[name] > 1:
            _check_ambiguity(name, key, f"{table.path} has {rows[name]} rows of it", path)
        found.append(_with_facts(one, facts[name] if name else None))
    if not any(one.label for one in found):
        raise CorpusError(_no_match(path, listed, table))
    return found


def _names(key: Stretch) -> Iterator[Stretch]:
    """Yield what a label table may call a row, the closest first."""
    file, start, end, channel = key
    for of_channel in dict.fromkeys((channel, 0)):
        yield file, start, end, of_channel
        yield file, start, None, of_channel
        yield file, 0.0, None, of_channel


def _check_ambiguity(name: Stretch, key: Stretch, rows: str, path: Path) -> None:
    """Refuse a name of several rows that leaves out what tells them apart."""
    if name[1] != key[1]:
        lacking, needed = "start and end", "start and end columns"
    elif name[3] != key[3]:
        lacking, needed = "channel", "a channel column"
    else:
        return
    raise CorpusError(f"{path}: {key[0]} without {lacking}, but {rows}, need {needed}")


def _with_facts(one: Utterance, told: Utterance | None) -> Utterance:
    """Return a row with what a label table tells of it; with nothing where it does not name it."""
    names = [column.name for column in FACTS]
    facts: dict[str, Any] = dict.fromkeys(names, "")
    if told is not None:
        facts = {name: getattr(told, name) or getattr(one, name) for name in names}
        facts["label"] = told.label
    return replace(one, **facts)


def _no_match(path: Path, listed: Sequence[Utterance], table: Table) -> str:
    """Say why a label table describes no row, with the name that comes closest."""
    if not any(one.label for one in listed):
        return f"{path}: no column named label, or nothing in it, need labels"
    wanted = table.utterances[0]
    files = [one.file for one in listed]
    name = os.path.basename(wanted.file)  # noqa: PTH119
    near = [file for file in files if os.path.basename(file) == name]  # noqa: PTH119
    near = near or get_close_matches(wanted.file, files, n=1, cutoff=0.5) or files[:1]
    row = f"it has {near[0]!r}, the features {wanted.file!r}"
    if near[0] == wanted.file:
        row = f"it has {_place(listed[files.index(near[0])])}, the features {_place(wanted)}"
    return f"{path}: matches no row of {table.path}: {row}"


def _place(one: Utterance) -> str:
    channel = f" of channel {one.channel}" if one.channel else ""
    return (
        f"{one.file!r} from {one.start} to {'its end' if one.end is None else one.end} s{channel}"
    )
