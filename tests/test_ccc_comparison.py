"""Two regressions compared by CCC: exchanged by hand, and refitted a lot."""

from __future__ import annotations

import itertools
import math
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features.baselines import ccc_comparison, exchange
from deepspectrum_features.baselines.ccc_comparison import compare_ccc
from deepspectrum_features.baselines.comparisons import Comparison
from deepspectrum_features.baselines.exchange import exchange_test
from deepspectrum_features.baselines.regression_metrics import ccc
from deepspectrum_features.baselines.sign_flip import RANDOM_FLIPS, sign_flip_test, smallest_p

SAME = {"rel": 1e-10, "abs": 1e-12}

simulation: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parent / "benchmarks" / "ccc_test_level.py")
)

Rows = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]


def rows_of(seed: int, speakers: int, rows: int = 8) -> Rows:
    """Return reference, two predictions of different worth, and speakers, at random."""
    generator = np.random.default_rng(seed)
    place = generator.permutation(np.arange(speakers * rows) // rows)
    truth = generator.normal(3, 1, len(place))
    shift = generator.normal(0, 0.5, (2, speakers))[:, place]
    noise = generator.normal(size=(2, len(place))) * [[0.5], [1.2]]
    first, second = truth + shift + noise
    return truth, first, second, np.array([f"s{one:02}" for one in place])


def compare(rows: Rows) -> Comparison:
    found = compare_ccc(*rows, ("one", "two"))
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(6))
def test_p_is_the_share_of_exchanges_that_go_so_far(seed: int) -> None:
    rows = truth, first, second, speakers = rows_of(seed, 6)
    names = np.unique(speakers).tolist()

    def after(chosen: tuple[str, ...]) -> float:
        here = np.isin(speakers, chosen)
        return ccc(truth, np.where(here, second, first)) - ccc(truth, np.where(here, first, second))

    observed = after(())
    own = np.array([(observed - after((name,))) / 2 for name in names])
    least = abs(observed) * math.sqrt((own**2).sum() / ((own**2).sum() + 2 * 6 * own.var(ddof=1)))
    sizes = range(len(names) + 1)
    choices = [after(one) for size in sizes for one in itertools.combinations(names, size)]
    found = compare(rows)
    assert found.p == np.mean(np.abs(choices) >= least - 1e-9)
    assert found.difference == pytest.approx(observed, **SAME)
    assert (found.measure, found.speakers, found.differing, found.exact) == ("ccc", 6, 6, True)
    assert found.test.startswith("exact permutation test of pooled CCC, ")


@pytest.mark.parametrize("speakers", [5, 9, 14])
def test_a_linear_score_gives_the_sign_flip_test(speakers: int) -> None:
    generator = np.random.default_rng(speakers)
    weights = np.array([0.3, 1.2])
    for _ in range(5):
        first, second = generator.normal([[[0.4]], [[0.0]]], 1, (2, speakers, 2))
        expected = sign_flip_test((first - second) @ weights, cross_validated=True)
        assert exchange_test(first, second, lambda totals: totals @ weights) == expected


@pytest.mark.parametrize("speakers", [6, 25])
def test_order_and_direction_change_nothing_but_the_sign(speakers: int) -> None:
    rows = truth, first, second, names = rows_of(2, speakers)
    found = compare(rows)
    order = np.random.default_rng(0).permutation(len(truth))
    moved = compare((truth[order], first[order], second[order], names[order]))
    assert moved.p == found.p
    assert moved.difference == pytest.approx(found.difference, **SAME)
    other = compare_ccc(truth, second, first, names, ("two", "one"))
    assert other == replace(found, first="two", second="one", difference=-found.difference)
    assert found.difference > 0.05
    assert found.exact == (speakers == 6)


def test_random_exchanges_are_near_the_exact_p(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, first, second, names = rows_of(0, 12)
    rows = truth, 0.3 * first + 0.7 * second + 0.3 * (truth - first), second, names
    exact = compare(rows).p
    monkeypatch.setattr(exchange, "EXACT_SPEAKERS", 11)
    estimate = compare(rows).p
    assert estimate != exact, "another way was taken"
    assert abs(estimate - exact) < 4 * math.sqrt(exact * (1 - exact) / RANDOM_FLIPS)


def test_speakers_alike_reach_the_smallest_p_and_equal_systems_none() -> None:
    truth = np.tile([0.0, 1.0, 2.0], 9)
    names = np.repeat([f"s{one}" for one in range(9)], 3)
    assert compare((truth, truth, np.ones(27), names)).p == smallest_p(9)
    same = compare((truth, truth / 2, truth / 2, names))
    assert (same.p, same.differing, same.difference) == (1.0, 0, 0.0)


def test_where_nothing_can_be_exchanged_there_is_no_comparison() -> None:
    truth, first, second, names = rows_of(0, 4)
    assert compare_ccc(truth, first, second, ["a"] * len(truth), ("a", "b")) is None
    assert compare_ccc(truth, first, second, ["", *names[1:]], ("a", "b")) is None
    assert compare_ccc(np.ones(len(truth)), first, second, names, ("a", "b")) is None
    with pytest.raises(ValueError, match=r"^speakers: 31 rows, need 32, one a row$"):
        compare_ccc(truth, first, second, names[1:], ("a", "b"))


@pytest.mark.parametrize("name", quick_first(["faint", "plain", "shrunk", "clear"]))
def test_equal_systems_differ_5_times_in_100_at_most(name: str) -> None:
    corpus = simulation["CORPORA"][name]
    share = simulation["found"](corpus, 12, 300)
    assert share <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)
    assert simulation["found"](corpus, 12, 100, 0.5) > 0.3, "a better system is found"


def test_nothing_allowed_for_training_finds_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ccc_comparison, "TRAINING", 0.0)
    assert simulation["found"](simulation["CORPORA"]["faint"], 12, 200) > 0.15
