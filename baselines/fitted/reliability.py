"""How far probabilities can be believed: what was told against what came true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows whose label was told with about the same probability.

    Attributes
    ----------
    low, high : float
        Ends of the bin.
    rows : int
    told : float
        Mean probability of the labels.
    right : float
        Share of the labels that are right.
    """

    low: float
    high: float
    rows: int
    told: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """Probabilities of predicted labels against how often these were right.

    Attributes
    ----------
    error : float
        The expected calibration error: the mean over rows of how far ``told`` and ``right`` of
        their bins lie apart.
    bins : tuple of Bin
        Tenths of the range from 0 to 1, those that have rows.

    References
    ----------
    C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    """

    error: float
    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, told: NDArray[np.float64], right: NDArray[np.bool_]) -> Reliability:
        """Hold probabilities against what came true.

        Parameters
        ----------
        told : ndarray, (rows,)
            The probability that each row's label was given.
        right : ndarray, (rows,), bool

        Examples
        --------
        >>> found = Reliability.of(np.array([0.9, 0.9, 0.5, 0.6]), np.array([1, 1, 0, 1]) > 0)
        >>> round(found.error, 3), [(one.low, one.rows, one.right) for one in found.bins]
        (0.275, [(0.5, 1, 0.0), (0.6, 1, 1.0), (0.9, 2, 1.0)])
        """
        place = np.minimum((told * _BINS + 1e-9).astype(int), _BINS - 1)
        bins = tuple(_bin(number, told, right, place) for number in np.unique(place).tolist())
        apart = sum(one.rows * abs(one.told - one.right) for one in bins)
        return cls(apart / len(told), bins)

    def table(self) -> Iterator[list[str]]:
        """Yield the cells of a table, a row a bin: ends, rows, mean probability, share right."""
        for one in self.bins:
            ends = f"{one.low:.1f} to {one.high:.1f}"
            yield [ends, str(one.rows), f"{one.told:.3f}", f"{one.right:.3f}"]


def _bin(
    number: int, told: NDArray[np.float64], right: NDArray[np.bool_], place: NDArray[np.int64]
) -> Bin:
    """Describe the rows of a bin."""
    here = place == number
    low, high = number / _BINS, (number + 1) / _BINS
    return Bin(low, high, int(here.sum()), float(told[here].mean()), float(right[here].mean()))
