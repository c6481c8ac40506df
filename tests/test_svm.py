"""The support vector machine beside scikit-learn's own pipeline, nested by hand."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from quick_first import quick_first
from scipy.optimize import minimize
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepspectrum_features.baselines.classifiers.choice import smallest_best
from deepspectrum_features.baselines.classifiers.gram import Space
from deepspectrum_features.baselines.classifiers.held_out import grouped_folds
from deepspectrum_features.baselines.classifiers.pairs import PairwisePrimal, class_scores, named
from deepspectrum_features.baselines.classifiers.svm import SVM

CS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
DIM = 32

Table = tuple[NDArray[np.float32], NDArray[Any], NDArray[Any]]
Splits = Sequence[tuple[NDArray[Any], NDArray[Any]]]


def speech(seed: int, rows: int = 240, classes: int = 4, groups: int = 8) -> Table:
    """Return features, labels, speakers: classes overlap, speakers differ, no two of one size.

    Column 0 is constant, column 1 is so but for the last speaker, column 2 has a large offset.
    """
    rng = np.random.default_rng(seed)
    sizes = rows // groups + 2 * np.arange(groups) - groups + 1
    speaker = np.repeat(np.arange(groups), sizes)
    label = rng.choice(classes, len(speaker), p=np.arange(1, classes + 1) / sum(range(classes + 1)))
    label[:classes] = np.arange(classes)
    features = 2 * rng.standard_normal((len(speaker), DIM))
    features += rng.standard_normal((classes, DIM))[label]
    features += rng.standard_normal((groups, DIM))[speaker]
    features[:, 0] = 0.1
    features[:, 1] = speaker == groups - 1
    features[:, 2] += 1000
    names = np.array([f"class {index}" for index in range(classes)])
    who = np.array([f"speaker {index}" for index in range(groups)])
    return by_content(features.astype(np.float32), names[label], who[speaker])


def by_content(features: NDArray[np.float32], labels: NDArray[Any], speakers: Any) -> Table:
    """Sort rows as the machine will: where libsvm stops depends on their order."""
    order = sorted(range(len(features)), key=lambda row: features[row].tobytes())
    return features[order], labels[order], speakers[order]


def pipeline(kernel: str, c: float, class_weight: Any = "balanced") -> Pipeline:
    """Return scikit-learn's own way to the same machine."""
    machine = SVC(
        kernel="rbf" if kernel == "rbf" else lambda rows, others: rows @ others.T / rows.shape[1],
        C=c,
        gamma="auto",  # one by the columns that are left
        class_weight=class_weight,
        break_ties=True,
    )
    return make_pipeline(VarianceThreshold(), StandardScaler(), machine)


def naive(model: Callable[[float], Any], table: Table, splits: Splits) -> dict[float, float]:
    """Return the score of each C, pooled over the splits."""
    features, labels, _ = table
    scores = {}
    for c in CS:
        held_out, guessed = [], []
        for fitted, held in splits:
            held_out.extend(labels[held])
            guessed.extend(model(c).fit(features[fitted], labels[fitted]).predict(features[held]))
        scores[c] = balanced_accuracy_score(held_out, guessed)
    return scores


def assert_same(model: SVM, scores: dict[float, float], fitted: Table, kernel: str) -> None:
    """Compare scores, choice and predictions with scikit-learn's.

    libsvm stops within 0.001 of the optimum: a row that lies so close to a border may differ.
    """
    best = max(scores.values())
    assert model.chosen_ == {"C": min(c for c in CS if scores[c] >= best - 1e-9)}
    assert model.inner_scores_ == pytest.approx(scores, abs=0.01)
    reference = pipeline(kernel, model.chosen_["C"]).fit(fitted[0], fitted[1])
    others = speech(1000)[0]
    reference[-1].decision_function_shape = "ovo"
    duels = reference.decision_function(others)
    reference[-1].decision_function_shape = "ovr"
    clear = (np.abs(duels) > 2e-3).all(axis=1)
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(model.predict(others)[clear], reference.predict(others)[clear])
    assert len(np.unique(reference.predict(others))) == len(model.classes_)


@pytest.mark.parametrize("seed", quick_first(range(4)))
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_groups_as_scikit_learn_nested_by_hand(kernel: str, seed: int) -> None:
    table = features, labels, speakers = speech(seed)
    splits = list(GroupKFold(5).split(features, labels, speakers))
    scores = naive(lambda c: pipeline(kernel, c), table, splits)
    assert len(set(scores.values())) > 3
    assert_same(SVM(kernel).fit(features, labels, groups=speakers), scores, table, kernel)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_dev_as_scikit_learn_by_hand(kernel: str) -> None:
    table = features, labels, speakers = speech(5)
    dev = np.isin(speakers, ["speaker 2", "speaker 6"])
    scores = naive(lambda c: pipeline(kernel, c), table, [(~dev, dev)])
    fitted = features[~dev], labels[~dev], speakers[~dev]
    model = SVM(kernel).fit(features, labels, groups=speakers, dev=dev)
    assert_same(model, scores, fitted, kernel)
    whole = SVM(kernel, cs=(model.chosen_["C"],)).fit(features, labels, groups=speakers)
    assert (whole.predict(features) != model.predict(features)).any()


def test_without_groups_the_folds_are_stratified() -> None:
    table = features, labels, _ = speech(6)
    splits = list(StratifiedKFold(5).split(features, labels))
    scores = naive(lambda c: pipeline("linear", c), table, splits)
    assert_same(SVM().fit(features, labels), scores, table, "linear")


def test_the_scaler_is_fitted_anew_in_each_fold() -> None:
    features, labels, speakers = speech(7)
    features[speakers == "speaker 7"] *= 20  # held out, it must not have set the scale
    table = features, labels, speakers = by_content(features, labels, speakers)
    splits = list(GroupKFold(5).split(features, labels, speakers))
    honest = naive(lambda c: pipeline("rbf", c), table, splits)
    scaled = pipeline("rbf", 1)[:-1].fit_transform(features), labels, speakers
    leaking = naive(lambda c: pipeline("rbf", c)[-1:], scaled, splits)
    model = SVM("rbf").fit(features, labels, groups=speakers)
    assert model.inner_scores_ == pytest.approx(honest, abs=0.01)
    assert max(honest, key=honest.__getitem__) != max(leaking, key=leaking.__getitem__)
    assert model.chosen_["C"] == max(honest, key=honest.__getitem__)


def test_dev_rows_do_nothing_but_choose() -> None:
    features, labels, speakers = speech(8)
    dev = speakers == "speaker 3"
    others = speech(1000)[0]

    def margins(features: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float64]:
        model = SVM(cs=(0.3,)).fit(features, labels, dev=dev)
        duels: NDArray[np.float64] = model.machine_.decision_function(model.space_.products(others))
        return duels

    shuffled, moved = labels.copy(), features.copy()
    shuffled[dev] = labels[dev][::-1]
    moved[dev] = 50 * features[dev][::-1] - 7
    expected = margins(features, labels)
    np.testing.assert_array_equal(margins(moved, shuffled), expected)
    shuffled[~dev] = labels[~dev][::-1]
    assert not np.allclose(margins(features, shuffled), expected)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], list[int]]]:
    """Return row numbers (column 0) that each space was made of, and that were put into it."""
    spaces: list[tuple[list[int], list[int]]] = []

    class Spy(Space):
        def __init__(self, features: NDArray[Any], kernel: str, *more: Any) -> None:
            super().__init__(features, kernel, *more)
            spaces.append((features[:, 0].astype(int).tolist(), []))

        def products(self, features: NDArray[Any] | None = None) -> NDArray[np.float64]:
            if features is not None:
                spaces[-1][1].extend(features[:, 0].astype(int))
            return super().products(features)

    monkeypatch.setattr("deepspectrum_features.baselines.classifiers.machines.Space", Spy)
    return spaces


def test_no_group_is_on_both_sides(seen: list[tuple[list[int], list[int]]]) -> None:
    features, labels, speakers = speech(9)
    features[:, 0] = np.arange(len(features))
    SVM(cs=(0.3,)).fit(features, labels, groups=speakers)
    *inner, final = seen
    assert len(inner) == 5
    for fitted, held in inner:
        assert not set(speakers[fitted]) & set(speakers[held])
        assert sorted(fitted + held) == list(range(len(features)))
    assert sorted(row for _, held in inner for row in held) == list(range(len(features)))
    assert sorted(final[0]) == list(range(len(features)))


def test_dev_is_never_fitted(seen: list[tuple[list[int], list[int]]]) -> None:
    features, labels, speakers = speech(9)
    features[:, 0] = np.arange(len(features))
    dev = speakers == "speaker 3"
    SVM(cs=(0.3, 1)).fit(features, labels, groups=speakers, dev=dev)
    assert [sorted(fitted) for fitted, _ in seen] == [np.flatnonzero(~dev).tolist()] * 2
    assert [sorted(held) for _, held in seen] == [np.flatnonzero(dev).tolist(), []]


@pytest.mark.parametrize("mode", quick_first(["dev", "groups", "neither"]))
def test_order_of_rows_does_not_matter(mode: str) -> None:
    features, labels, speakers = speech(10)
    dev = speakers == "speaker 3"
    others = speech(1000)[0]

    def margins(order: Any) -> Any:
        choose = {"groups": {"groups": speakers[order]}, "dev": {"dev": dev[order]}, "neither": {}}
        model = SVM().fit(features[order], labels[order], **choose[mode])
        return model.inner_scores_, model.machine_.decision_function(model.space_.products(others))

    scores, duels = margins(slice(None))
    for seed in range(3):
        again = margins(np.random.default_rng(seed).permutation(len(features)))
        assert again[0] == scores
        np.testing.assert_array_equal(again[1], duels)
    labels = labels[::-1]
    assert not np.allclose(margins(slice(None))[1], duels, atol=0.1)


def test_ties_go_to_the_smaller_c() -> None:
    features, labels, speakers = speech(11)
    apart = features + 100 * np.unique(labels, return_inverse=True)[1][:, None]
    model = SVM(cs=(10, 1, 3)).fit(apart, labels, groups=speakers)
    assert list(model.inner_scores_.items()) == [(1.0, 1.0), (3.0, 1.0), (10.0, 1.0)]
    assert model.chosen_ == {"C": 1.0}
    # two thirds and one third, summed in either order, differ in the last digit
    assert smallest_best({0.1: 0.7 - 1e-16, 1.0: 0.7, 10.0: 0.6}) == 0.1
    assert smallest_best({0.1: 0.7 - 1e-4, 1.0: 0.7, 10.0: 0.7}) == 1.0


def test_balanced_weights_find_the_rare_class() -> None:
    rng = np.random.default_rng(0)
    labels = np.array(["rare"] * 15 + ["usual"] * 285)
    features = rng.standard_normal((300, 3)) + 1.2 * (labels == "rare")[:, None]
    speakers = np.arange(300) % 6
    recall = {}
    for weight in ("balanced", None, {"rare": 19, "usual": 1}):
        model = SVM(cs=(0.1,), class_weight=weight).fit(features, labels, groups=speakers)
        recall[str(weight)] = (model.predict(features) == labels)[:15].mean()
    assert recall["balanced"] > 0.8
    assert recall["None"] < 0.2
    assert recall["{'rare': 19, 'usual': 1}"] > 0.8


#   rows of a, b, c, d, e:  3  6  3  1  3, two folds
#   b, the largest, to the first fold        6  0
#   a, first of three with 3 rows            6  3
#   c, to the lighter                        6  6
#   e, to the first of equals                9  6
#   d, the smallest, to the lighter          9  7
def test_groups_are_dealt_out_by_size_then_name() -> None:
    groups = np.array(list("aaabbbbbbcccdeee"))[np.random.default_rng(0).permutation(16)]
    one = np.zeros(16)
    folds = ["".join(sorted(set(groups[fold]))) for fold in grouped_folds(groups, one, 2)]
    assert folds == ["be", "acd"]


def test_groups_of_unlike_size_are_dealt_out_as_by_scikit_learn() -> None:
    _, labels, speakers = speech(12)
    expected = [held.tolist() for _, held in GroupKFold(5).split(labels, labels, speakers)]
    assert [
        np.flatnonzero(fold).tolist() for fold in grouped_folds(speakers, labels, 5)
    ] == expected


def test_as_many_folds_as_there_are_groups() -> None:
    table = features, labels, speakers = speech(13, groups=3)
    splits = list(GroupKFold(3).split(features, labels, speakers))
    scores = naive(lambda c: pipeline("linear", c), table, splits)
    assert_same(SVM().fit(features, labels, groups=speakers), scores, table, "linear")


def test_one_group_is_enough_with_dev_alone() -> None:
    features, labels, _ = speech(14)
    alone = np.full(len(labels), "ada")
    with pytest.raises(ValueError, match=r"groups: \['ada'\] alone, need two \(or dev\)"):
        SVM().fit(features, labels, groups=alone)
    dev = np.arange(len(labels)) % 4 == 0
    assert SVM().fit(features, labels, groups=alone, dev=dev).inner_scores_.keys() == set(CS)


def test_a_class_of_one_speaker() -> None:
    features, labels, speakers = speech(15)
    table = features, np.where(speakers == "speaker 4", "own", labels), speakers
    splits = list(GroupKFold(5).split(features, labels, speakers))
    scores = naive(lambda c: pipeline("linear", c), table, splits)
    model = SVM().fit(table[0], table[1], groups=speakers)
    assert model.inner_scores_ == pytest.approx(scores, abs=0.01)
    assert "own" in model.predict(features)


def test_a_fold_that_leaves_one_class_to_fit() -> None:
    features, _, speakers = speech(16, groups=2)
    model = SVM().fit(features, speakers, groups=speakers)
    assert set(model.inner_scores_.values()) == {0.0}
    assert set(model.predict(features)) == {"speaker 0", "speaker 1"}


@pytest.mark.parametrize("kept", [2, 3])
def test_a_class_of_dev_alone_scores_below_all(kept: int) -> None:
    features, labels, _ = speech(17)
    dev = np.isin(labels, [f"class {index}" for index in range(4 - kept)])
    model = SVM().fit(features, labels, dev=dev)
    scores = model.decision_function(features)
    assert scores.shape == (len(features), 4)
    assert (scores[:, : 4 - kept] == -1).all()
    assert scores[:, 4 - kept :].min() > -0.5
    assert (np.round(scores)[:, 4 - kept :].sum(axis=1) == kept * (kept - 1) / 2).all()
    assert (model.predict(features) == labels)[~dev].mean() > 0.7


def test_scores_are_votes_and_less_than_half_of_one_for_margins() -> None:
    features, labels, speakers = speech(18)
    model = SVM(cs=(0.1,)).fit(features, labels, groups=speakers)
    others = np.random.default_rng(0).standard_normal((2000, DIM)) + features.mean(axis=0)
    scores = model.decision_function(others)
    votes = np.round(scores)
    assert (votes.sum(axis=1) == 6).all()
    assert np.abs(scores - votes).max() < 0.5
    assert len(np.unique(scores)) > 7000
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    assert 0 < tied.mean() < 0.5
    libsvm = model.machine_.predict(model.space_.products(others))  # its own count of votes
    predicted = model.predict(others)
    np.testing.assert_array_equal(predicted[~tied], libsvm[~tied])
    assert (predicted[tied] != libsvm[tied]).any()  # equal votes: it takes the first class
    model.machine_.decision_function_shape = "ovr"  # scikit-learn's own way to the same scores
    expected = model.machine_.decision_function(model.space_.products(others))
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    np.testing.assert_array_equal(predicted, model.classes_[expected.argmax(axis=1)])


def test_margins_however_large_do_not_outweigh_a_vote() -> None:
    abc = np.array(["a", "b", "c"])
    scores = class_scores(np.array([[1e-9, 1e-9, 1e300], [-1e300, 1e-9, 1e-9]]), abc, abc)
    np.testing.assert_array_equal(named(scores, abc), ["a", "b"])
    assert (np.abs(scores - np.round(scores)) < 0.5).all()


def test_two_classes_have_one_margin() -> None:
    features, labels, speakers = speech(19, classes=2)
    model = SVM("rbf").fit(features, labels, groups=speakers)
    reference = pipeline("rbf", model.chosen_["C"]).fit(features, labels)
    margins = model.decision_function(features)
    np.testing.assert_allclose(margins, reference.decision_function(features), atol=2e-3)
    np.testing.assert_array_equal(
        model.predict(features), model.classes_[(margins > 0).astype(int)]
    )
    assert np.ptp(margins) > 1


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_products_by_loops(kernel: str) -> None:
    features, _, _ = speech(20)
    fitted, others = features[:50].astype(np.float64), features[50:60].astype(np.float64)
    deviations = fitted.std(axis=0)
    z, w = ((rows - fitted.mean(axis=0))[:, deviations > 0] for rows in (fitted, others))
    z, w = (rows / deviations[deviations > 0] for rows in (z, w))
    dim = (deviations > 0).sum()
    assert dim < DIM
    expected = np.empty((10, 50))
    for i in range(10):
        for j in range(50):
            distance = ((w[i] - z[j]) ** 2).sum() / dim
            expected[i, j] = (w[i] * z[j]).sum() / dim if kernel == "linear" else np.exp(-distance)
    products = Space(features[:50], kernel).products(features[50:60])
    np.testing.assert_allclose(products, expected, rtol=1e-4, atol=1e-6)
    assert not np.allclose(expected, expected.mean(), atol=0.01)


def test_what_pickle_brings_back_predicts_the_same() -> None:
    features, labels, speakers = speech(21)
    model = SVM().fit(features, labels, groups=speakers)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(features), model.predict(features))


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_a_column_constant_in_training_contributes_nothing(kernel: str) -> None:
    features, labels, speakers = speech(22)
    features = features[:, 2:]
    nearly = 0.1 + 1e-8 * (np.arange(len(features)) % 2)
    wide = np.column_stack([nearly, features, np.full(len(features), -3e7)]).astype(np.float32)
    model = SVM(kernel).fit(features, labels, groups=speakers)
    other = SVM(kernel).fit(wide, labels, groups=speakers)
    assert other.inner_scores_ == pytest.approx(model.inner_scores_, abs=0.01)
    wide[:, 0], wide[:, -1] = 1e6, 0
    margins = [one.machine_.decision_function(one.space_.products(rows))
               for one, rows in ((model, features), (other, wide))]  # fmt: skip
    np.testing.assert_allclose(*margins, atol=2e-3)
    assert np.ptp(margins[0]) > 1


# --- recordings ---


def test_groups_of_one_label_are_dealt_out_by_label() -> None:
    # recordings of 4, 4, 3, 3, 2, 2 rows    calm, loud of the first | of the second
    # a calm: none is anywhere, the first            4 0 | 0 0
    # b loud: none is anywhere, fewest rows          4 0 | 0 4
    # c calm: fewest calm                            4 0 | 3 4
    # d loud: fewest loud                            4 3 | 3 4
    # f, both, comes before e: as many rows, first   5 4 | 3 4
    # e loud: as many loud, fewest rows              5 4 | 3 6
    groups = np.array(list("aaaabbbbcccdddeeff"))
    labels = np.array([*["calm"] * 4, *["loud"] * 4, *["calm"] * 3, *["loud"] * 6, "calm"])
    order = np.random.default_rng(1).permutation(18)
    folds = grouped_folds(groups[order], labels[order], 2)
    assert ["".join(sorted(set(groups[order][fold]))) for fold in folds] == ["adf", "bce"]


def test_every_fold_has_its_share_of_each_class_of_recordings() -> None:
    rng = np.random.default_rng(0)
    recordings = np.repeat(np.arange(100), rng.integers(1, 9, 100))
    labels = (rng.random(100) < 0.2)[recordings]
    for fold in grouped_folds(recordings, labels, 5):
        assert not set(recordings[fold]) & set(recordings[~fold])
        for label in (False, True):
            assert fold[labels == label].mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", quick_first(["rbf", "linear"]))
def test_a_coin_for_every_recording_cannot_be_guessed(kernel: str) -> None:
    inner, outer = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        recordings = np.repeat(np.arange(80), 5)
        labels = (rng.random(80) < 0.5)[recordings]
        features = rng.standard_normal((80, 20))[recordings]
        features += 0.1 * rng.standard_normal((400, 20))
        guess = np.empty_like(labels)
        for fold in grouped_folds(recordings, labels, 5):
            model = SVM(kernel, cs=(0.3,)).fit(
                features[~fold], labels[~fold], groups=recordings[~fold]
            )
            inner.append(np.mean(list(model.inner_scores_.values())))
            guess[fold] = model.predict(features[fold])
        outer.append(balanced_accuracy_score(labels, guess))
    assert 0.45 <= np.mean(inner) <= 0.55
    assert 0.45 <= np.mean(outer) <= 0.55
    leaking = SVM("rbf").fit(features, labels)  # rows, not recordings, dealt to inner folds
    assert max(leaking.inner_scores_.values()) > 0.9


# --- probabilities ---


@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_are_of_rows_held_out(classes: int) -> None:
    features, labels, speakers = speech(23, classes=classes)
    model = SVM(cs=(0.3,)).fit(features, labels, groups=speakers)
    kept, expected = [], []
    for fold in grouped_folds(speakers, labels, 5):
        machine = pipeline("linear", 0.3).fit(features[~fold], labels[~fold])
        kept.append(machine.decision_function(features[fold]).reshape(fold.sum(), -1))
        expected.extend(labels[fold])
    by_hand = LogisticRegression(max_iter=1000).fit(np.concatenate(kept), expected)
    scores = model.decision_function(features).reshape(len(features), -1)
    shares = model.predict_proba(features)
    np.testing.assert_allclose(shares, by_hand.predict_proba(scores), atol=0.01)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    fitted = LogisticRegression(max_iter=1000).fit(scores, labels)  # surer of itself than it may
    assert np.abs(fitted.predict_proba(scores) - shares).max() > 0.02


def test_a_class_without_a_row_held_out_has_no_probability() -> None:
    features, labels, speakers = speech(24)
    dev = (speakers == "speaker 3") & (labels != "class 3")
    model = SVM().fit(features, labels, dev=dev)
    shares = model.predict_proba(features)
    assert not shares[:, 3].any()
    assert (shares[:, :3] > 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    alone = SVM().fit(features, labels, dev=dev & (labels == "class 1"))
    np.testing.assert_array_equal(alone.predict_proba(features[:3]), [[0, 1, 0, 0]] * 3)


def test_where_no_machine_told_classes_apart_shares_are_all_that_is_known() -> None:
    features, _, speakers = speech(25, groups=2)
    shares = SVM().fit(features, speakers, groups=speakers).predict_proba(features)
    known = [(speakers == name).mean() for name in ("speaker 0", "speaker 1")]
    np.testing.assert_allclose(shares, np.broadcast_to(known, shares.shape), atol=1e-3)


# --- the primal ---


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 4])
def test_primal_and_dual_agree(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels, speakers = speech(26, rows=400, classes=classes)
    dual = SVM().fit(features, labels, groups=speakers)
    monkeypatch.setattr("deepspectrum_features.baselines.classifiers.svm.PRIMAL_ROWS", 100)
    primal = SVM().fit(features, labels, groups=speakers)
    assert max(primal.inner_scores_.values()) == pytest.approx(
        max(dual.inner_scores_.values()), abs=0.04
    )
    others = speech(26, rows=400, classes=classes)[0] + 0.1
    assert (primal.predict(others) == dual.predict(others)).mean() > 0.9
    assert primal.decision_function(others).shape == dual.decision_function(others).shape
    assert (primal.primal_, dual.primal_) == (True, False)
    assert "SVM (linear, squared hinge solved in the primal)" in primal.describe()
    assert "primal" not in dual.describe()
    assert not SVM("rbf").fit(features, labels, groups=speakers).primal_


@pytest.mark.parametrize("count", [2, 3])
def test_primal_machines_are_at_the_optimum(count: int) -> None:
    """The squared hinge by a general minimiser, pair by pair."""
    rng = np.random.default_rng(0)
    labels = np.array(["a", "b", "c"])[rng.integers(0, count, 150)]
    rows = rng.standard_normal((150, 4)) / 2 + (labels == "a")[:, None] * 0.4
    machine = PairwisePrimal(0.5, "balanced").fit(rows.astype(np.float32), labels)
    weight = {name: 150 / (count * (labels == name).sum()) for name in set(labels)}
    margins = machine.decision_function(rows)
    for at, (one, two) in enumerate(combinations("abc"[:count], 2)):
        chosen = np.isin(labels, (one, two))
        sign = np.where(labels[chosen] == one, 1.0, -1.0)
        cost = 0.5 * np.array([weight[name] for name in labels[chosen]])

        def loss(w: Any, x: Any = rows[chosen], sign: Any = sign, cost: Any = cost) -> float:
            hinge = np.maximum(0, 1 - sign * (x @ w[:4] + w[4]))
            return float((w[:4] @ w[:4]) / 2 + w[4] ** 2 / 200 + cost @ hinge**2)

        best = minimize(loss, np.zeros(5), tol=1e-10).x
        expected = rows @ best[:4] + best[4]
        found = -margins if count == 2 else margins[:, at]  # of two, positive for the second
        np.testing.assert_allclose(found, expected, atol=5e-3)
        assert np.ptp(expected) > 0.5


def test_describe_says_what_the_groups_are() -> None:
    features, labels, speakers = speech(27)
    model = SVM().fit(features, labels, groups=speakers)
    assert "inner grouped 5-fold on training speakers, ties" in model.describe()
    assert "on training recordings, ties" in model.describe(groups="recordings")
    assert "on training rows" in SVM().fit(features, labels).describe(groups="recordings")


@pytest.mark.parametrize(
    ("arguments", "fit", "match"),
    [
        ({"kernel": "poly"}, {}, "kernel: 'poly', need one of linear, rbf"),
        ({"cs": ()}, {}, r"cs: \(\), need positive numbers"),
        ({"cs": (1, -1)}, {}, r"cs: \(1, -1\), need positive numbers"),
        ({"cs": (float("nan"),)}, {}, "cs: .*need positive numbers"),
        ({"inner_folds": 1}, {}, "inner_folds: 1, need at least 2"),
        ({}, {"groups": ["ada", "ben"]}, "inconsistent numbers of samples"),
        ({}, {"dev": [0, 1]}, r"dev: int64 \(2,\), need a boolean mask of 6 rows"),
        ({}, {"dev": [True] * 6}, "dev: 6 of 6 rows, need some, and some to fit"),
        ({}, {"dev": [False] * 6}, "dev: 0 of 6 rows"),
        ({}, {"dev": [True, False] * 3}, r"y: one class \('b'\) among the rows to fit"),
        ({}, {"y": ["a"] * 6}, r"y: one class \('a'\)"),
        ({}, {"y": list("abcdef")}, "y: one row of each class"),
        ({}, {"X": np.array([[0.0, np.nan]] * 6)}, r"Input X contains NaN.\nSVM"),
        ({}, {"X": np.array([[0.0, np.inf]] * 6)}, "Input X contains infinity"),
    ],
)
def test_refusals(arguments: dict[str, Any], fit: dict[str, Any], match: str) -> None:
    sound = {"X": np.arange(12.0).reshape(6, 2), "y": list("ababab")}
    with pytest.raises(ValueError, match=match):
        SVM(**arguments).fit(**{**sound, **fit})


@pytest.mark.slow
@parametrize_with_checks([SVM(), SVM(kernel="rbf", cs=(0.3, 3), inner_folds=2)])
def test_scikit_learns_contract(estimator: SVM, check: Callable[[SVM], None]) -> None:
    check(estimator)
