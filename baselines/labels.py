"""What the rows of a feature file are, told by a label table or a layout instead of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from deepspectrum_features.baselines.label_table import LabelTable, with_facts
from deepspectrum_features.corpus.known_layouts import load_layout
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

if TYPE_CHECKING:
    from deepspectrum_features.baselines.table import Table


class Told(Protocol):
    """What tells of rows, in place of their feature file."""

    @property
    def corpus(self) -> str:
        """Name of the corpus, empty where it is not told."""

    def describe(self, table: Table) -> tuple[Utterance, ...]:
        """Return the rows of a table with what is told of them."""

    def labels(self, refused: Sequence[Utterance]) -> list[str]:
        """Return the labels of inputs that gave no row, empty where unknown."""


def told_by(
    labels: str | None, layout: str | None, target: str | None, say: Callable[[str], object]
) -> Told:
    """Read a label table, or a layout; without both the feature files themselves tell.

    A table needs labels unless another ``target`` is to be told.

    Raises
    ------
    CorpusError
        If both are given, or what is given cannot be read.
    """
    if labels and layout:
        raise CorpusError("--labels and --layout: both say what a row is, need one")
    if layout:
        return LayoutTold(load_layout(layout))
    if labels:
        return LabelTable.read(Path(labels), target in (None, "label"), say)
    return FileTold()


class FileTold:
    """The feature file itself."""

    corpus = ""

    def describe(self, table: Table) -> tuple[Utterance, ...]:
        """Return the rows as they are."""
        return table.utterances

    def labels(self, refused: Sequence[Utterance]) -> list[str]:
        """Return the labels that stand in the ledger."""
        return [one.label for one in refused]


@dataclass(frozen=True)
class LayoutTold:
    """A corpus layout: what it reads off a path goes before what the file says."""

    layout: Layout

    @property
    def corpus(self) -> str:
        """The layout's name."""
        return self.layout.name

    def describe(self, table: Table) -> tuple[Utterance, ...]:
        """Return the rows with what their paths say.

        Raises
        ------
        CorpusError
            Naming the first path that does not fit, or is left out.
        """
        found = []
        for one in table.utterances:
            try:
                told = self.layout.describe(one.file)
            except CorpusError as error:
                raise CorpusError(f"{table.path}: {one.file}: {error}") from None
            if told is None:
                raise CorpusError(
                    f"{table.path}: {one.file}: left out by layout {self.layout.called}, need "
                    "features of what it chooses"
                )
            found.append(with_facts(one, told))
        return tuple(found)

    def labels(self, refused: Sequence[Utterance]) -> list[str]:
        """Return the labels that the paths say, as far as these fit."""
        return [self._label(one) for one in refused]

    def _label(self, one: Utterance) -> str:
        try:
            told = self.layout.describe(one.file)
        except CorpusError:
            return one.label
        return (told.label if told else "") or one.label
