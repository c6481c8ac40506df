"""Tests of differences: closed forms, naive twins, and simulations that they keep their word."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from quick_first import quick_first

from deepspectrum_features.baselines import sign_flip
from deepspectrum_features.baselines.sign_flip import sign_flip_test, smallest_p
from deepspectrum_features.baselines.statistics import holm, one_tailed_z_test

SAME = {"rel": 1e-10, "abs": 1e-12}


def naive_sign_flip(differences: list[int]) -> float:
    """Try every flip of whole numbers, where equal sums are equal."""
    sums = [
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    return sum(one >= abs(sum(differences)) for one in sums) / len(sums)


@settings(max_examples=200, deadline=None)
@given(differences=st.lists(st.integers(-6, 6), max_size=6))
def test_sign_flip_agrees_with_trying_every_flip(differences: list[int]) -> None:
    # small whole numbers: zeros and equal sums are common; tenths of them do not add up exactly
    expected = naive_sign_flip(differences)
    assert sign_flip_test(np.array(differences) * 0.1) == expected
    assert sign_flip_test([one * 1e-6 / 3 for one in differences]) == expected


def test_sign_flip_by_hand() -> None:
    # 1 2 4: sums 7 5 3 1 -1 -3 -5 -7
    assert sign_flip_test([1, 2, 4]) == 2 / 8
    assert sign_flip_test([-1, 2, 4]) == 4 / 8
    assert sign_flip_test([1, -2, 4]) == 6 / 8
    assert sign_flip_test([1, 2, -4]) == 8 / 8


def test_equal_sums_count_though_they_round_apart() -> None:
    assert sum([0.1, 0.2, -0.3]) != 0
    assert sign_flip_test([0.1, 0.2, -0.3]) == 1.0
    assert sign_flip_test([0.3, 0.1, 0.2, -0.1]) == naive_sign_flip([3, 1, 2, -1])


@pytest.mark.parametrize("differences", [[], [0.0], [0.0, 0.0, -0.0]])
def test_no_difference_is_no_evidence(differences: list[float]) -> None:
    assert sign_flip_test(differences) == 1.0


@pytest.mark.parametrize("speakers", [4, 15, 25])
def test_zeros_order_and_direction_change_nothing(speakers: int) -> None:
    generator = np.random.default_rng(speakers)
    differences = generator.normal(0.4, 1, speakers)
    expected = sign_flip_test(differences)
    assert 0.001 < expected < 1
    assert sign_flip_test(np.concatenate([differences, np.zeros(30)])) == expected
    assert sign_flip_test(generator.permutation(differences)) == expected
    assert sign_flip_test(-differences) == expected
    assert sign_flip_test(np.abs(differences)) < expected


@pytest.mark.parametrize("speakers", [1, 2, 5, 6, 9, 20])
def test_smallest_p_is_reached_when_all_differences_have_one_sign(speakers: int) -> None:
    differences = np.random.default_rng(speakers).uniform(0.01, 0.2, speakers)
    assert sign_flip_test(differences) == smallest_p(speakers) == min(1, 2 / 2**speakers)
    assert sign_flip_test(-differences) == smallest_p(speakers)
    if speakers > 1:
        differences[0] *= -1
        assert sign_flip_test(differences) > smallest_p(speakers)


def test_smallest_p_of_nobody_and_of_many() -> None:
    assert smallest_p(0) == 1.0
    assert smallest_p(20) == 2 / 2**20
    assert smallest_p(21) == smallest_p(3000) == 1 / 100_000


def test_random_flips_are_near_the_exact_p(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = np.random.default_rng(0).normal(0.35, 1, 14)
    exact = sign_flip_test(differences)
    monkeypatch.setattr(sign_flip, "EXACT_SPEAKERS", 13)
    estimate = sign_flip_test(differences)
    assert estimate != exact, "another way was taken"
    assert estimate == sign_flip_test(differences), "the seed is fixed"
    error = math.sqrt(exact * (1 - exact) / sign_flip.RANDOM_FLIPS)
    assert abs(estimate - exact) < 4 * error
    assert 0.05 < exact < 0.5


def test_random_flips_never_give_zero() -> None:
    assert sign_flip_test(np.full(60, 0.1)) == 1 / (1 + sign_flip.RANDOM_FLIPS) == smallest_p(60)
    assert sign_flip_test([0.1, -0.1] * 30) == 1.0


@pytest.mark.parametrize("speakers", [2, 5, 8])
@pytest.mark.parametrize("seed", range(10))
def test_cross_validation_sets_the_corrected_t_against_the_t_of_every_flip(
    speakers: int, seed: int
) -> None:
    # Nadeau and Bengio: 1 / S + tested / trained in place of 1 / S, here with 1 / (S - 1)
    differences = np.random.default_rng(seed).normal(0.7, 1, speakers)
    flips = np.array(list(itertools.product((1, -1), repeat=speakers)))
    t = np.abs(scipy.stats.ttest_1samp(differences * flips, 0, axis=1).statistic)
    corrected = t[0] * math.sqrt(1 / speakers) / math.sqrt(1 / speakers + 1 / (speakers - 1))
    expected = (t >= corrected).mean()
    assert sign_flip_test(differences, cross_validated=True) == expected
    assert expected >= sign_flip_test(differences)


def test_cross_validation_by_hand() -> None:
    # 1 2 3 4 5 6: sum 21, squares 91, S s^2 = (6 * 91 - 441) / 5 = 21; 21 sqrt(91 / 112) = 18.93
    # sums beyond: 21, and 19 without 1
    numbers = [1, 2, 3, 4, 5, 6]
    assert sign_flip_test(numbers, cross_validated=True) == 4 / 64
    assert sign_flip_test(numbers) == 2 / 64
    # a speaker without a difference counts: S s^2 = (7 * 91 - 441) / 6 = 32.7, 18.01; still 19
    assert sign_flip_test([*numbers, 0], cross_validated=True) == 4 / 64
    # eight of them: S s^2 = (14 * 91 - 441) / 13 = 64.1, 16.08: 17 too, without 2
    assert sign_flip_test([*numbers, *[0] * 8], cross_validated=True) == 6 / 64


@pytest.mark.parametrize("speakers", [1, 6, 9, 60])
def test_cross_validation_can_reach_the_smallest_p(speakers: int) -> None:
    assert sign_flip_test([0.1] * speakers, cross_validated=True) == smallest_p(speakers)
    assert sign_flip_test([0.0] * speakers, cross_validated=True) == 1.0


@pytest.mark.parametrize("speakers", [4, 15, 25])
def test_cross_validation_minds_neither_order_nor_direction(speakers: int) -> None:
    generator = np.random.default_rng(speakers)
    differences = generator.normal(0.6, 1, speakers)
    expected = sign_flip_test(differences, cross_validated=True)
    assert sign_flip_test(differences) < expected <= 1
    assert sign_flip_test(generator.permutation(differences), cross_validated=True) == expected
    assert sign_flip_test(-differences, cross_validated=True) == expected


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_differences_must_be_finite(odd: float) -> None:
    with pytest.raises(ValueError, match=r"^differences: .*, need finite numbers$"):
        sign_flip_test([0.1, odd])


@pytest.mark.parametrize("speakers", quick_first([6, 9, 12]))
def test_sign_flip_keeps_its_level_and_its_p_is_uniform(speakers: int) -> None:
    generator = np.random.default_rng(speakers)
    repetitions = 2000
    # no difference on average, but speakers of very unequal spread
    spread = np.geomspace(0.1, 3, speakers)
    null = generator.standard_t(4, (repetitions, speakers)) * spread
    p = np.array([sign_flip_test(one) for one in null])
    share = (p <= 0.05).mean()
    assert share <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)
    for level in (0.05, 0.1, 0.25, 0.5, 0.75):
        # p comes in steps of 2 / 2**S: what lies at or below a level is known exactly
        reachable = math.floor(level / smallest_p(speakers)) * smallest_p(speakers)
        error = math.sqrt(reachable * (1 - reachable) / repetitions)
        assert abs((p <= level).mean() - reachable) < 4 * error, level
    shifted = np.array([sign_flip_test(one) for one in null[:500] + spread * 1.5])
    assert (shifted <= 0.05).mean() > 4 * share, "a real difference is found"


def holm_by_closure(p_values: list[float]) -> list[float]:
    """Adjust by closed testing: a p-value is as good as the worst set that holds it.

    Every set of hypotheses is tested by Bonferroni; one of them is rejected when all sets that
    hold it are. That this is Holm's procedure is a theorem, so nothing is shared with it here.
    """
    numbers = range(len(p_values))
    sets = [chosen for size in numbers for chosen in itertools.combinations(numbers, size + 1)]
    return [
        max(
            min(1, len(chosen) * min(p_values[n] for n in chosen))
            for chosen in sets
            if one in chosen
        )
        for one in numbers
    ]


@settings(max_examples=100, deadline=None)
@given(
    p_values=st.lists(st.sampled_from([0.001, 0.01, 0.02, 0.04, 0.3]) | st.floats(0, 1), max_size=5)
)
def test_holm_agrees_with_closed_testing(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(holm_by_closure(p_values), **SAME)


def test_holm_by_hand() -> None:
    # sorted 0.005 0.01 0.03 0.04, times 4 3 2 1: 0.02 0.03 0.06 0.04, the last not below 0.06
    found = holm([0.01, 0.04, 0.03, 0.005])
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02], **SAME)
    assert all(type(value) is float for value in found)
    assert holm([]) == []
    assert holm([0.2]) == [0.2]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.02, 0.02]) == [0.04, 0.04]


@pytest.mark.parametrize("p_values", [[0.1, math.nan], [-0.1], [0.5, 1.1]])
def test_p_values_are_between_0_and_1(p_values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^p-values: .*, need numbers from 0 to 1$"):
        holm(p_values)


def test_holm_keeps_the_chance_of_one_false_finding() -> None:
    generator = np.random.default_rng(3)
    repetitions = 3000
    common = generator.normal(size=(repetitions, 1))  # comparisons depend on each other
    z = 0.6 * common + 0.8 * generator.normal(size=(repetitions, 6)) + [0, 0, 0, 0, 3, 5]
    raw = scipy.stats.norm.sf(z)
    adjusted = np.array([holm(one) for one in raw.tolist()])
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)
    assert (adjusted[:, :4] <= 0.05).any(axis=1).mean() <= allowed
    assert (raw[:, :4] <= 0.05).any(axis=1).mean() > 2 * allowed, "without it there are many"
    found = (adjusted <= 0.05).mean(axis=0)
    assert found[5] > 0.95
    assert (found >= (raw * 6 <= 0.05).mean(axis=0)).all()
    assert found[4] > (raw[:, 4] * 6 <= 0.05).mean(), "it finds more than Bonferroni"


def test_z_test_by_hand() -> None:
    # pooled 0.55, error sqrt(0.55 * 0.45 * 2 / 100) = 0.0703562, z = 0.1 / error
    z, p = one_tailed_z_test(0.6, 0.5, 100)
    assert z == pytest.approx(1.4213381, abs=1e-7)
    assert p == pytest.approx(0.0776094, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(utterances=st.integers(2, 5000), shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_z_test_agrees_with_scipy(utterances: int, shares: tuple[float, float]) -> None:
    # z squared is the statistic of the 2 x 2 table without correction for continuity
    hits = [round(share * utterances) for share in shares]
    assume(0 < sum(hits) < 2 * utterances)
    z, p = one_tailed_z_test(hits[0] / utterances, hits[1] / utterances, utterances)
    table = [hits, [utterances - one for one in hits]]
    squared, two_sided = scipy.stats.chi2_contingency(table, correction=False)[:2]
    assert z**2 == pytest.approx(squared, rel=1e-9, abs=1e-9)
    assert min(p, 1 - p) * 2 == pytest.approx(two_sided, rel=1e-9, abs=1e-9)
    assert p == pytest.approx(scipy.stats.norm.sf(z), rel=1e-9)
    assert (p < 0.5) == (hits[0] > hits[1])


def test_z_test_far_in_the_tail() -> None:
    z, p = one_tailed_z_test(0.9, 0.5, 2000)
    assert p == pytest.approx(scipy.stats.norm.sf(z), rel=1e-9)
    assert 0 < p < 1e-100


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_z_test_of_two_perfect_or_hopeless_systems(accuracy: float) -> None:
    assert one_tailed_z_test(accuracy, accuracy, 50) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("better", "worse", "utterances", "message"),
    [
        (65.2, 0.5, 10, r"^accuracies: 65\.2 and 0\.5, need shares from 0 to 1$"),
        (0.5, -0.1, 10, r"^accuracies: 0\.5 and -0\.1, need"),
        (math.nan, 0.5, 10, r"^accuracies: nan and 0\.5, need"),
        (0.6, 0.5, 0, r"^utterances: 0, need at least 1$"),
    ],
)
def test_z_test_takes_shares(better: float, worse: float, utterances: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        one_tailed_z_test(better, worse, utterances)


def test_z_test_is_too_optimistic_with_few_speakers_and_the_sign_flip_is_not() -> None:
    # nine speakers of 400 utterances; each suits one system by chance, on average they are equal
    generator = np.random.default_rng(9)
    repetitions, utterances = 1000, 400
    suits = generator.normal(0.6, 0.08, (repetitions, 2, 9)).clip(0, 1)
    shares = generator.binomial(utterances, suits) / utterances
    by_utterance = [one_tailed_z_test(*one, 9 * utterances)[1] for one in shares.mean(axis=2)]
    by_speaker = [sign_flip_test(one[0] - one[1]) for one in shares]
    assert np.mean(np.array(by_utterance) <= 0.05) > 0.2
    assert np.mean(np.array(by_speaker) <= 0.05) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)
