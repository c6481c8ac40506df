"""Rows of a matrix that hold what is no number."""

from __future__ import annotations

from typing import Any

import numpy as np

_AT_A_TIME = 1024


def rows_not_finite(values: Any) -> list[int]:
    """Return the rows that hold NaN or infinity, of a matrix in memory or on disk.

    Examples
    --------
    >>> rows_not_finite(np.float32([[0, 1], [0, np.nan], [np.inf, 0]] * 1000))[-2:]
    [2998, 2999]
    """
    return [
        first + int(row)
        for first in range(0, values.shape[0], _AT_A_TIME)
        for row in np.flatnonzero(~np.isfinite(values[first : first + _AT_A_TIME]).all(axis=1))
    ]
