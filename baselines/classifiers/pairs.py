"""A machine for each pair of classes, and one score a class from what they say."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_class_weight

#: Score of a class that was not among the rows fitted: below any that was.
UNKNOWN = -1.0

#: Beyond so many training rows a linear kernel is solved in the primal.
PRIMAL_ROWS = 20_000

#: liblinear shrinks the threshold with the weights, the less the larger this is.
INTERCEPT_SCALING = 10.0


class PairwisePrimal:
    """Linear machines, one against one, solved in the primal: time and memory grow with the rows.

    Squared hinge loss, by liblinear. It has the face of an `sklearn.svm.SVC` with
    ``decision_function_shape="ovo"``.

    Parameters
    ----------
    c : float
    class_weight : "balanced", dict or None
        As in `sklearn.svm.SVC`: of all classes, not of each pair.
    """

    def __init__(self, c: float, class_weight: str | Mapping[Hashable, float] | None) -> None:
        self.c, self.class_weight = c, class_weight

    def fit(self, rows: NDArray[np.float32], labels: NDArray[Any]) -> PairwisePrimal:
        """Fit a machine for each pair of the classes that occur."""
        self.classes_ = np.unique(labels)
        weights = compute_class_weight(self.class_weight, classes=self.classes_, y=labels)
        weight = dict(zip(self.classes_.tolist(), weights, strict=True))
        coefficients, thresholds = [], []
        for first, second in combinations(self.classes_.tolist(), 2):
            of_pair = (labels == first) | (labels == second)
            machine = LinearSVC(
                dual=False,
                C=self.c,
                class_weight={1: weight[first], 0: weight[second]},
                intercept_scaling=INTERCEPT_SCALING,
            )
            machine.fit(rows[of_pair], (labels[of_pair] == first).astype(int))
            coefficients.append(machine.coef_[0])
            thresholds.append(machine.intercept_[0])
        self.coef_, self.intercept_ = np.array(coefficients), np.array(thresholds)
        return self

    def decision_function(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return margins (rows, pairs), positive for the first; of two classes for the second."""
        margins: NDArray[np.float64] = rows @ self.coef_.T + self.intercept_
        return -margins[:, 0] if len(self.classes_) == 2 else margins


def class_scores(
    margins: NDArray[np.float64], fitted: NDArray[Any], classes: NDArray[Any]
) -> NDArray[np.float64]:
    """Score classes by votes, and by margins among equals.

    Every pair gives a vote to the class on whose side the row lies. To its votes each class adds
    ``s / (3 (1 + |s|))``, `s` being the sum of its margins: less than 1/2, so that the class with
    the most votes has the highest score, and of classes with equal votes the one with the larger
    margins.

    Parameters
    ----------
    margins : array (rows, pairs), or (rows,) of two classes
        As `sklearn.svm.SVC.decision_function` gives them one against one.
    fitted : array (fitted classes,)
        Two at least, sorted.
    classes : array (classes,)
        All there are, sorted; one that is not fitted scores -1, below any that is.

    Returns
    -------
    array (rows, classes), or (rows,) of two classes
        Of two classes the margin itself, positive for the second, as everywhere in scikit-learn.

    Examples
    --------
    >>> abc = np.array(["a", "b", "c"])
    >>> margins = np.array([[0.5, 0.5, 1.0], [0.5, -1.5, 2.0]])  # a - b, a - c, b - c
    >>> class_scores(margins, abc, abc).round(2).tolist()
    [[2.17, 1.11, -0.2], [0.83, 1.2, 0.89]]
    """
    if len(classes) == 2:
        return margins
    if margins.ndim == 1:  # two of the classes are fitted: positive means the second
        margins = -margins[:, None]
    votes = np.zeros((len(margins), len(fitted)))
    sums = np.zeros_like(votes)
    for (first, second), margin in zip(combinations(range(len(fitted)), 2), margins.T, strict=True):
        votes[:, first] += margin > 0
        votes[:, second] += margin <= 0
        sums[:, first] += margin
        sums[:, second] -= margin
    scores = np.full((len(margins), len(classes)), UNKNOWN)
    scores[:, np.searchsorted(classes, fitted)] = votes + sums / (3 * (1 + np.abs(sums)))
    return scores


def sole_class_scores(known: Any, rows: int, classes: NDArray[Any]) -> NDArray[np.float64]:
    """Score rows for the only class that was fitted, as `class_scores` would: (rows, classes)."""
    if len(classes) == 2:
        return np.full(rows, 1.0 if known == classes[1] else -1.0)
    return class_scores(np.zeros((rows, 0)), np.array([known]), classes)


def named(scores: NDArray[np.float64], classes: NDArray[Any]) -> NDArray[Any]:
    """Name the class with the highest score, (..., rows); of two classes by the sign."""
    best = scores.argmax(axis=-1) if scores.ndim > 1 else (scores > 0).astype(int)
    chosen: NDArray[Any] = classes[best]
    return chosen
