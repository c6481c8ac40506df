"""The best of several values, such as C, by the scores they got on rows held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def smallest_best(scores: Mapping[float, float]) -> float:
    """Return the smallest key among those with the best score.

    A hair's breadth apart is a tie: the same recalls, summed in another order.

    Examples
    --------
    >>> smallest_best({1.0: 0.6, 0.1: 0.6 - 1e-16, 0.01: 0.5})
    0.1
    """
    best = max(scores.values())
    return min(key for key, value in scores.items() if value > best - 1e-9)


def checked_values(name: str, values: Sequence[float]) -> list[float]:
    """Return the values to choose from, from small to large.

    Raises
    ------
    ValueError
        If there is none, or one is no positive number.

    Examples
    --------
    >>> checked_values("cs", (1, 0.1, 1))
    [0.1, 1.0]
    """
    distinct = sorted({float(value) for value in values})
    if not distinct or not all(0 < value < np.inf for value in distinct):
        raise ValueError(f"{name}: {values!r}, need positive numbers")
    return distinct
