"""A table of labels, joined to the rows of a feature file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.sources.delimited import read_rows
from deepspectrum_features.corpus.sources.headings import find_columns
from deepspectrum_features.corpus.sources.manifest import list_utterances
from deepspectrum_features.corpus.sources.paths import by_ends, matched_by_ends
from deepspectrum_features.corpus.utterance import Stretch, Utterance, join_keys
from deepspectrum_features.errors import CorpusError, near_miss, near_path
from deepspectrum_features.terminal import counted, first_few, one_line

if TYPE_CHECKING:
    from deepspectrum_features.baselines.table import Table


@dataclass(frozen=True)
class LabelTable:
    """A table of labels: every row has the label and the numbers that stand there, or none.

    What it says besides goes before what the file says, row by row.

    Attributes
    ----------
    path : Path
    listed : tuple of Utterance
    say : callable
        Called with what a user should know of how it was joined.
    """

    corpus = ""
    path: Path
    listed: tuple[Utterance, ...]
    say: Callable[[str], object]

    @cached_property
    def has_labels(self) -> bool:
        """Whether it tells labels at all."""
        return any(one.label for one in self.listed)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Names of the numbers that it tells."""
        return frozenset(name for one in self.listed for name, _ in one.targets)

    @classmethod
    def read(cls, path: Path, need_labels: bool, say: Callable[[str], object]) -> LabelTable:
        """Read a table.

        Raises
        ------
        CorpusError
            If there is none, or nothing in its column label where that is needed.
        """
        if not path.exists():
            raise CorpusError(
                f"{path}: no such file, need a table with columns file and label{near_path(path)}"
            )
        header, rows = read_rows(path)
        listed, notices = list_utterances(path, header, rows, path.parent, inside=False)
        for notice in notices:
            say(notice)
        table = cls(path, tuple(listed), say)
        if need_labels and not table.has_labels:
            raise CorpusError(_no_labels(path, header))
        return table

    def describe(self, table: Table) -> tuple[Utterance, ...]:
        """Join the table to rows: by file, start, end and channel, or by less than that.

        A path to another place, such as an absolute one, names the file that it ends in.

        Raises
        ------
        CorpusError
            If it names no row, or several that are not chunks of a recording at once.
        """
        inputs = (*table.utterances, *table.refused)
        facts, keys = self._joined(inputs)
        if moved := self._meant(inputs):
            self.say(f"{self.path}: {by_ends(moved)}, in {table.path}")
        named = [next((name for name in _names(key) if name in facts), None) for key in keys]
        count = len(table.utterances)
        keys, names = keys[:count], named[:count]
        if not any(names):
            raise CorpusError(self._no_match(table))
        self._tell_unmatched(facts, {*named}, table)
        rows = Counter(name for key in keys for name in set(_names(key)))
        for key, name in zip(keys, names, strict=True):
            if name is not None and name != key and rows[name] > 1:
                self._check_ambiguity(name, key, rows[name], table)
        return tuple(
            self._told(one, facts[name] if name else Utterance(one.file))
            for one, name in zip(table.utterances, names, strict=True)
        )

    def labels(self, refused: Sequence[Utterance]) -> list[str]:
        """Return the labels that stand in the table."""
        facts, keys = self._joined(refused)
        return [
            next((facts[name].label for name in _names(key) if name in facts), "") for key in keys
        ]

    def _told(self, one: Utterance, told: Utterance) -> Utterance:
        """Return a row with what is told of it; what the table has a column of is its alone."""
        own = [number for number in one.targets if number[0] not in self.numbers]
        label = told.label if self.has_labels else one.label
        return replace(with_facts(one, told), label=label, targets=(*own, *told.targets))

    def _joined(
        self, utterances: Sequence[Utterance]
    ) -> tuple[dict[Stretch, Utterance], list[Stretch]]:
        """Return what is listed by its key, and the keys of utterances to find there."""
        meant = self._meant(utterances)
        listed = [replace(one, file=meant.get(one.file, one.file)) for one in self.listed]
        told, keys = join_keys((one.stretch for one in listed), (one.stretch for one in utterances))
        return dict(zip(told, listed, strict=True)), keys

    def _meant(self, utterances: Sequence[Utterance]) -> dict[str, str]:
        """Return the files that paths of other places end in."""
        listed, there = ([one.file for one in rows] for rows in (self.listed, utterances))
        return matched_by_ends(self.path, listed, there, self.path.parent)

    def _tell_unmatched(
        self, facts: dict[Stretch, Utterance], named: set[Stretch | None], table: Table
    ) -> None:
        """Say which lines are of no row, and of no input that was refused."""
        if strange := [one.file for name, one in facts.items() if name not in named]:
            self.say(
                f"{self.path}: {counted(len(strange), 'line')} of no row of {table.path} "
                f"({first_few(strange)})"
            )

    def _check_ambiguity(self, name: Stretch, key: Stretch, rows: int, table: Table) -> None:
        """Refuse a name of several rows that leaves out what tells them apart."""
        if name[1] != key[1]:
            lacking, needed = "start and end", "start and end columns"
        elif name[3] != key[3]:
            lacking, needed = "channel", "a channel column"
        else:
            return
        if lacking == "channel" or not table.chunk_seconds:
            raise CorpusError(
                f"{self.path}: {key[0]} without {lacking}, but {table.path} has {rows} "
                f"{table.unit} of it, need {needed}"
            )

    def _no_match(self, table: Table) -> str:
        """Say why the table describes no row, with the name that comes closest."""
        wanted = table.utterances[0]
        files = [one.file for one in self.listed]
        name = os.path.basename(wanted.file)  # noqa: PTH119
        near = [file for file in files if os.path.basename(file) == name]  # noqa: PTH119
        near = near or get_close_matches(wanted.file, files, n=1, cutoff=0.5) or files[:1]
        row = f"it has {near[0]!r}, the features {wanted.file!r}"
        if near[0] == wanted.file:
            row = (
                f"it has {_place(self.listed[files.index(near[0])])}, the features {_place(wanted)}"
            )
        return f"{self.path}: matches no row of {table.path}: {row}"


def _no_labels(path: Path, header: Sequence[str]) -> str:
    """Say that there is no column of labels, with the name that comes close, or nothing in it."""
    at = find_columns(path, header).get("label")
    if at is not None:
        return f"{path}: nothing in column {one_line(header[at])}, need labels"
    near = near_miss("label", [name.lower() for name in header])
    return f"{path}: columns {one_line(', '.join(header))}, need one named label{near}"


def _names(key: Stretch) -> Iterator[Stretch]:
    """Yield what a label table may call a row, the closest first."""
    file, start, end, channel = key
    for of_channel in dict.fromkeys((channel, 0)):
        yield file, start, end, of_channel
        yield file, start, None, of_channel
        yield file, 0.0, None, of_channel


def with_facts(one: Utterance, told: Utterance) -> Utterance:
    """Return a row with what is told of it; what is not told stays."""
    facts = {column.name: getattr(told, column.name) for column in FACTS}
    return replace(one, **{name: value for name, value in facts.items() if value})


def _place(one: Utterance) -> str:
    channel = f" of channel {one.channel}" if one.channel else ""
    return (
        f"{one.file!r} from {one.start} to {'its end' if one.end is None else one.end} s{channel}"
    )
