"""Whether two systems differ: a paired test that counts speakers, not utterances.

Differences are of speakers, one number each: what a speaker adds to the difference between two
scores. Nothing depends on the order of speakers or on which system is named first. No result is
random: the same input gives the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: With up to this many differing speakers every choice of signs is counted.
EXACT_SPEAKERS = 20
#: Choices of signs drawn at random for more; with the observed one they are 100,000.
RANDOM_FLIPS = 99_999
#: Speakers whose sums are tabled at once: 2 ** 10 of them.
_TABLED = 10
_SEED = 0
#: Sums this close, relative to the largest possible, differ by rounding alone.
ROUNDING = 1e-9


def sign_flip_test(
    differences: Sequence[float] | NDArray[np.float64], *, cross_validated: bool = False
) -> float:
    """Test whether two systems differ, from one difference a speaker.

    If they do not, each speaker's difference could as well have had the other sign. The p-value is
    the share of all ``2**S`` choices of signs whose sum is at least as far from zero as the one
    observed; equal sums count, rounding allowed for. Nothing is assumed about the size of
    the differences, and speakers need not be alike.

    Speakers of a cross-validation are not independent: each was judged by systems that the others
    trained. Chance in training is common to all of them, no flip of signs shows it, and the test
    finds too much. With ``d`` the differences and ``s**2`` their variance, the signs account for
    ``sum(d**2)`` of the variance of ``sum(d)``; training adds up to ``S s**2`` (Nadeau and
    Bengio). So the observed sum is multiplied by ``sqrt(sum(d**2) / (sum(d**2) + S s**2))`` before
    it is compared. Where all differences are equal this changes nothing.

    Parameters
    ----------
    differences : sequence of float, (speakers,)
        What each speaker adds to the score of one system minus the score of the other. Without
        ``cross_validated`` a difference of zero says nothing, and the p-value is the same
        without it.
    cross_validated : bool
        Whether each speaker was judged by systems trained on the others.

    Returns
    -------
    float
        Two-sided p-value: 1 if there is no difference other than zero. With more than
        ``EXACT_SPEAKERS`` of them, ``(1 + count) / (1 + RANDOM_FLIPS)`` with ``count`` those
        of ``RANDOM_FLIPS`` choices, drawn with a fixed seed, that are as far from zero.

    References
    ----------
    R. A. Fisher, The Design of Experiments, 1935, section 21. On counting the observed choice:
    B. Phipson and G. K. Smyth, "Permutation p-values should never be zero", Statistical
    Applications in Genetics and Molecular Biology 9(1), 2010. On training: C. Nadeau and
    Y. Bengio, "Inference for the generalization error", Machine Learning 52, pp. 239-281, 2003.

    Examples
    --------
    >>> sign_flip_test([0.1, 0.2, 0.3, 0.2, 0.1])
    0.0625
    >>> sign_flip_test([0.1, 0.2, 0.3, -0.2, 0.1])
    0.375
    >>> unequal = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    >>> sign_flip_test(unequal), sign_flip_test(unequal, cross_validated=True)
    (0.03125, 0.0625)
    """
    given = np.asarray(differences, np.float64)
    if not np.isfinite(given).all():
        raise ValueError(f"differences: {given.tolist()}, need finite numbers")
    # in ascending order, so that neither the order of speakers nor that of systems shows
    sizes = np.sort(np.abs(given[given != 0]))
    if not len(sizes):
        return 1.0
    observed = abs(math.fsum(given)) * (part_of_testing(given) if cross_validated else 1)
    p = _exact_p if len(sizes) <= EXACT_SPEAKERS else _random_p
    return p(sizes, observed - ROUNDING * sizes.sum())


def smallest_p(speakers: int) -> float:
    """Give the smallest p-value that `sign_flip_test` can reach.

    It is reached when all differences are equal; five speakers cannot reach 0.05, six can.

    Returns
    -------
    float
        ``2 / 2**S``, at most 1; with more than ``EXACT_SPEAKERS``, ``1 / (1 + RANDOM_FLIPS)``.
        Speakers without a difference do not count.

    Examples
    --------
    >>> smallest_p(5), smallest_p(6)
    (0.0625, 0.03125)
    """
    if speakers > EXACT_SPEAKERS:
        return 1 / (1 + RANDOM_FLIPS)
    return min(1.0, 2.0 ** (1 - speakers))


def part_of_testing(differences: NDArray[np.float64], training: float = 1.0) -> float:
    """Give the part of a difference that is set against flips where training is shared.

    Parameters
    ----------
    differences : ndarray, (speakers,)
    training : float, optional
        How many times the variance of testing that of training is taken to be.

    Returns
    -------
    float
        ``sqrt(sum(d**2) / (sum(d**2) + training S s**2))``, as in `sign_flip_test`; 1 where all
        are equal.

    Examples
    --------
    >>> round(part_of_testing(np.array([1.0, 2, 3, 4, 5, 6])) ** 2, 4)
    0.8125
    """
    count = len(differences)
    squares, total = math.fsum(differences**2), math.fsum(differences)
    varies = (count * squares - total**2) / max(count - 1, 1)  # S s ** 2
    return math.sqrt(squares / (squares + training * varies)) if squares else 1.0


def _exact_p(sizes: NDArray[np.float64], least: float) -> float:
    """Return the share of all choices of signs whose sum is so far from zero."""
    # every sum is one of half the speakers plus one of the others
    left, right = (every_sum(half, -half) for half in (sizes[::2], sizes[1::2]))
    right.sort()
    above = (len(right) - np.searchsorted(right, least - left)).sum()
    return min(1.0, 2.0 ** (1 - len(sizes)) * float(above))  # as many are as far below zero


def _random_p(sizes: NDArray[np.float64], least: float) -> float:
    """Estimate that share from random choices, the observed one counted."""
    return counted(np.abs(random_sums(sizes, -sizes)) >= least)


def counted(far: NDArray[np.bool_]) -> float:
    """Return the p-value of random choices, by which of them are far enough from zero."""
    return float(1 + np.count_nonzero(far)) / (1 + len(far))


def every_sum(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up what speakers give, the one way or the other, for every choice of ways.

    Parameters
    ----------
    one, other : ndarray, (speakers, ...)

    Returns
    -------
    ndarray, (2**speakers, ...)
    """
    sums = np.zeros((1, *one.shape[1:]))
    for first, second in zip(one, other, strict=True):
        sums = np.concatenate([sums + first, sums + second])
    return sums


def random_sums(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the same for choices drawn at random with a fixed seed, ``(RANDOM_FLIPS, ...)``."""
    generator = np.random.default_rng(_SEED)
    sums = np.zeros((RANDOM_FLIPS, *one.shape[1:]))
    for first in range(0, len(one), _TABLED):
        some = slice(first, first + _TABLED)
        table = every_sum(one[some], other[some])
        sums += table[generator.integers(len(table), size=RANDOM_FLIPS, dtype=np.uint16)]
    return sums
