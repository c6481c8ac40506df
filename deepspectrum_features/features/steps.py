"""Values that follow each other in time within a row; arrays that are read when sliced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import FeatureFileError, first_line
from deepspectrum_features.features.store import DAMAGED, open_store


@dataclass
class Steps:
    """One vector or number for every step of every row, placed in time.

    The numbers of a vector may have their places in frequency.

    Attributes
    ----------
    values : array, (steps of all rows, dim) or (steps of all rows,), float32
        Row behind row; of an opened feature file they stay on disk until sliced.
    first, count : ndarray, (rows,), int32
        Where each row's steps begin in ``values``, and how many they are.
    step_seconds : float, s
        Time from step to step.
    first_step_centre_seconds : float, s
        Centre of a row's first step, counted from the row's start.
    hz : ndarray, (dim,), float64, Hz, optional
        Centre of each number of a step.

    Examples
    --------
    >>> values = np.arange(5, dtype=np.float32)
    >>> steps = Steps(values, np.array([0, 3], np.int32), np.array([3, 2], np.int32), 0.01, 0.0125)
    >>> steps[1], steps.centres(1)
    (array([3., 4.], dtype=float32), array([0.0125, 0.0225]))
    """

    values: Any
    first: NDArray[np.int32]
    count: NDArray[np.int32]
    step_seconds: float
    first_step_centre_seconds: float
    hz: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """Rows."""
        return len(self.first)

    def __getitem__(self, row: int) -> NDArray[np.float32]:
        """Return the values of one row, ``(steps, dim)`` or ``(steps,)``."""
        first = int(self.first[row])
        found: NDArray[np.float32] = self.values[first : first + int(self.count[row])]
        return found

    def centres(self, row: int) -> NDArray[np.float64]:
        """Return the centre of every step of a row, ``(steps,)``, seconds from the row's start."""
        steps = np.arange(int(self.count[row]), dtype=np.float64)
        return self.first_step_centre_seconds + steps * self.step_seconds


def join_steps(tables: Sequence[Steps]) -> Steps:
    """Put the rows of several tables behind each other; values stay where they are."""
    count = np.concatenate([one.count for one in tables])
    values = Joined([one.values for one in tables])
    return replace(tables[0], values=values, first=firsts(count), count=count)


def firsts(count: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return where each row begins when rows of ``count`` steps stand behind each other.

    Raises
    ------
    FeatureFileError
        Beyond 2**31 - 1 steps, about 6000 hours at 100 steps a second.
    """
    ends = np.cumsum(count, dtype=np.int64)
    if len(ends) and ends[-1] > np.iinfo(np.int32).max:
        raise FeatureFileError(
            f"{ends[-1]} steps in one file, need at most 2147483647 (extract fewer recordings)"
        )
    return np.concatenate([[0], ends])[: len(count)].astype(np.int32)


class Stored:
    """A dataset that stays in its file until it is sliced."""

    def __init__(self, path: Path, data: h5py.Dataset) -> None:
        self._path, self._name = path, data.name
        self.shape: tuple[int, ...] = data.shape

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read some rows.

        Raises
        ------
        FeatureFileError
            If they are damaged.
        """
        try:
            with open_store(self._path) as store:
                found: NDArray[Any] = store[self._name][rows]
        except DAMAGED as error:
            reason = first_line(error)
            raise FeatureFileError(f"{self._path}: {self._name} is damaged ({reason})") from None
        return found


class Run:
    """Consecutive rows of an array, read where they are sliced."""

    def __init__(self, values: Any, first: int, last: int) -> None:
        self._values, self._first = values, first
        self.shape: tuple[int, ...] = (last - first, *values.shape[1:])

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read some rows."""
        first, last, step = rows.indices(self.shape[0])
        last = max(first, last)
        found: NDArray[Any] = self._values[self._first + first : self._first + last : step]
        return found


class Joined:
    """Arrays behind each other, put together where they are sliced."""

    def __init__(self, pieces: Sequence[Any]) -> None:
        self._pieces = pieces
        self._ends = np.cumsum([piece.shape[0] for piece in pieces], dtype=np.int64)
        self.shape: tuple[int, ...] = (int(self._ends[-1]), *pieces[0].shape[1:])

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read some rows from the pieces that hold them."""
        first, last, step = rows.indices(self.shape[0])
        if step != 1:
            raise ValueError(f"step {step}, need consecutive rows")
        found = [self._pieces[0][:0]]
        for number in range(int(np.searchsorted(self._ends, first, "right")), len(self._pieces)):
            piece = self._pieces[number]
            begin = int(self._ends[number]) - piece.shape[0]
            if begin >= last:
                break
            found.append(piece[max(first - begin, 0) : min(last - begin, piece.shape[0])])
        return np.concatenate(found)
