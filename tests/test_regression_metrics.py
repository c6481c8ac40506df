"""CCC, Pearson's r and RMSE against numpy, scipy and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspectrum_features.baselines.regression_metrics import ccc, evaluate, pearson_r, rmse

SAME = {"rel": 1e-9, "abs": 1e-12}


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(3, 50), shift=st.floats(-100, 100))
def test_scores_agree_with_moments_and_scipy(seed: int, rows: int, shift: float) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.normal(shift, 2, rows)
    said = truth + generator.normal(0.5, 1, rows)
    both = np.cov(truth, said, ddof=0)
    apart = (truth.mean() - said.mean()) ** 2
    assert ccc(truth, said) == pytest.approx(2 * both[0, 1] / (np.trace(both) + apart), **SAME)
    assert pearson_r(truth, said) == pytest.approx(scipy.stats.pearsonr(truth, said)[0], **SAME)
    squared = both[0, 0] + both[1, 1] - 2 * both[0, 1] + apart
    assert rmse(truth, said) == pytest.approx(math.sqrt(squared), **SAME)


def test_moments_have_one_over_n() -> None:
    # with 1 / (n - 1) it would be 2 * 0.5 / (1 + 1/3 + 1/9) = 0.692
    assert ccc([0, 1, 2], [0, 1, 1]) == pytest.approx(2 * (1 / 3) / (2 / 3 + 2 / 9 + 1 / 9), **SAME)


def test_ccc_minds_units_and_offset_and_r_does_not() -> None:
    truth = np.arange(10.0)
    assert ccc(truth, truth) == 1
    assert ccc(truth, truth[::-1]) == pytest.approx(-1, **SAME)
    assert ccc(truth, truth + 3) < 0.8
    assert ccc(truth, 3 * truth) < 0.5
    assert pearson_r(truth, 3 * truth + 3) == pytest.approx(1, **SAME)


def test_constants_and_no_rows() -> None:
    assert ccc([1, 2, 3], [2, 2, 2]) == 0
    assert math.isnan(pearson_r([1, 2, 3], [2, 2, 2]))
    assert math.isnan(pearson_r([0.1, 0.1, 0.1], [1, 2, 3]))
    assert math.isnan(ccc([2, 2], [2, 2]))
    assert rmse([2, 2], [2, 2]) == 0
    assert all(math.isnan(value) for value in evaluate([], []).values())


@pytest.mark.parametrize(
    ("truth", "said", "message"),
    [
        ([1.0], [1.0, 2.0], r"^predicted: shape \(2,\), need \(1,\), one a row$"),
        ([1.0, math.inf], [1.0, 2.0], r"^reference: inf in row 1, need finite numbers$"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    truth: list[float], said: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(truth, said)
