"""What a classifier says of rows, one after the other, and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.results_tables import as_csv
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.files import check_file
from deepspectrum_features.overview import Overview, WithOverview
from deepspectrum_features.terminal import counted, counts

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Decisions:
    """What a classifier says of rows of features.

    Attributes
    ----------
    scores : ndarray, (rows, classes), float64
        Decision scores; the highest has the label, of equal ones the first.
    label : ndarray, (rows,), str
    probabilities : ndarray, (rows, classes), float64
        Calibrated on speakers held out. Of an SVM, whose label is the class that wins most pairs,
        another class may now and then be more probable: the label stands.
    """

    scores: NDArray[np.float64]
    label: NDArray[np.str_]
    probabilities: NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Predictions(WithOverview):
    """What a classifier says of utterances.

    Attributes
    ----------
    classes : tuple of str
    file : list of str, (rows,)
        Paths relative to what was given.
    start, end : ndarray, (rows,), float64, s
    channel : ndarray, (rows,), int32
        Where the table of recordings names one, counted from 1; else empty.
    label : ndarray, (rows,), str
    probabilities : ndarray, (rows, classes), float64
    refused : tuple of Refusal
        Inputs that gave no row, and rows of nothing but digital zeros.
    notices : tuple of str
        What limits the answers, such as speakers that the classifier was fitted on.
    """

    classes: tuple[str, ...]
    file: list[str]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    channel: NDArray[np.int32]
    label: NDArray[np.str_]
    probabilities: NDArray[np.float64]
    refused: tuple[Refusal, ...] = ()
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.file)

    @naming_extras()
    def to_frame(self) -> pandas.DataFrame:
        """Return a row an utterance: file, start, end, (channel,) label, ``p_CLASS`` of each."""
        import pandas

        return pandas.DataFrame(self._columns())

    def csv(self) -> str:
        """Return the same as CSV, probabilities to six digits, without the last line end."""
        columns = {**self._columns(), **{name: p.round(6) for name, p in self._probabilities()}}
        rows = zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True)
        return as_csv([[*columns], *rows])

    def _headline(self) -> str:
        return f"{counted(len(self), 'row')}, {counts(self.label.tolist())}"

    def _overview(self) -> Overview:
        rows = [("label", counts(self.label.tolist()))]
        rows.append(("refused", counted(len(self.refused), "input") if self.refused else "nothing"))
        return Overview([*rows, *(("notice", line) for line in self.notices)])

    def _columns(self) -> dict[str, Any]:
        """Return all columns by their names."""
        channel = {"channel": self.channel} if len(self.channel) else {}
        return {
            "file": self.file,
            "start": self.start,
            "end": self.end,
            **channel,
            "label": self.label,
            **dict(self._probabilities()),
        }

    def _probabilities(self) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """Yield the column of every class."""
        for name, values in zip(self.classes, self.probabilities.T, strict=True):
            yield f"p_{name}", values


def check_table(path: Path, overwrite: bool) -> None:
    """Refuse a table that stands already or cannot be written, before any work.

    Raises
    ------
    DsfError
        Naming it.
    """
    if path.suffix.lower() != ".csv":
        raise DsfError(f"{path}: predictions are a table, need a name that ends in .csv")
    check_file(path, DsfError)
    if path.exists() and not overwrite:
        raise DsfError(f"{path}: exists (choose another name, or --overwrite)")
