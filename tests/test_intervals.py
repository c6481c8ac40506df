"""Intervals over speakers: closed forms, brute force, and simulations that they keep their word."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features.baselines import metrics, regression_metrics
from deepspectrum_features.baselines.intervals import speaker_interval
from deepspectrum_features.baselines.ratios import (
    CLASS_RATIOS,
    NUMBER_RATIOS,
    Ratio,
    auc_ratio,
    precision_ratio,
    recall_ratio,
    rmse_ratio,
    wa_ratio,
)
from deepspectrum_features.baselines.speaker_variance import SpeakerSums, variance

SAME = {"rel": 1e-10, "abs": 1e-12}
KINDS = ["angry", "calm", "sad"]

BENCHMARKS = Path(__file__).parent / "benchmarks"
simulation: dict[str, Any] = runpy.run_path(str(BENCHMARKS / "interval_coverage.py"))
areas: dict[str, Any] = runpy.run_path(str(BENCHMARKS / "auc_interval_coverage.py"))


def labels(seed: int, rows: int = 90) -> tuple[NDArray[np.str_], NDArray[np.str_], list[str]]:
    """Return reference, predictions that are right two times in three, and five speakers."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, rows)
    said = np.where(generator.random(rows) < 2 / 3, truth, generator.integers(0, 3, rows))
    kinds = np.array(KINDS)
    return kinds[truth], kinds[said], [f"s{one}" for one in generator.integers(0, 5, rows)]


def numbers(seed: int, rows: int = 90) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    truth = generator.normal(1.0, 2.0, rows)
    return truth, 0.7 * truth + 0.5 + generator.normal(0, 1.0, rows)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(3, 60))
def test_a_ratio_is_the_score(seed: int, rows: int) -> None:
    truth, said, _ = labels(seed, rows)
    for name, ratio in CLASS_RATIOS.items():
        expected = metrics.SCORES[name](truth, said, KINDS)
        assert ratio(truth, said, KINDS).value() == pytest.approx(expected, **SAME)
    pair = numbers(seed, rows)
    for name, score in NUMBER_RATIOS.items():
        expected = regression_metrics.SCORES[name](*pair)
        assert score(*pair).value() == pytest.approx(expected, rel=1e-9)


def test_the_ratio_of_one_class() -> None:
    truth, said, _ = labels(1)
    found = metrics.precisions(truth, said, KINDS)
    for number, kind in enumerate(KINDS):
        one = [kind]
        recall = metrics.recalls(truth, said, KINDS)[number]
        assert recall_ratio(truth, said, one).value() == pytest.approx(recall, **SAME)
        assert precision_ratio(truth, said, one).value() == pytest.approx(found[number], **SAME)


@pytest.mark.parametrize("name", NUMBER_RATIOS)
def test_a_row_adds_what_the_score_loses_without_it(name: str) -> None:
    # to first order, of a row that is one in thousands: the influence is the derivative
    truth, said = numbers(3, 4000)
    score, ratio = regression_metrics.SCORES[name], NUMBER_RATIOS[name](truth, said)
    adds = (ratio.part - ratio.value() * ratio.whole)[:, 0] / ratio.whole.sum()
    if name == "rmse":
        adds = (ratio.part[:, 0] - score(truth, said) ** 2) / len(truth) / 2 / score(truth, said)
    for row in range(0, 50):
        lost = score(truth, said) - score(np.delete(truth, row), np.delete(said, row))
        assert lost == pytest.approx(adds[row], rel=0.02, abs=2e-6)
    assert np.abs(adds[:50]).max() > 1e-4


def scored(seed: int, rows: int, ties: bool) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Return classes and scores of the second one, somewhat higher where it is the true one."""
    generator = np.random.default_rng(seed)
    second = generator.permutation(np.arange(rows) < max(1, rows // 3))
    scores = second + generator.normal(0, 1.0, rows)
    return np.array(["calm", "loud"])[second.astype(int)], np.round(scores) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("rows", [2, 3, 50, 400])
def test_the_area_under_the_curve_is_sklearns(rows: int, ties: bool) -> None:
    for seed in range(5):
        reference, scores = scored(seed, rows, ties)
        expected = sklearn.metrics.roc_auc_score(reference == "loud", scores)
        ratio = auc_ratio(reference, scores, ["calm", "loud"])
        assert ratio.value() == pytest.approx(expected, **SAME)
        assert ratio.names == ("calm", "loud")
        other = auc_ratio(reference, -scores, ["calm", "loud"]).value()
        assert other == pytest.approx(1 - expected, **SAME)


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_has_the_derivatives_of_its_rows_weights(ties: bool) -> None:
    reference, scores = scored(1, 60, ties)
    ratio = auc_ratio(reference, scores, ["calm", "loud"])
    whole = ratio.whole.sum(axis=0)
    adds = ((ratio.part - ratio.value() * ratio.whole) / whole).mean(axis=1)
    for row in range(60):
        areas = []
        for step in (1e-4, -1e-4):
            weights = np.ones(60)
            weights[row] += step
            areas.append(sklearn.metrics.roc_auc_score(reference, scores, sample_weight=weights))
        assert (areas[0] - areas[1]) / 2e-4 == pytest.approx(adds[row], rel=1e-6, abs=1e-9)
    assert np.abs(adds).max() > 5e-3


def test_without_one_of_the_classes_there_is_no_area() -> None:
    ratio = auc_ratio(["loud"] * 4, np.arange(4.0), ["calm", "loud"])
    assert math.isnan(ratio.value())
    assert speaker_interval(ratio, list("aabb")).note == "no interval: the score is unknown"


def test_a_class_of_the_area_that_one_speaker_utters_is_named() -> None:
    reference = ["calm", "loud"] + ["calm"] * 6
    ratio = auc_ratio(reference, np.arange(8.0), ["calm", "loud"])
    found = speaker_interval(ratio, list("aabbccdd"))
    assert found.note == "rests on few speakers: 1 speaker of loud, one with 100% of the rows"


@pytest.mark.parametrize("speakers", [2, 4, 9])
def test_the_variance_of_equal_speakers_is_that_of_their_mean(speakers: int) -> None:
    right = np.random.default_rng(speakers + 10).integers(0, 2, (speakers, 12)).astype(float)
    ratio = Ratio(right.reshape(-1, 1), np.ones((12 * speakers, 1)), ("",), "share")
    found, freedom = variance(SpeakerSums.of(ratio, np.arange(speakers).repeat(12), speakers))
    assert found == pytest.approx(right.mean(axis=1).var(ddof=1) / speakers, **SAME)
    assert freedom == pytest.approx(speakers - 1, **SAME)
    assert found > 0


def test_the_variance_of_numbers_gives_the_classical_t_interval_of_their_logarithm() -> None:
    error = np.random.default_rng(0).normal(1.0, 0.5, (6, 20))
    speakers = np.arange(6).repeat(20).astype(str)
    low, high, note = speaker_interval(rmse_ratio(np.zeros(120), error.ravel()), speakers)
    means = (error**2).mean(axis=1)
    reach = scipy.stats.t.ppf(0.975, 5) * scipy.stats.sem(means) / means.mean()
    ends = means.mean() * np.exp([-reach, reach])
    assert (low, high) == pytest.approx(tuple(np.sqrt(ends)), rel=1e-9)
    assert note == ""


def test_correlations_are_bracketed_on_fishers_scale() -> None:
    # the t interval of six equal speakers' means, widened by S / (S - 1)
    parts = np.random.default_rng(0).normal(0.6, 0.3, (6, 20))
    ratio = Ratio(parts.reshape(-1, 1), np.ones((120, 1)), ("",), "correlation")
    low, high, _ = speaker_interval(ratio, np.arange(6).repeat(20).astype(str))
    value = parts.mean()
    reach = scipy.stats.t.ppf(0.975, 5) * scipy.stats.sem(parts.mean(axis=1)) * 6 / 5
    reach /= 1 - value**2
    expected = math.tanh(math.atanh(value) - reach), math.tanh(math.atanh(value) + reach)
    assert (low, high) == pytest.approx(expected, **SAME)
    assert high - low > 0.05


def test_unequal_speakers_leave_fewer_degrees_of_freedom() -> None:
    # in closed form: with one term and weights 1 / h the shares' covariance is h_s - w_s w_t / G
    rows = np.array([54, 6, 6, 6, 6, 6])
    generator = np.random.default_rng(1)
    speaker = np.arange(6).repeat(rows)
    right = (generator.random(len(speaker)) < generator.random(6)[speaker]).astype(float)[:, None]
    ratio = Ratio(right, np.ones_like(right), ("",), "share")
    found, freedom = variance(SpeakerSums.of(ratio, speaker, 6))
    assert freedom == pytest.approx(5, abs=0.5)
    assert found > right.var() / len(right), "more than of independent rows"


@pytest.mark.parametrize("value", [0.3, 0.8])
def test_shares_get_wilsons_interval(value: float) -> None:
    # speakers alike but for two: at the ends (mean - p)^2 = t^2 V p (1 - p) / (mean (1 - mean))
    right = np.zeros((8, 10))
    right[:, : round(10 * value)] = 1
    right[0], right[1] = 0, 1
    ratio = Ratio(right.reshape(-1, 1), np.ones((80, 1)), ("",), "share")
    low, high, _ = speaker_interval(ratio, np.arange(8).repeat(10).astype(str))
    mean, error = right.mean(), scipy.stats.sem(right.mean(axis=1))
    t = scipy.stats.t.ppf(0.975, 7)

    def apart(p: float) -> float:
        return float(abs(mean - p) - t * error * math.sqrt(p * (1 - p) / (mean * (1 - mean))))

    assert low == pytest.approx(scipy.optimize.brentq(apart, 1e-9, mean), rel=1e-6)
    assert high == pytest.approx(scipy.optimize.brentq(apart, mean, 1 - 1e-9), rel=1e-6)


@pytest.mark.parametrize("right", [True, False])
def test_a_perfect_or_hopeless_score_has_wilsons_interval_of_the_rows(right: bool) -> None:
    said = ["calm" if right else "loud"] * 50
    low, high, _ = speaker_interval(wa_ratio(["calm"] * 50, said), list("abcde") * 10)
    expected = scipy.stats.binomtest(50 * right, 50).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert high - low > 0.05


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(2, 40))
def test_an_interval_holds_its_score_and_keeps_to_the_scale(seed: int, rows: int) -> None:
    truth, said, speakers = labels(seed, rows)
    found = {name: of(truth, said, KINDS) for name, of in CLASS_RATIOS.items()}
    found |= {name: of(*numbers(seed, rows)) for name, of in NUMBER_RATIOS.items()}
    for ratio in found.values():
        low, high, note = speaker_interval(ratio, speakers)
        if math.isnan(low):
            assert note.startswith("no interval: ")
            continue
        assert low <= ratio.value() + 1e-12
        assert ratio.value() - 1e-12 <= high
        assert low < high
        assert low >= {"share": 0, "root": 0, "correlation": -1}[ratio.scale]
        assert high <= {"share": 1, "root": math.inf, "correlation": 1}[ratio.scale]


def test_order_of_rows_and_names_of_speakers_do_not_matter() -> None:
    truth, said, speakers = labels(5)
    first = speaker_interval(CLASS_RATIOS["ua"](truth, said, KINDS), speakers)
    order = np.random.default_rng(0).permutation(90)
    other = [f"name {9 - int(speakers[row][1])}" for row in order]
    moved = speaker_interval(CLASS_RATIOS["ua"](truth[order], said[order], KINDS), other)
    assert moved[:2] == pytest.approx(first[:2], **SAME)
    torn = speaker_interval(CLASS_RATIOS["ua"](truth, said, KINDS), np.array(speakers)[order])
    assert torn[:2] != pytest.approx(first[:2])


ALONE = (
    "rests on few speakers: 2 speakers of calm, one with 50% of the rows; "
    "1 speaker of loud, one with 100% of the rows"
)


@pytest.mark.parametrize(
    ("speakers", "note"),
    [
        (["a"] * 4, "no interval: fewer than two speakers"),
        (["a", "b", "", "b"], "no interval: rows without a speaker"),
        (["a", "a", "b", "b"], "no interval: every class has a speaker of its own"),
        (["a", "b", "b", "b"], ALONE),
    ],
)
def test_a_note_says_what_an_interval_rests_on(speakers: list[str], note: str) -> None:
    ratio = recall_ratio(
        ["calm", "calm", "loud", "loud"], ["calm", "loud", "loud", "loud"], ["calm", "loud"]
    )
    found = speaker_interval(ratio, speakers)
    assert found.note == note
    assert math.isnan(found.low) == note.startswith("no interval")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([1.0, 2, 3, 4], "no row is off"),
        ([5.0, 5, 5, 5], "the score is unknown"),
        ([1.0, 2, 3, 4.5], ""),
    ],
)
def test_numbers_without_an_error_have_no_interval(said: list[float], why: str) -> None:
    low, _, note = speaker_interval(NUMBER_RATIOS["pearson_r"]([1, 2, 3, 4], said), list("abab"))
    assert why in note
    assert math.isnan(low) == bool(why)


def test_speakers_that_do_not_differ_tell_nothing() -> None:
    error = np.tile([1.0, 2.0], 4)
    low, _, note = speaker_interval(rmse_ratio(np.zeros(8), error), list("aabbccdd"))
    assert math.isnan(low)
    assert note == "no interval: speakers do not differ"


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_confidence_must_be_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"^confidence: .*, need a share between 0 and 1$"):
        speaker_interval(wa_ratio(["a"], ["a"]), ["s"], confidence)


def test_there_is_one_speaker_a_row() -> None:
    with pytest.raises(ValueError, match=r"^speakers: 2 rows, need 1, one a row$"):
        speaker_interval(wa_ratio(["a"], ["a"]), ["s", "t"])


@pytest.mark.parametrize(
    "name",
    quick_first(
        [
            "one has half of the rows",
            "10 speakers alike",
            "Zipf, 40 speakers",
            "two utter one class",
            "10 x 5 rows x 4 near 1",
            "one class each, 30",
        ]
    ),
)
def test_95_percent_intervals_hold_the_truth_95_times_in_100(name: str) -> None:
    counts, means = simulation["SCENARIOS"][name]
    share, width = simulation["coverage"](counts, means, (0.5, 0.5), 400)
    assert 0.92 - 0.02 <= share <= 0.97 + 0.02  # two standard errors of 400 draws
    assert 0.05 < width < 0.3


@pytest.mark.parametrize("name", quick_first(["two utter one class", "one class is rare"]))
def test_so_do_those_of_the_area_under_the_curve(name: str) -> None:
    share, width = areas["coverage"](areas["SCENARIOS"][name], (0.3, 0.3), 300)
    assert 0.92 - 0.02 <= share <= 0.97 + 0.02
    assert 0.05 < width < 0.5


def test_intervals_that_count_rows_hold_it_far_less_often() -> None:
    # companion: speakers matter in the simulation, so an interval blind to them must fail
    counts, means = simulation["SCENARIOS"]["one has half of the rows"]
    _, width = simulation["coverage"](counts, means, (1.0, 0.3), 100)
    blind = 2 * 1.96 * math.sqrt(sum(m * (1 - m) / counts[:, 0].sum() for m in means)) / len(means)
    assert width > 3 * blind
