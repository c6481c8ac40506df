"""Families of columns weigh the same, whatever their sizes: in closed form, and what it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.svm import SVC

from deepspectrum_features.baselines.classifiers.dnn import DNN
from deepspectrum_features.baselines.classifiers.gram import Space
from deepspectrum_features.baselines.classifiers.ridge import Ridge
from deepspectrum_features.baselines.classifiers.svm import SVM
from deepspectrum_features.baselines.classifiers.svr import SVR
from deepspectrum_features.baselines.classifiers.z_norm import ZNorm

#: Of 1, 3 and 8 columns; "silent" and a column of "mfcc" are constant.
FAMILIES = [*["mfcc"] * 4, "f0", "silent", *["blstm"] * 8]


def columns(rows: int = 60) -> NDArray[np.float32]:
    """Return features of 14 columns, those of a family alike in part."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((rows, 14)) + rng.standard_normal((rows, 1))
    features *= rng.uniform(0.1, 100, 14)
    features[:, [2, 5]] = 0.1
    return features.astype(np.float32)


def z_normed(features: NDArray[np.float32], family: str) -> NDArray[np.float64]:
    """Return the columns of a family that vary, with mean 0 and deviation 1."""
    own = features[:, [one == family for one in FAMILIES]].astype(np.float64)
    own = own[:, np.ptp(own, axis=0) > 0]
    z: NDArray[np.float64] = (own - own.mean(axis=0)) / own.std(axis=0)
    return z


def by_hand(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return z-normed columns, each family over the root of its size and of their number."""
    families = [z_normed(features, name) for name in ("f0", "mfcc", "blstm")]
    return np.hstack([z / np.sqrt(z.shape[1] * len(families)) for z in families])


def test_the_linear_kernel_is_the_mean_over_families_of_theirs() -> None:
    features = columns()
    parts = [z_normed(features, name) for name in ("f0", "mfcc", "blstm")]
    assert [one.shape[1] for one in parts] == [1, 3, 8]
    expected = np.mean([one @ one.T / one.shape[1] for one in parts], axis=0)
    products = Space(features, "linear", FAMILIES).products()
    np.testing.assert_allclose(products, expected, rtol=1e-4, atol=1e-5)
    assert not np.allclose(Space(features, "linear").products(), expected, atol=0.1)


def test_the_distance_is_the_mean_over_families_of_theirs() -> None:
    features = columns()
    parts = [z_normed(features, name) for name in ("f0", "mfcc", "blstm")]
    distances = [((one[:, None] - one[None]) ** 2).mean(axis=2) for one in parts]
    products = Space(features, "rbf", FAMILIES).products()
    np.testing.assert_allclose(products, np.exp(-np.mean(distances, axis=0)), rtol=1e-3, atol=1e-5)


def test_variances_add_up_to_the_same_as_without_families() -> None:
    """So C, alpha and learning rates mean what they meant."""
    features = columns()
    weighed, plain = (ZNorm(features, given).place(features) for given in (FAMILIES, None))
    assert weighed.var(axis=0).sum() == pytest.approx(plain.var(axis=0).sum(), rel=1e-5) == 12
    expected = [12 / (3 * size) for size in (3, 3, 3, 1, *[8] * 8)]
    np.testing.assert_allclose(weighed.var(axis=0), expected, rtol=1e-5)


@pytest.mark.parametrize("names", ["a", "abc", "abcdefghijkl"])
def test_families_of_one_size_change_no_bit(names: str) -> None:
    features = np.delete(columns(), [2, 5], axis=1)
    families = [*names * (12 // len(names))]
    weighed, plain = (ZNorm(features, given).place(features) for given in (families, None))
    np.testing.assert_array_equal(weighed, plain)


def test_one_family_a_column_is_needed() -> None:
    with pytest.raises(ValueError, match="families: 13, need one for each of 14 columns"):
        ZNorm(columns(), FAMILIES[1:])


# --- every classifier -------------------------------------------------------------------------


def speech() -> tuple[NDArray[np.float32], NDArray[Any], NDArray[np.float64], NDArray[Any]]:
    """Return features, classes, numbers, speakers: two columns know, 300 of a family do not."""
    rng = np.random.default_rng(1)
    number = rng.standard_normal(120)
    known = np.stack([number, -number], axis=1) + 0.7 * rng.standard_normal((120, 2))
    features = np.hstack([known, rng.standard_normal((120, 300))]).astype(np.float32)
    return features, np.where(number > 0, "high", "low"), number, np.arange(120) % 6


SPEECH_FAMILIES = ["f0"] * 2 + ["noise"] * 300
CLASSIFIERS = [
    (SVM, {"cs": (0.3,)}),
    (SVM, {"cs": (0.3,), "kernel": "rbf"}),
    (DNN, {"seeds": 1, "epochs": 20, "hidden": (16,)}),
    (SVR, {"cs": (0.3,)}),
    (Ridge, {"alphas": (1,)}),
]


@pytest.mark.parametrize(("kind", "given"), CLASSIFIERS)
def test_a_small_family_is_not_drowned_by_a_large_one(kind: Any, given: dict[str, Any]) -> None:
    features, classes, numbers, speakers = speech()
    targets = classes if kind in (SVM, DNN) else numbers
    train, test = slice(0, 60), slice(60, 120)
    scores, lines = [], []
    for families in (None, SPEECH_FAMILIES):
        model = kind(**given, families=families)
        model.fit(features[train], targets[train], groups=speakers[train])
        scores.append(model.score(features[test], targets[test]))
        lines.append(model.describe())
    assert scores[1] > scores[0] + 0.1
    assert scores[1] > (0.7 if kind in (SVM, DNN) else 0.5)
    assert ["every family of columns of equal weight" in line for line in lines] == [False, True]


def test_svm_and_ridge_as_scikit_learn_on_columns_weighed_by_hand() -> None:
    features, rows = columns(), by_hand(columns())
    rng = np.random.default_rng(2)
    numbers = rows @ rng.standard_normal(12) + 0.3 * rng.standard_normal(60)
    classes = np.where(numbers > np.median(numbers), "high", "low")
    svm = SVM(cs=(1,), families=FAMILIES).fit(features, classes)
    margins = SVC(kernel="linear", C=1, class_weight="balanced").fit(rows, classes)
    # libsvm stops within 0.001 of the optimum, and where depends on the order of rows
    np.testing.assert_allclose(
        svm.decision_function(features), margins.decision_function(rows), atol=0.01
    )
    ridge = Ridge(alphas=(1,), families=FAMILIES).fit(features, numbers)
    line = linear_model.Ridge(alpha=1).fit(rows, numbers)
    np.testing.assert_allclose(ridge.predict(features), line.predict(rows), rtol=1e-3, atol=1e-4)
    plain = Ridge(alphas=(1,)).fit(features, numbers)
    assert not np.allclose(plain.predict(features), line.predict(rows), atol=0.05)


def test_a_network_computes_on_weighed_columns() -> None:
    features, classes, _, speakers = speech()
    model = DNN(seeds=1, epochs=2, families=SPEECH_FAMILIES).fit(features, classes, groups=speakers)
    trained = features[~model.dev_[0]].astype(np.float64)
    z = (features - trained.mean(axis=0)) / trained.std(axis=0)
    z *= np.sqrt([302 / (2 * 2)] * 2 + [302 / (2 * 300)] * 300)
    first, bias, second, offset = (one.astype(np.float64) for one in model.networks_[0].parameters)
    logits = np.maximum(z @ first + bias, 0) @ second + offset
    np.testing.assert_allclose(
        model.decision_function(features), logits[:, 1] - logits[:, 0], rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(("kind", "given"), [CLASSIFIERS[place] for place in (0, 1, 3, 4)])
def test_the_order_of_columns_changes_nothing(kind: Any, given: dict[str, Any]) -> None:
    features, classes, numbers, speakers = speech()
    targets = classes if kind is SVM else numbers
    order = np.random.default_rng(3).permutation(302)
    said = []
    for places in (np.arange(302), order):
        model = kind(**given, families=[SPEECH_FAMILIES[place] for place in places])
        model.fit(features[:, places], targets, groups=speakers)
        said.append(getattr(model, "decision_function", model.predict)(features[:, places]))
    # libsvm stops within 0.001 of the optimum, and where depends on the order of rows
    np.testing.assert_allclose(said[1], said[0], atol=0.01)
    assert np.ptp(said[0]) > 1
