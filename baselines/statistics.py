"""How far scores can be trusted: intervals and tests that count speakers, not utterances.

A new speaker, not a new utterance, is what a recogniser will meet, and the utterances of one
speaker are right or wrong together. The unit of everything here is therefore the speaker; with
nine of them there are nine observations, however many utterances they spoke.

Conventions
-----------
Differences are of speakers, one number each: what a speaker adds to the difference between two
scores. Nothing depends on the order of speakers or on which system is named first. No result is
random: the same input gives the same bits.

Methods
-------
* `jackknife_interval`: a confidence interval for any score of pooled rows.
* `sign_flip_test`: whether two systems differ, and `smallest_p`: what it can show at best.
* `holm`: p-values of several comparisons made at once.
* `one_tailed_z_test`: the test that papers report, too optimistic for few speakers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

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
_ROUNDING = 1e-9


def jackknife_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    speakers: Sequence[str] | NDArray[np.str_],
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Bracket what a statistic would be over all speakers of the same kind.

    Each speaker is left out in turn. With ``theta`` the statistic of all rows, ``theta_s`` that
    without speaker ``s`` and ``S`` speakers, the interval is ``theta +- t * e``, where
    ``e**2 = (S - 1) / S * sum_s (theta_s - mean(theta_s))**2`` and ``t`` is the quantile of
    Student's distribution with ``S - 1`` degrees of freedom. For a mean over speakers with equally
    many rows this is the classical t interval of the speakers' means.

    Parameters
    ----------
    statistic : callable
        Takes row numbers (rows,), int64, ascending, and returns the score of these rows.
    speakers : sequence of str, (rows,)
        Who spoke each row.
    confidence : float, 0 to 1
        Share of such intervals that are to hold the true value.

    Returns
    -------
    low, high : float
        NaN with fewer than two speakers. Not clipped: a score between 0 and 1 may get an interval
        that reaches beyond, and cutting it is the caller's business. A score that is the same
        without any one speaker, 1.0 for instance, gets an interval of no width; a class that only
        one speaker has is lost with that speaker, which mostly widens the interval of a UA.

    References
    ----------
    J. W. Tukey, "Bias and confidence in not-quite large samples", Annals of Mathematical Statistics
    29(2), p. 614, 1958. B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 11.

    Examples
    --------
    >>> right = np.array([1, 1, 1, 0, 0, 1, 1, 1])
    >>> low, high = jackknife_interval(lambda rows: right[rows].mean(), list("aabbccdd"))
    >>> round(low, 3), round(high, 3)
    (0.291, 1.209)
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: {confidence:g}, need a share between 0 and 1")
    spoken = np.asarray(speakers)
    names = np.unique(spoken)
    count = len(names)
    if count < 2:
        return float("nan"), float("nan")
    from scipy.special import stdtrit  # the extra `evaluate` brings scipy

    whole = float(statistic(np.arange(len(spoken))))
    without = np.array([statistic(np.flatnonzero(spoken != name)) for name in names], np.float64)
    error = math.sqrt((count - 1) * without.var())
    reach = float(stdtrit(count - 1, (1 + confidence) / 2)) * error
    return whole - reach, whole + reach


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
    observed = abs(math.fsum(given)) * (_part_of_testing(given) if cross_validated else 1)
    p = _exact_p if len(sizes) <= EXACT_SPEAKERS else _random_p
    return p(sizes, observed - _ROUNDING * sizes.sum())


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

    Here to reproduce what is published; to compare systems use `sign_flip_test`. It is too
    optimistic with few speakers: it takes every utterance for an independent trial, while the
    utterances of one speaker succeed and fail together, so that thousands of them by nine speakers
    hold little more evidence on new speakers than nine observations. It also takes the two systems
    to have met different utterances, and knows accuracy (WA) alone, not UA.

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


def _part_of_testing(differences: NDArray[np.float64]) -> float:
    """Return what testing has in the standard error of the sum where training has its full part."""
    count = len(differences)
    squares, total = math.fsum(differences**2), math.fsum(differences)
    training = (count * squares - total**2) / max(count - 1, 1)  # S s ** 2
    return math.sqrt(squares / (squares + training))


def _exact_p(sizes: NDArray[np.float64], least: float) -> float:
    """Return the share of all choices of signs whose sum is so far from zero."""
    # every sum is one of half the speakers plus one of the others
    left, right = _every_sum(sizes[::2]), np.sort(_every_sum(sizes[1::2]))
    above = (len(right) - np.searchsorted(right, least - left)).sum()
    return min(1.0, 2.0 ** (1 - len(sizes)) * float(above))  # as many are as far below zero


def _random_p(sizes: NDArray[np.float64], least: float) -> float:
    """Estimate that share from random choices, the observed one counted."""
    generator = np.random.default_rng(_SEED)
    sums = np.zeros(RANDOM_FLIPS)
    for first in range(0, len(sizes), _TABLED):
        table = _every_sum(sizes[first : first + _TABLED])
        sums += table[generator.integers(len(table), size=RANDOM_FLIPS, dtype=np.uint16)]
    return float(1 + np.count_nonzero(np.abs(sums) >= least)) / (1 + RANDOM_FLIPS)


def _every_sum(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the sizes with every choice of signs."""
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums + size, sums - size])
    return sums  # (2 ** speakers,)
