"""Feature files side by side: the same rows in the same order, each with label and speaker."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.layout import load_layout
from deepspectrum_features.corpus.manifest import read_manifest
from deepspectrum_features.corpus.utterance import Utterance, join_key
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile, is_feature_file

Key = tuple[str, float, float | None]


@dataclass(frozen=True)
class Table:
    """The features of one file, row by row with what is known of the utterances.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    path : Path
    features : ndarray, (rows, dim), float32
    utterances : tuple of Utterance, (rows,)
    seen : ndarray, (rows,), int32
        Whether the encoder's training met the row: 0 no, 1 its speaker, 2 its recording.
    content : tuple of str, (rows,)
        Digest of each row's recording; empty texts where unknown.
    corpus, encoder : str
    encoder_sha256, licence, sample_rate : str
        Empty where unknown; ``as recorded`` where nothing was resampled.
    """

    name: str
    path: Path
    features: NDArray[np.float32]
    utterances: tuple[Utterance, ...]
    seen: NDArray[np.int32]
    content: tuple[str, ...]
    corpus: str
    encoder: str
    encoder_sha256: str
    licence: str
    sample_rate: str

    def take(self, rows: Sequence[int]) -> Table:
        """Return the table of some rows."""
        chosen = list(rows)
        utterances = tuple(self.utterances[row] for row in chosen)
        content = tuple(self.content[row] for row in chosen)
        features, seen = self.features[chosen], self.seen[chosen]
        return replace(self, features=features, utterances=utterances, seen=seen, content=content)


def read_tables(
    paths: Sequence[str | Path],
    *,
    labels: str | None = None,
    layout: str | None = None,
    common: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> list[Table]:
    """Read feature files of the same utterances.

    Parameters
    ----------
    paths : sequence of str or Path
    labels : str, optional
        A table with columns file, (start, end,) label, speaker, split, in place of what the files
        say. With ``file`` alone it names whole recordings.
    layout : str, optional
        A known corpus layout to read label and speaker off the paths.
    common : bool, optional
        Keep the rows that all files have, where they differ.
    say : callable, optional
        Receives one line per event.

    Raises
    ------
    FeatureFileError
        If a file is unreadable, a shard, holds NaN, or has other rows than the first.
    CorpusError
        If there are no labels, or the label table does not fit.
    """
    places = Counter(Path(one).resolve() for one in paths)
    if len(places) < len(paths):
        twice = max(places, key=lambda one: places[one])
        raise FeatureFileError(f"{twice}: given twice, need every file once")
    tables = [_read(Path(path)) for path in paths]
    if len({table.name for table in tables}) < len(tables):  # a/x.h5 and b/x.h5
        tables = [replace(table, name=str(table.path)) for table in tables]
    tables = _aligned(tables, common, say)
    described = _describe(tables[0], labels, layout, say)
    known = [row for row, one in enumerate(described) if one.label]
    if not known:
        raise CorpusError(
            f"{tables[0].path}: no labels, need some to separate (give --labels TABLE, --layout "
            "NAME, or extract from a folder with a corpus.csv)"
        )
    if len(known) < len(described):
        say(f"{len(described) - len(known)} of {len(described)} rows have no label, left out")
    return [replace(table, utterances=tuple(described)).take(known) for table in tables]


def feature_files(folder: Path) -> list[Path]:
    """Find the feature files in a folder, sorted by name.

    Raises
    ------
    FeatureFileError
        If there are none.
    """
    found = [path for path in sorted(folder.glob("*.h5")) if is_feature_file(path)]
    if not found:
        where = folder.resolve()
        raise FeatureFileError(f"{where}: no feature files, need some (dsf extract writes them)")
    return found


def _read(path: Path) -> Table:
    """Read one file; refuse what no classifier should be given."""
    stored = FeatureFile.open(path)
    known = stored.attributes
    if "shard" in known:
        raise FeatureFileError(f"{path}: shard {known['shard']} alone, need all (dsf merge)")
    bad = np.flatnonzero(~np.isfinite(stored.features).all(axis=1))
    if len(bad):
        place = stored.file[int(bad[0])]
        raise FeatureFileError(
            f"{path}: NaN or infinite in {len(bad)} rows, the first is {place}, need numbers"
        )
    if stored.features.shape != (len(stored.file), len(stored.feature_name)):
        raise FeatureFileError(
            f"{path}: {stored.features.shape} features for {len(stored.file)} rows"
        )
    empty = [""] * len(stored.file)
    rows = zip(
        stored.file,
        stored.start.tolist(),
        stored.end.tolist(),
        stored.label or empty,
        stored.speaker or empty,
        stored.split or empty,
        strict=True,
    )
    return Table(
        path.stem,
        path,
        stored.features,
        tuple(Utterance(*row) for row in rows),
        stored.seen if len(stored.seen) else np.zeros(len(stored.file), np.int32),
        tuple(stored.content or empty),
        known.get("corpus", "unknown"),
        known.get("encoder", "unknown"),
        known.get("encoder_sha256", ""),
        known.get("licence", ""),
        _sample_rate(known.get("recipe", "{}")),
    )


def _sample_rate(recipe: str) -> str:
    """Say at which rate the features were computed, as far as the recipe tells."""
    try:
        known = json.loads(recipe)
        if "front_end" in known:
            return f"{known['front_end']['sample_rate']} Hz"
        return str(known.get("sample_rate", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""


def _keys(table: Table) -> list[Key]:
    return [join_key(one.file, one.start, one.end) for one in table.utterances]


def _aligned(tables: list[Table], common: bool, say: Callable[[str], object]) -> list[Table]:
    """Bring all tables into the order of the first, or say which rows are not shared."""
    head, *others = tables
    first = _keys(head)
    shared = set(first).intersection(*(_keys(table) for table in others))
    for table in others:
        keys = set(_keys(table))
        if not common and keys != set(first):
            raise FeatureFileError(
                f"{table.path}: {len(keys)} rows, {head.path} has {len(first)}, "
                f"{len(keys.intersection(first))} are the same utterances (need the same, or "
                "--common)"
            )
    if not shared:
        raise FeatureFileError(f"{head.path}: shares no utterance with the other files")
    if len(shared) < max(len(table.utterances) for table in tables):
        say(f"{len(shared)} utterances are in all {len(tables)} files; the others are left out")
    order = [key for key in first if key in shared]
    aligned = []
    for table in tables:
        rows = {key: row for row, key in enumerate(_keys(table))}
        aligned.append(table.take([rows[key] for key in order]))
    return aligned


def _describe(
    table: Table, labels: str | None, layout: str | None, say: Callable[[str], object]
) -> list[Utterance]:
    """Say what is known of every row: by a table, by a layout, or by the file itself."""
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
            found.append(replace(chosen.describe(one.file), start=one.start, end=one.end))
        except CorpusError as error:
            raise CorpusError(f"{table.path}: {one.file}: {error}") from None
    return found


def _describe_by_table(table: Table, path: Path, say: Callable[[str], object]) -> list[Utterance]:
    """Join a label table to the rows: by file, start and end, or by file alone.

    Speaker and split stay as they are where the table says nothing of them.
    """
    if not path.exists():
        raise CorpusError(f"{path}: no such file, need a table with columns file and label")
    listed, notices = read_manifest(path, path.parent)
    for notice in notices:
        say(notice)
    several = Counter(one.file for one in table.utterances)
    exact: dict[Key, Utterance] = {}
    whole: dict[str, Utterance] = {}
    for one in listed:
        if one.start == 0 and one.end is None:
            whole[join_key(one.file, 0, None)[0]] = one
        exact[join_key(one.file, one.start, one.end)] = one
    found = []
    for one in table.utterances:
        file, start, end = join_key(one.file, one.start, one.end)
        fact = exact.get((file, start, end)) or exact.get((file, start, None))
        if fact is None and file in whole:
            if several[one.file] > 1:
                raise CorpusError(
                    f"{path}: {one.file} without start and end, but {table.path} has "
                    f"{several[one.file]} rows of it, need start and end columns"
                )
            fact = whole[file]
        found.append(
            replace(
                one,
                label=fact.label,
                speaker=fact.speaker or one.speaker,
                split=fact.split or one.split,
            )
            if fact
            else replace(one, label="", speaker="", split="")
        )
    if not any(one.label for one in found):
        raise CorpusError(_no_match(path, listed, table))
    return found


def _no_match(path: Path, listed: Sequence[Utterance], table: Table) -> str:
    """Say why a label table describes no row, with the name that comes closest."""
    if not any(one.label for one in listed):
        return f"{path}: no column named label, or nothing in it, need labels"
    wanted = table.utterances[0]
    files = [one.file for one in listed]
    name = os.path.basename(wanted.file)  # noqa: PTH119
    near = [one for one in files if os.path.basename(one) == name]  # noqa: PTH119
    near = near or get_close_matches(wanted.file, files, n=1, cutoff=0.5) or files[:1]
    row = f"it has {near[0]!r}, the features {wanted.file!r}"
    if near[0] == wanted.file:
        row = f"it has {_place(listed[files.index(near[0])])}, the features {_place(wanted)}"
    return f"{path}: matches no row of {table.path}: {row}"


def _place(one: Utterance) -> str:
    return f"{one.file!r} from {one.start} to {'its end' if one.end is None else one.end} s"
