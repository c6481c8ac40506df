"""Columns on one scale, by the rows that an estimator is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
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
    families : sequence of str, (dim,), optional
        The family of every column. All families then have the same sum of variances, whatever
        their number of columns, and the sum over all columns is what it is without families.

    Attributes
    ----------
    kept : ndarray, (dim,), bool
        Columns whose deviation is above 1e-6 times the magnitude of their mean.
    mean, deviation, weight : ndarray, (kept,), float64
        The deviation among the training rows; what columns are multiplied by after z-norm: the
        root of ``columns / (families * columns of the family)``, of those kept, or 1.

    Raises
    ------
    ValueError
        If there is not one family a column.

    Examples
    --------
    >>> z_norm = ZNorm(np.array([[0.0, 5.0], [2.0, 5.0]]))
    >>> z_norm.place(np.array([[3.0, 8.0]])).tolist()
    [[2.0]]
    >>> z_norm = ZNorm(np.array([[0.0, 5.0, 1.0], [2.0, 7.0, 3.0]]), ["f0", "mfcc", "mfcc"])
    >>> (z_norm.place(np.array([[2.0, 7.0, 3.0]])) ** 2).round(6).tolist()
    [[1.5, 0.75, 0.75]]
    """

    def __init__(self, features: Features, families: Sequence[str] | None = None) -> None:
        mean = features.mean(axis=0, dtype=np.float64)
        squares = np.zeros_like(mean)
        for start in range(0, len(features), ROWS_AT_ONCE):
            squares += np.square(features[start : start + ROWS_AT_ONCE] - mean).sum(axis=0)
        deviation = np.sqrt(squares / len(features))
        self.kept: NDArray[np.bool_] = deviation > LEAST_DEVIATION * np.abs(mean)
        self.mean, self.deviation = mean[self.kept], deviation[self.kept]
        self.weight = np.ones(len(self.mean))
        if families is not None:
            if len(families) != len(mean):
                raise ValueError(
                    f"families: {len(families)}, need one for each of {len(mean)} columns"
                )
            self.weight = _weights(np.asarray(families)[self.kept])

    def place(self, features: Features) -> Features:
        """Return the kept columns of rows on this scale, (rows, kept), in their precision."""
        placed: Features = features[:, self.kept]
        placed -= self.mean
        placed /= self.deviation / self.weight
        return placed


def weighting(families: Sequence[str] | None) -> str:
    """Say how z-normed columns are weighed, in words that follow others; nothing if they are not.

    Examples
    --------
    >>> weighting(["f0", "mfcc", "mfcc"])
    ', every family of columns of equal weight'
    """
    return "" if families is None else ", every family of columns of equal weight"


def _weights(families: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return a weight for each column: squared, their sum is the same for every family."""
    names, family, columns = np.unique(families, return_inverse=True, return_counts=True)
    weights: NDArray[np.float64] = np.sqrt(len(families) / (len(names) * columns[family]))
    return weights
