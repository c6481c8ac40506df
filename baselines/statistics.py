"""P-values: of several comparisons at once, and of the test that papers report.

* `holm`: p-values of several comparisons made at once, such as those of
  `deepspectrum_features.baselines.sign_flip`.
* `one_tailed_z_test`: the test that papers report, too optimistic for few speakers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for being the pick of several.

    Comparing the adjusted values with 0.05 keeps the chance of even one false finding at 5 %,
    however the comparisons depend on each other.

    Returns
    -------
    list of float
        In the order given. With ``p(1) <= ... <= p(m)``, the adjusted ``p(i)`` is the largest of
        ``(m - j + 1) p(j)`` over ``j <= i``, at most 1.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6(2), pp. 65-70, 1979.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"p-values: {given.tolist()}, need numbers from 0 to 1")
    order = np.argsort(given)
    steps = np.arange(len(given), 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps * given[order]))
    return [float(value) for value in adjusted]


def one_tailed_z_test(better: float, worse: float, utterances: int) -> tuple[float, float]:
    """Test whether one accuracy is higher than another, as papers often do.

    Here to reproduce what is published; to compare systems use
    `deepspectrum_features.baselines.sign_flip`. It is too optimistic with few speakers: it takes
    every utterance for an independent trial, while the utterances of one speaker succeed and fail
    together, so that thousands of them by nine speakers hold little more evidence on new speakers
    than nine observations. It also takes the two systems to have met different utterances, and
    knows accuracy (WA) alone, not UA.

    Parameters
    ----------
    better, worse : float, 0 to 1
        Share of utterances that each system has right.
    utterances : int
        How many utterances each was scored on.

    Returns
    -------
    z, p : float
        ``z = (better - worse) / sqrt(2 q (1 - q) / n)`` with ``q`` the mean of the two, and
        ``p = P(Z >= z)`` for a standard normal ``Z``. Two accuracies of 0, or of 1, are equal:
        ``z = 0``, ``p = 0.5``.

    References
    ----------
    T. G. Dietterich, "Approximate statistical tests for comparing supervised classification
    learning algorithms", Neural Computation 10(7), pp. 1895-1923, 1998: the test for the difference
    of two proportions, and what is wrong with it.

    Examples
    --------
    >>> z, p = one_tailed_z_test(0.60, 0.55, utterances=1000)
    >>> round(z, 2), round(p, 3)
    (2.26, 0.012)
    """
    if not (0 <= better <= 1 and 0 <= worse <= 1):
        raise ValueError(f"accuracies: {better:g} and {worse:g}, need shares from 0 to 1")
    if utterances < 1:
        raise ValueError(f"utterances: {utterances}, need at least 1")
    pooled = (better + worse) / 2
    error = math.sqrt(2 * pooled * (1 - pooled) / utterances)
    z = (better - worse) / error if error else 0.0
    return z, math.erfc(z / math.sqrt(2)) / 2
