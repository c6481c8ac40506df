"""Support vector regression and ridge beside scikit-learn's, nested by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn import svm as linear_svm
from sklearn.feature_selection import VarianceThreshold
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepspectrum_features.baselines.classifiers.ridge import Ridge
from deepspectrum_features.baselines.classifiers.svr import SVR
from deepspectrum_features.baselines.regression_metrics import ccc

Table = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]]
Make = Callable[[float], Any]
CASES = [
    (SVR, (0.03, 0.3, 3), lambda value: linear_svm.SVR(kernel="linear", C=value, tol=1e-5)),
    (Ridge, (0.1, 10, 300), lambda value: linear_model.Ridge(alpha=value)),
]


def ratings(seed: int, rows: int = 150, columns: int = 12) -> Table:
    """Return features, numbers, speakers of unlike size; column 0 is constant."""
    rng = np.random.default_rng(seed)
    speaker = np.sort(rng.choice(6, rows, p=np.arange(1, 7) / 21))
    features = rng.standard_normal((rows, columns)) * 3 + 10
    weights = rng.standard_normal(columns)
    targets = features @ weights + 4 * rng.standard_normal(rows) + rng.standard_normal(6)[speaker]
    features[:, 0] = 0.1
    return features.astype(np.float32), targets, speaker


def by_hand(make: Make, value: float, fitted: Table, others: NDArray[np.float32]) -> Any:
    """Predict as scikit-learn does from z-normed columns over the root of their number."""
    features, targets, _ = fitted
    scale = FunctionTransformer(lambda rows: rows / np.sqrt(rows.shape[1]))
    model = make_pipeline(VarianceThreshold(), StandardScaler(), scale, make(value))
    mean, deviation = targets.mean(), targets.std()
    predicted = model.fit(features, (targets - mean) / deviation).predict(others)
    return predicted * deviation + mean


@pytest.mark.parametrize("columns", [12, 200])
@pytest.mark.parametrize(("kind", "values", "make"), CASES)
def test_as_scikit_learn_nested_by_hand(
    kind: Any, values: tuple[float, ...], make: Make, columns: int
) -> None:
    table = features, targets, speakers = ratings(0, columns=columns)
    guesses = {value: np.empty(len(targets)) for value in values}
    for train, test in GroupKFold(5).split(features, targets, speakers):
        for value, guess in guesses.items():
            part = features[train], targets[train], speakers[train]
            guess[test] = by_hand(make, value, part, features[test])
    model = kind(values).fit(features, targets, groups=speakers)
    scores = {value: ccc(targets, guess) for value, guess in guesses.items()}
    assert model.inner_scores_ == pytest.approx(scores, abs=2e-3)
    (chosen,) = model.chosen_.values()
    assert chosen == max(scores, key=scores.__getitem__)
    assert np.ptp(list(scores.values())) > 0.01
    expected = by_hand(make, chosen, table, features + 0.5)
    np.testing.assert_allclose(model.predict(features + 0.5), expected, atol=0.01 * targets.std())


@pytest.mark.parametrize("kind", [SVR, Ridge])
def test_order_of_rows_does_not_matter_and_dev_rows_only_choose(kind: Any) -> None:
    features, targets, speakers = ratings(1)
    order = np.random.default_rng(0).permutation(len(targets))
    for given in ({"groups": speakers}, {"dev": speakers == 2}, {}):
        shuffled = {name: value[order] for name, value in given.items()}
        model = kind().fit(features, targets, **given)
        again = kind().fit(features[order], targets[order], **shuffled)
        assert model.inner_scores_ == again.inner_scores_
        np.testing.assert_array_equal(model.predict(features), again.predict(features))
    (name,) = model.chosen_
    dev = speakers == 2
    one = kind([1.0]).fit(features, targets, dev=dev)
    changed = kind([1.0]).fit(features, np.where(dev, -targets, targets), dev=dev)
    np.testing.assert_array_equal(one.predict(features), changed.predict(features))
    assert f"{name} from 1 by pooled CCC of dev rows, fitted on train rows" in one.describe()
    assert one.inner_scores_ != changed.inner_scores_


@pytest.mark.parametrize("kind", [SVR, Ridge])
def test_a_column_constant_in_training_contributes_nothing(kind: Any) -> None:
    features, targets, speakers = ratings(2)
    model = kind().fit(features, targets, groups=speakers)
    changed = features.copy()
    changed[:, 0] = 1e6
    np.testing.assert_array_equal(model.predict(changed), model.predict(features))
    assert np.ptp(model.predict(features)) > 1


def test_equal_scores_go_to_the_smoother_line() -> None:
    features, targets, speakers = ratings(3)
    noise = np.zeros_like(features)  # nothing to learn from: every line is the mean
    assert SVR().fit(noise, targets, groups=speakers).chosen_ == {"C": 0.03}
    assert Ridge().fit(noise, targets, groups=speakers).chosen_ == {"alpha": 1000.0}


def test_primal_and_dual_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets, speakers = ratings(4, rows=400)
    dual = SVR().fit(features, targets, groups=speakers)
    monkeypatch.setattr("deepspectrum_features.baselines.classifiers.svr.PRIMAL_ROWS", 100)
    primal = SVR().fit(features, targets, groups=speakers)
    assert max(primal.inner_scores_.values()) == pytest.approx(
        max(dual.inner_scores_.values()), abs=0.03
    )
    assert ccc(dual.predict(features), primal.predict(features)) > 0.97


@pytest.mark.parametrize("kind", [SVR, Ridge])
def test_refusals(kind: Any) -> None:
    features, targets, speakers = ratings(5)
    for change, match in (
        ({"y": np.ones(150)}, "y: one number .1. among the rows to fit"),
        ({"groups": np.zeros(150)}, "groups: .0.0. alone, need two"),
        ({"groups": [1, 2]}, "inconsistent numbers"),
        ({"y": np.full(150, np.nan)}, "contains NaN"),
    ):
        with pytest.raises(ValueError, match=match):
            kind().fit(**{"X": features, "y": targets, "groups": speakers, **change})
    with pytest.raises(ValueError, match=r"(cs|alphas): .*need positive numbers"):
        kind([0]).fit(features, targets)


@pytest.mark.slow
@parametrize_with_checks([SVR(), Ridge()])
def test_scikit_learns_contract(estimator: SVR | Ridge, check: Callable[[Any], None]) -> None:
    check(estimator)
