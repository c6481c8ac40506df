"""How far a score varies with its speakers.

A score is a mean of ratios (`deepspectrum_features.baselines.ratios`). Speaker ``s`` adds the share
``u_s = sum_k (part_sk - R_k whole_sk) / (K whole_k)`` to its deviation. How far shares vary depends
on how much was spoken: of ``n_sk`` rows that count for term ``k`` and vary by ``M_k`` each, any two
of one speaker correlated by ``rho``, the variance is::

    h_s = (1 - rho) sum_k n_sk g_k**2 + rho (sum_k n_sk g_k)**2,   g_k = sqrt(M_k) / (K whole_k)

The speaker of half of the rows has most of the variance, and so has one of the two who utter a
class. ``rho`` is found by moments: squared shares regressed on the part of ``h_s`` that it
multiplies, each weighted by ``1 / h_s**2`` as it is with ``rho`` 0.1. Then one factor for all is
left unknown::

    sigma**2 = mean over speakers of u_s**2 / m_s,      V = sigma**2 sum_s h_s

Here ``R_k`` is estimated with weights ``whole_sk / h_sk``, ``h_sk`` the variance in term ``k``
alone, and ``m_s <= h_s`` is what the variance of ``u_s`` is after that: a speaker alone with a
class tells nothing of how speakers differ in it. ``sigma**2`` has the degrees of freedom of
Satterthwaite, ``S**2 / sum_st c_st**2`` with ``c`` the correlations of the ``S`` shares: ``S - 1``
where all speak alike. With equal speakers and one term ``V`` is the variance of their mean.

References
----------
F. E. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics
Bulletin 2(6), pp. 110-114, 1946. On degrees of freedom of few, unequal clusters under a working
model: R. M. Bell and D. F. McCaffrey, "Bias reduction in standard errors for linear regression with
multi-stage samples", Survey Methodology 28(2), pp. 169-181, 2002.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.ratios import Ratio

_FIRST_CORRELATION = 0.1
#: Relative variance below which a speaker's share is its own estimate.
_NOTHING_LEFT = 1e-9

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class SpeakerSums:
    """What each speaker adds to each term, ``(speakers, terms)``.

    ``part`` and ``whole`` add up to ratio / terms and 1 / terms, ``rows`` counts; ``deviation`` is
    of one row, ``(terms,)``.
    """

    part: Matrix
    whole: Matrix
    rows: Matrix
    deviation: Matrix

    @classmethod
    def of(cls, ratio: Ratio, speaker: NDArray[np.intp], speakers: int) -> SpeakerSums:
        """Add up the rows of each speaker."""
        counted = (ratio.whole != 0).astype(np.float64)
        part, whole, rows = (
            np.stack(
                [np.bincount(speaker, term, speakers) for term in table.T], axis=1, dtype=float
            )
            for table in (ratio.part, ratio.whole, counted)
        )
        total = whole.sum(axis=0)
        errors = ratio.part - part.sum(axis=0) / total * ratio.whole
        # as if there were a row more with an error of 1: where all are right, others may not be
        more = 1 if ratio.scale == "share" else 0
        varies = ((errors**2).sum(axis=0) + more) / (rows.sum(axis=0) + more)
        scale = len(total) * total
        return cls(part / scale, whole / scale, rows, np.sqrt(varies) / scale)


def variance(parts: SpeakerSums) -> tuple[float, float]:
    """Estimate the variance of a mean of ratios.

    Returns
    -------
    variance, freedom : float
        And its degrees of freedom; both 0 where every class has a speaker of its own.

    Examples
    --------
    >>> from deepspectrum_features.baselines.ratios import wa_ratio
    >>> right = wa_ratio(["calm"] * 6, ["calm"] * 3 + ["loud"] * 3)  # shares 1, 1/2 and 0
    >>> found, freedom = variance(SpeakerSums.of(right, np.array([0, 0, 1, 1, 2, 2]), 3))
    >>> round(found, 4), round(freedom, 4)
    (0.0833, 2.0)
    """
    alone = (parts.rows * parts.deviation**2).sum(axis=1)
    together = (parts.rows * parts.deviation).sum(axis=1) ** 2
    first = _shares(parts, _FIRST_CORRELATION)
    found = _shares(parts, _correlation(first, alone, together - alone))
    tells = found.remaining > _NOTHING_LEFT * found.variance
    if not tells.any():
        return 0.0, 0.0
    root = np.sqrt(found.remaining[tells])[:, None]
    factor = float((found.share[tells] ** 2 / root[:, 0] ** 2).mean())
    left, right = found.left[tells] / root, found.right[tells] / root
    own = found.variance[tells] / root[:, 0] ** 2
    squares = (own**2 + 2 * own * (left * right).sum(axis=1)).sum()
    squares += ((left.T @ left) * (right.T @ right)).sum()
    return factor * float(found.variance.sum()), float(tells.sum() ** 2 / squares)


class _Shares(NamedTuple):
    """Shares of speakers under a correlation, ``(speakers,)``, and how they vary.

    Their covariance is ``diag(variance) + left @ right.T``, its diagonal ``remaining``.
    """

    share: Matrix
    variance: Matrix
    remaining: Matrix
    left: Matrix
    right: Matrix


def _correlation(found: _Shares, alone: Matrix, pairs: Matrix) -> float:
    """Regress squared shares on what the correlation multiplies."""
    kept = found.remaining / found.variance
    weight = pairs / found.variance**2
    slope = float((weight * pairs * kept).sum())
    excess = float((weight * (found.share**2 - alone * kept)).sum())
    return max(excess / slope, 0.0) if slope > 0 else 0.0


def _shares(parts: SpeakerSums, correlation: float) -> _Shares:
    """Return shares around ratios that are weighted by how the speakers vary."""
    moved = parts.rows * parts.deviation
    alone = parts.rows * parts.deviation**2
    within = alone + correlation * (moved**2 - alone)
    variance = alone.sum(axis=1) + correlation * (moved.sum(axis=1) ** 2 - alone.sum(axis=1))
    whole = parts.whole
    weight = np.divide(whole, within, out=np.zeros_like(whole), where=within > 0)
    weight /= (weight * whole).sum(axis=0)
    share = (parts.part - (weight * parts.part).sum(axis=0) * whole).sum(axis=1)
    # covariance of a speaker's errors with those of the ratios, and of the ratios' with each other
    others = correlation * moved * (moved.sum(axis=1, keepdims=True) - moved)
    with_ratio = weight * (within + others)
    ratios = correlation * (weight * moved).T @ (weight * moved)
    np.fill_diagonal(ratios, (weight**2 * within).sum(axis=0))
    left = np.hstack([whole, with_ratio])
    right = np.hstack([whole @ ratios - with_ratio, -whole])
    remaining = np.maximum(variance + (left * right).sum(axis=1), 0)
    return _Shares(share, variance, remaining, left, right)
