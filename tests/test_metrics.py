"""Scores of predictions: against scikit-learn, closed forms, and what is absent or empty."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    recall_score,
)

from deepspectrum_features.baselines.metrics import (
    confusion,
    evaluate,
    macro_f1,
    recalls,
    ua,
    validate,
    wa,
)

CLASSES = ["d", "b", "a", "c"]  # not in alphabetical order: results keep the order given
SAME = {"rel": 1e-10, "abs": 1e-12}

# drawn as (reference, predicted) pairs of a few letters, so that classes are often absent
ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1)


def columns(rows: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [reference for reference, _ in rows], [predicted for _, predicted in rows]


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(rows=ROWS)
def test_scores_agree_with_scikit_learn(rows: list[tuple[str, str]]) -> None:
    reference, predicted = columns(rows)
    found = evaluate(reference, predicted, CLASSES)
    present = sorted(set(reference))
    averaged = {"labels": present, "average": "macro", "zero_division": 0}
    assert found["wa"] == pytest.approx(accuracy_score(reference, predicted), **SAME)
    assert found["ua"] == pytest.approx(recall_score(reference, predicted, **averaged), **SAME)
    assert found["macro_f1"] == pytest.approx(f1_score(reference, predicted, **averaged), **SAME)
    if set(predicted) <= set(reference) and len(present) > 1:  # else scikit-learn warns
        assert found["ua"] == pytest.approx(balanced_accuracy_score(reference, predicted), **SAME)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(rows=ROWS)
def test_counts_and_recalls_agree_with_scikit_learn(rows: list[tuple[str, str]]) -> None:
    reference, predicted = columns(rows)
    counts = confusion(reference, predicted, CLASSES)
    assert counts.dtype == np.int64
    assert (counts == confusion_matrix(reference, predicted, labels=CLASSES)).all()
    nan = float("nan")
    expected = recall_score(reference, predicted, labels=CLASSES, average=None, zero_division=nan)
    np.testing.assert_allclose(
        recalls(reference, predicted, CLASSES), expected, rtol=1e-10, atol=1e-12
    )


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_order_of_rows_and_of_classes_does_not_matter(
    rows: list[tuple[str, str]], seed: int
) -> None:
    moved = [rows[row] for row in np.random.default_rng(seed).permutation(len(rows))]
    first = evaluate(*columns(rows), CLASSES)
    assert evaluate(*columns(moved), CLASSES[::-1]) == pytest.approx(first, **SAME)


def test_arrays_of_numpy_give_the_same() -> None:
    reference, predicted = list("aabbbd"), list("abbbad")
    as_arrays = evaluate(np.array(reference), np.array(predicted), CLASSES)
    assert as_arrays == evaluate(reference, predicted, CLASSES)
    assert as_arrays["ua"] not in (0.0, 1.0)


def test_every_score_of_one_example_by_hand() -> None:
    #              predicted a  b  c     recall  precision  F1
    #  reference a           6  3  1     6/10    6/8        12/18
    #            b           2  2  0     2/4     2/5        4/9
    #            c           0  0  2     2/2     2/3        4/5
    counts = {"aa": 6, "ab": 3, "ac": 1, "ba": 2, "bb": 2, "cc": 2}
    reference, predicted = columns(
        [(pair[0], pair[1]) for pair in counts for _ in range(counts[pair])]
    )
    found = evaluate(reference, predicted, list("abc"))
    assert list(found) == ["ua", "wa", "macro_f1"]
    assert found["ua"] == pytest.approx((6 / 10 + 2 / 4 + 2 / 2) / 3, **SAME)
    assert found["wa"] == pytest.approx(10 / 16, **SAME)
    assert found["macro_f1"] == pytest.approx((12 / 18 + 4 / 9 + 4 / 5) / 3, **SAME)
    assert len({round(value, 6) for value in found.values()}) == 3, "no two can be mixed up"
    assert confusion(reference, predicted, list("abc")).tolist() == [
        [6, 3, 1],
        [2, 2, 0],
        [0, 0, 2],
    ]
    backwards = evaluate(predicted, reference, list("abc"))
    assert backwards["wa"] == found["wa"]
    assert backwards["ua"] != pytest.approx(found["ua"]), "reference and prediction differ in role"


def test_ua_is_pooled_and_not_a_mean_over_folds() -> None:
    # fold 1: a right, b never there; fold 2: one of three a right, b right
    folds = [(list("aa"), list("aa")), (list("aaab"), list("abbb"))]
    pooled = ua(list("aaaaab"), list("aaabbb"), ["a", "b"])
    assert pooled == pytest.approx((3 / 5 + 1) / 2, **SAME)
    by_fold = [ua(reference, predicted, ["a", "b"]) for reference, predicted in folds]
    assert by_fold == pytest.approx([1.0, 2 / 3], **SAME)
    assert np.mean(by_fold) != pytest.approx(pooled)


def test_one_answer_for_all_is_chance_in_ua_however_good_in_wa() -> None:
    reference, predicted = ["a"] * 97 + ["b", "c", "d"], ["a"] * 100
    assert ua(reference, predicted, CLASSES) == 0.25
    assert wa(reference, predicted) == 0.97


def test_all_right_and_all_wrong() -> None:
    reference = list("abcd")
    assert evaluate(reference, reference, CLASSES) == {"ua": 1.0, "wa": 1.0, "macro_f1": 1.0}
    assert set(evaluate(reference, list("bcda"), CLASSES).values()) == {0.0}


def test_class_that_does_not_occur_has_no_recall_and_no_say_in_means() -> None:
    reference, predicted = list("aab"), list("aab")
    assert str(recalls(reference, predicted, CLASSES)) == "[nan  1.  1. nan]"
    assert set(evaluate(reference, predicted, CLASSES).values()) == {1.0}


def test_rows_predicted_as_a_class_that_does_not_occur_are_wrong() -> None:
    reference, predicted = list("aabb"), list("acbb")
    assert evaluate(reference, predicted, CLASSES) == pytest.approx(
        {"ua": 0.75, "wa": 0.75, "macro_f1": (2 / 3 + 1) / 2}, **SAME
    )
    assert confusion(reference, predicted, CLASSES)[2].tolist() == [0, 0, 1, 1]


def test_class_that_is_never_right_has_f1_of_zero() -> None:
    assert macro_f1(list("aab"), list("aaa"), ["a", "b"]) == pytest.approx(0.8 / 2, **SAME)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("classes", [CLASSES, []])
def test_no_row_at_all_measures_nothing(classes: list[str]) -> None:
    assert np.isnan(list(evaluate([], [], classes).values())).all()
    assert np.isnan(recalls([], [], classes)).all()
    counts = confusion([], [], classes)
    assert counts.shape == (len(classes), len(classes))
    assert counts.dtype == np.int64
    assert not counts.any()


@pytest.mark.parametrize(
    ("reference", "predicted", "classes", "message"),
    [
        ("ab", "aba", "ab", "predicted: 3 rows, need 2, one a row"),
        ("ab", "", "ab", "predicted: 0 rows, need 2, one a row"),
        ("axyx", "abab", "ab", "reference: found x, y, need one of the classes a, b"),
        ("ab", "az", "ab", "predicted: found z, need one of the classes a, b"),
        ("ab", "ab", "aba", "classes: a, b, a, need every name once"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    reference: str, predicted: str, classes: str, message: str
) -> None:
    given_names = list(reference), list(predicted), list(classes)
    for metric in (validate, confusion, recalls, ua, macro_f1, evaluate):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            metric(*given_names)
    if len(reference) != len(predicted):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            wa(*given_names[:2])
