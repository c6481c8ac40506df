"""What an extraction did, as it is returned and said, or why it wrote nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.terminal import counted, first_few, table_size


@dataclass(frozen=True)
class Extraction:
    """What an extraction did.

    Attributes
    ----------
    path : Path
        The feature file.
    rows, columns : int
    refused : tuple of Refusal
        Inputs that gave no row.
    audio_seconds, wall_seconds : float, s
        Sound that was worked on (finished parts left out) and time it took.
    found : str
        Empty, or what a finished output was found to be: ``"complete"``, or ``"facts brought up to
        date"`` where labels, speakers and so on, or the ledger, had changed.
    """

    path: Path
    rows: int
    columns: int
    refused: tuple[Refusal, ...]
    audio_seconds: float = 0.0
    wall_seconds: float = 0.0
    found: str = ""

    @classmethod
    def of(cls, path: Path, table: FeatureFile, **run: Any) -> Extraction:
        """Describe the table that stands at a path."""
        rows, columns = table.features.shape
        return cls(path, rows, columns, tuple(table.refused), **run)

    @property
    def summary(self) -> str:
        """One line for a person."""
        table = f"{self.path}: {table_size(self.rows, self.columns)}"
        refused = f", {len(self.refused)} refused" if self.refused else ""
        if self.found:
            return f"{table}{refused}, {self.found}"
        speed = f"{self.audio_seconds / max(self.wall_seconds, 1e-3):.0f} times real time"
        return (
            f"{table}{refused}, {self.audio_seconds:.0f} s in {self.wall_seconds:.1f} s ({speed})"
        )


def some_refused(out: Path, refused: Sequence[Refusal]) -> CorpusError:
    """Return what says that nothing was written, as some inputs were refused."""
    inputs = counted(len(refused), "input")
    return CorpusError(f"{inputs} refused, {out} not written: {_first(refused)}")


def all_refused(out: Path, refused: Sequence[Refusal]) -> CorpusError:
    """Return what says that nothing was written, as no input gave a row."""
    inputs = counted(len(refused), "input")
    return CorpusError(f"none of {inputs} gave a row, {out} not written: {_first(refused)}")


def _first(refused: Sequence[Refusal]) -> str:
    """Name the first refusals."""
    return first_few([str(refusal) for refusal in refused], "; ")
