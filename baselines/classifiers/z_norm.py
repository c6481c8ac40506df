"""Columns on one scale, by the rows that an estimator is fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating[Any]]

#: A column that varies by less than this share of its mean is constant: float32 keeps 7 digits.
LEAST_DEVIATION = 1e-6

#: Rows of which float64 copies are held at a time.
ROWS_AT_ONCE = 1024


class ZNorm:
    """Give columns mean 0 and deviation 1 among the training rows, drop what is constant there.

    A column that does not vary in training can teach nothing, and a value that differs at test
    would lie infinitely many deviations away.

    Parameters
    ----------
    features : array (rows, dim)
        The training rows.

    Attributes
    ----------
    kept : ndarray, (dim,), bool
        Columns whose deviation is above 1e-6 times the magnitude of their mean.
    mean, deviation : ndarray, (kept,), float64

    Examples
    --------
    >>> z_norm = ZNorm(np.array([[0.0, 5.0], [2.0, 5.0]]))
    >>> z_norm.place(np.array([[3.0, 8.0]])).tolist()
    [[2.0]]
    """

    def __init__(self, features: Features) -> None:
        mean = features.mean(axis=0, dtype=np.float64)
        squares = np.zeros_like(mean)
        for start in range(0, len(features), ROWS_AT_ONCE):
            squares += np.square(features[start : start + ROWS_AT_ONCE] - mean).sum(axis=0)
        deviation = np.sqrt(squares / len(features))
        self.kept: NDArray[np.bool_] = deviation > LEAST_DEVIATION * np.abs(mean)
        self.mean, self.deviation = mean[self.kept], deviation[self.kept]

    def place(self, features: Features) -> Features:
        """Return the kept columns of rows on this scale, (rows, kept), in their precision."""
        placed: Features = features[:, self.kept]
        placed -= self.mean
        placed /= self.deviation
        return placed
