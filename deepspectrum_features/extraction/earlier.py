"""What a finished output holds of a plan: rows of recordings that are as they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from deepspectrum_features.corpus.columns import COLUMNS, FACTS, target_columns
from deepspectrum_features.corpus.utterance import Refusal, Stretch, Utterance
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Part, Plan
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.steps import Run, Steps, firsts
from deepspectrum_features.terminal import counted, first_few

_CARRIED = (*FACTS, *(column for column in COLUMNS if column.name == "seen"))


@dataclass(frozen=True)
class Earlier:
    """A finished output, and what it was made from.

    Attributes
    ----------
    table : FeatureFile
        Its matrices on disk.
    then, now : Plan
        What is planned of the recordings as they were, and as they are.
    changed : frozenset of str
        Recordings that are no longer what they were.
    """

    table: FeatureFile
    then: Plan
    now: Plan
    changed: frozenset[str]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        then, now = self.then.parts, self.now.parts
        pairs = zip(then, now, strict=False)
        same = len(then) == len(now) and all(one.stretches == two.stretches for one, two in pairs)
        return same and not self.changed

    @property
    def news(self) -> str:
        """A line on what is left to do, and why."""
        as_they_were = set(self.then.files) - self.changed
        files = dict.fromkeys([*self.then.files, *self.now.files])
        other = [file for file in files if file not in as_they_were]
        count = len(self.now.parts)
        return (
            f"{counted(len(other), 'recording')} changed or new: {first_few(other)} "
            f"(to do: {count - len(self.kept)} of {counted(count, 'part')})"
        )

    @cached_property
    def kept(self) -> dict[int, PartFile]:
        """The parts of today's plan whose rows stand, by number.

        They are parts of the same utterances, so that rows computed anew and those that are kept
        are together what one run gives, to the bit.
        """
        blocks = dict(self._blocks())
        return {
            part.number: self._rows(part, *blocks[part.stretches])
            for part in self.now.parts
            if part.stretches in blocks and self.changed.isdisjoint(part.files)
        }

    def carry_facts(self, table: FeatureFile) -> None:
        """Give the rows of a new table what is known of them; the corpus may tell it anew."""
        rows = {one.stretch: row for row, one in enumerate(self._utterances)}
        before = [rows.get(one.stretch) for one in self.now.given(table.refused)]
        for column in (*_CARRIED, *target_columns([self.table])):
            values = column.of(self.table)
            if column.known(values):
                told = [column.blank if row is None else values[row] for row in before]
                column.put(table, column.array(told))
        for name in ("corpus", "corpus_named"):
            if name in self.table.attributes:
                table.attributes[name] = self.table.attributes[name]

    @cached_property
    def _utterances(self) -> list[Utterance]:
        """What every row stands for."""
        return self.then.given(self.table.refused)

    def _blocks(self) -> Iterable[tuple[tuple[Any, ...], tuple[int, int]]]:
        """Yield the stretches of every part, and from where to where its rows stand."""
        first = 0
        with_row = {one.stretch for one in self._utterances}
        for part in self.then.parts:
            last = first + sum(stretch in with_row for stretch in part.stretches)
            yield part.stretches, (first, last)
            first = last

    def _rows(self, part: Part, first: int, last: int) -> PartFile:
        """Return the rows of a part, and its lines of the ledger, as its file would hold them."""
        table = self.table
        rows = slice(first, last)
        found = PartFile(
            features=Run(table.features, first, last),  # type: ignore[arg-type]
            feature_name=table.feature_name,
            feature_family=table.feature_family,
            **{column.name: column.of(table)[rows] for column in COLUMNS},
            class_name=table.class_name,
            refused=self._refused(part),
            digests=dict(zip(table.file[rows], table.content[rows], strict=False)),
            attributes=table.attributes,
        )
        for column in target_columns([table]):
            column.put(found, column.of(table)[rows])
        if table.scores is not None:
            found.scores = Run(table.scores, first, last)  # type: ignore[assignment]
        for name in STEP_GROUPS:
            if (steps := getattr(table, name)) is not None:
                setattr(found, name, _steps(steps, rows))
        return found

    def _refused(self, part: Part) -> list[Refusal]:
        """Return the lines of the ledger that are of a part, in their order."""
        found = (self._ledger.get(stretch) for stretch in part.stretches)
        return [one for _, one in sorted(filter(None, found), key=itemgetter(0))]

    @cached_property
    def _ledger(self) -> dict[Stretch, tuple[int, Refusal]]:
        """The lines of the ledger that are of planned utterances, with their numbers."""
        return {
            one.stretch: (number, one)
            for number, one in enumerate(self.table.refused)
            if one.stage != "corpus"
        }


def _steps(steps: Steps, rows: slice) -> Steps:
    """Return the steps of some rows; values stay where they are."""
    first, count = steps.first[rows], steps.count[rows]
    begin = int(first[0]) if len(first) else 0
    values = Run(steps.values, begin, begin + int(np.sum(count, dtype=np.int64)))
    return replace(steps, values=values, first=firsts(count), count=count)
