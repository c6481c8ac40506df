"""Whether two systems differ by a score that is no sum over speakers, such as CCC.

The predictions of two systems are exchanged speaker by speaker, as for
`deepspectrum_features.baselines.sign_flip`, and the score is computed again from the sums of all
speakers. Where a score is linear in these sums, both give the same p-value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.sign_flip import (
    EXACT_SPEAKERS,
    ROUNDING,
    counted,
    every_sum,
    part_of_testing,
    random_sums,
)

Matrix = NDArray[np.float64]


def exchange_test(
    first: Matrix, second: Matrix, score: Callable[[Matrix], Matrix], training: float = 1.0
) -> float:
    """Test whether two systems differ, one row of sums a speaker.

    With ``D`` the difference of the two scores and ``D_s`` that after an exchange of speaker ``s``
    alone, a speaker's first-order share is ``d_s = (D - D_s) / 2``. The p-value is the share of all
    choices of speakers whose exchange leaves a difference at least as far from zero as
    ``sqrt(Q / (Q + a S v)) D``, where ``Q`` is the sum of ``d_s**2`` and ``v`` the variance of the
    ``S`` shares: what all share by training is allowed for, with ``a`` 1 as in `sign_flip_test`.

    Parameters
    ----------
    first, second : ndarray, (speakers, sums), float64
        What each speaker adds to the sums under each system.
    score : callable
        Takes totals (choices, sums) and returns their scores (choices,).
    training : float, optional
        ``a``: how many times the variance of testing that of training is taken to be.

    Returns
    -------
    float
        Two-sided p-value: 1 where no speaker's sums differ. With more than ``EXACT_SPEAKERS`` that
        do, ``(1 + count) / (1 + RANDOM_FLIPS)`` as in `sign_flip_test`.

    Examples
    --------
    >>> ones, zeros = np.ones((6, 1)), np.zeros((6, 1))
    >>> exchange_test(ones, zeros, lambda totals: totals[:, 0] ** 3)
    0.03125
    """
    totals = first.sum(axis=0), second.sum(axis=0)

    def differences(exchanged: Matrix) -> Matrix:
        return score(totals[0] + exchanged) - score(totals[1] - exchanged)

    moved = second - first
    observed = float(differences(np.zeros((1, moved.shape[1])))[0])
    shares = (observed - differences(moved)) / 2
    differs = moved.any(axis=1)
    if not differs.any():
        return 1.0
    least = abs(observed) * part_of_testing(shares, training) - ROUNDING * np.abs(shares).sum()
    # in ascending order, so that the order of speakers does not show
    sizes = np.abs(shares[differs])
    ordered = moved[differs][np.argsort(sizes, kind="stable")]
    kept = np.zeros_like(ordered)
    if len(ordered) <= EXACT_SPEAKERS:
        return float((np.abs(differences(every_sum(kept, ordered))) >= least).mean())
    return counted(np.abs(differences(random_sums(kept, ordered))) >= least)
