"""Support vector machine that chooses its own C by speakers it was not fitted on.

For every inner fold the rows are z-normed by the mean and standard deviation of that fold's
training rows, one matrix of products serves all C, and every held-out row is predicted once per C.
The C with the best unweighted average recall over all these predictions, pooled, is fitted again
on all rows. Machines are libsvm's (``sklearn.svm.SVC``), one for each pair of classes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from deepspectrum_features.baselines.classifiers.gram import Features, Space, order_of_content
from deepspectrum_features.baselines.classifiers.held_out import Rows, checked_mask, inner_folds
from deepspectrum_features.scores import score


class SVM(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify by a kernel machine; C is chosen inside, on rows that did not fit it.

    With `z` the features after z-norm by the training rows and `d` their number, the kernel is
    ``z z' / d`` or ``exp(-|z - z'|^2 / d)``: C means the same for 88 columns and for 6373.

    Parameters
    ----------
    kernel : {"linear", "rbf"}
    cs : sequence of float
        The values of C to choose from, in any order.
    inner_folds : int
        At least 2; fewer are used where there are fewer groups, or fewer rows in every class.
    class_weight : "balanced", dict or None
        As in `sklearn.svm.SVC`; balanced anew for every set of training rows.

    Attributes
    ----------
    classes_ : array (classes,)
        Sorted.
    chosen_ : dict
        ``{"C": 0.3}``; equal scores go to the smaller C.
    chosen_on_ : str
        On which rows C was chosen, in words.
    inner_scores_ : dict of float to float
        For each C the unweighted average recall over all inner predictions, pooled.
    n_features_in_ : int

    References
    ----------
    C.-C. Chang, C.-J. Lin, "LIBSVM: A library for support vector machines", ACM Transactions on
    Intelligent Systems and Technology 2(3), 2011.

    Examples
    --------
    >>> speakers = np.repeat(["ada", "ben", "cy"], 4)
    >>> labels = np.tile(["calm", "loud"], 6)
    >>> features = np.where(labels == "loud", 1.0, 0.0)[:, None] + np.arange(12)[:, None] / 100
    >>> model = SVM(cs=(0.1, 1)).fit(features, labels, groups=speakers)
    >>> model.chosen_, model.inner_scores_
    ({'C': 0.1}, {0.1: 1.0, 1.0: 1.0})
    >>> model.predict([[0.9], [0.2]]).tolist()
    ['loud', 'calm']
    """

    def __init__(
        self,
        kernel: str = "linear",
        cs: Sequence[float] = (0.03, 0.1, 0.3, 1, 3, 10),
        inner_folds: int = 5,
        class_weight: str | Mapping[Hashable, float] | None = "balanced",
    ) -> None:
        self.kernel = kernel
        self.cs = cs
        self.inner_folds = inner_folds
        self.class_weight = class_weight

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        groups: ArrayLike | None = None,
        dev: ArrayLike | None = None,
    ) -> SVM:
        """Choose C, then fit with it.

        Parameters
        ----------
        X : array (rows, dim)
        y : array (rows,)
        groups : array (rows,), optional
            Speakers. The inner folds are `grouped_folds` of them.
        dev : array of bool (rows,), optional
            Rows that choose C; the machine is fitted on the other rows alone and `groups` is
            not looked at. With neither, the inner folds are those of
            `sklearn.model_selection.StratifiedKFold`.

        Notes
        -----
        The rows are put in an order of their own first: the order given changes nothing.
        At a C so small that every row has reached its bound, balanced weights leave the machine's
        threshold open within an interval, and rounding picks it: such a C scores poorly.

        Raises
        ------
        ValueError
            Features that are not finite, one class, one group, or an argument out of range.
        """
        features, labels = validate_data(self, X, y, dtype=(np.float32, np.float64))
        check_classification_targets(labels)
        cs = _checked_cs(self.cs)
        if self.inner_folds < 2:
            raise ValueError(f"inner_folds: {self.inner_folds}, need at least 2")
        order = order_of_content(features, labels)
        features, labels = features[order], labels[order]
        self.classes_ = _several_classes(labels)
        if dev is None:
            if groups is not None:
                check_consistent_length(labels, groups)
                groups = np.asarray(groups)[order]
            folds = inner_folds(labels, groups, self.inner_folds)
            kind = "stratified" if groups is None else "grouped"
            whose = "rows" if groups is None else "speakers"
            self.chosen_on_ = f"inner {kind} {len(folds)}-fold on training {whose}"
            fitted = np.ones(len(labels), dtype=bool)
        else:
            folds = [checked_mask(dev, len(labels))[order]]
            self.chosen_on_ = "dev rows, fitted on train rows"
            fitted = ~folds[0]
            _several_classes(labels[fitted])
        guesses = np.empty((len(cs), len(labels)), dtype=labels.dtype)
        for held in folds:
            guesses[:, held] = self._guesses(features, labels, fitted & ~held, held, cs)
        judged = np.any(folds, axis=0)
        self.inner_scores_ = {
            c: self._ua(labels[judged], guess[judged]) for c, guess in zip(cs, guesses, strict=True)
        }
        self.chosen_: dict[str, Any] = {"C": smallest_best(self.inner_scores_)}
        self.space_ = Space(features[fitted], self.kernel)
        self.machine_ = self._machine(self.chosen_["C"])
        self.machine_.fit(self.space_.products(), labels[fitted])
        return self

    def describe(self) -> str:
        """Say how it was fitted, for the protocol beside a score."""
        check_is_fitted(self)
        weights = f"class weights {self.class_weight}" if self.class_weight else "no class weights"
        cs = " ".join(f"{c:g}" for c in self.inner_scores_)
        return (
            f"SVM ({self.kernel}): z-norm on training rows, {weights}, C from {cs} by pooled UA of "
            f"{self.chosen_on_}, ties to the smaller C"
        )

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Count votes: class `k` gets one for every pair of classes that it wins.

        The largest count is the prediction; equal counts go to the class that comes first in
        `classes_`, as in libsvm. A class without a row among those fitted gets no vote.

        Returns
        -------
        array (rows, classes), or (rows,) of two classes
            Of two classes, as everywhere in scikit-learn, how far the row lies on the side of
            ``classes_[1]``.
        """
        check_is_fitted(self)
        features = validate_data(self, X, dtype=(np.float32, np.float64), reset=False)
        duels: NDArray[np.float64] = self.machine_.decision_function(self.space_.products(features))
        if len(self.classes_) == 2:
            return duels
        if duels.ndim == 1:  # two of the classes fitted: positive means the second
            duels = -duels[:, None]
        votes = np.zeros((len(duels), len(self.classes_)))
        places = np.searchsorted(self.classes_, self.machine_.classes_)
        for (first, second), margin in zip(combinations(places, 2), duels.T, strict=True):
            votes[:, first] += margin > 0
            votes[:, second] += margin <= 0
        return votes

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Name the class of each row: the largest value of `decision_function`."""
        scores = self.decision_function(X)
        best = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(int)
        named: NDArray[Any] = self.classes_[best]
        return named

    def _guesses(
        self, features: Features, labels: NDArray[Any], fitted: Rows, held: Rows, cs: list[float]
    ) -> NDArray[Any]:
        """Predict the rows held out, once per C: (cs, held)."""
        if len(np.unique(labels[fitted])) == 1:
            return np.full((len(cs), held.sum()), labels[fitted][0])
        space = Space(features[fitted], self.kernel)
        among, across = space.products(), space.products(features[held])
        return np.array([self._machine(c).fit(among, labels[fitted]).predict(across) for c in cs])

    def _machine(self, c: float) -> SVC:
        """Return an unfitted machine that takes matrices of products."""
        return SVC(
            kernel="precomputed",
            C=c,
            class_weight=self.class_weight,
            decision_function_shape="ovo",
        )

    def _ua(self, reference: NDArray[Any], predicted: NDArray[Any]) -> float:
        """Return the unweighted average recall over the classes that occur."""
        numbers = np.searchsorted(self.classes_, np.array([reference, predicted]))
        return score(numbers[0], numbers[1], self.classes_.tolist()).ua


def smallest_best(scores: Mapping[float, float]) -> float:
    """Return the smallest key among those with the best score.

    A hair's breadth apart is a tie: the same recalls, summed in another order.

    Examples
    --------
    >>> smallest_best({1.0: 0.6, 0.1: 0.6 - 1e-16, 0.01: 0.5})
    0.1
    """
    best = max(scores.values())
    return min(key for key, value in scores.items() if value > best - 1e-9)


def _several_classes(y: NDArray[Any]) -> NDArray[Any]:
    """Return the classes in sorted order; refuse to go on with one."""
    classes: NDArray[Any] = np.unique(y)
    if len(classes) < 2:
        raise ValueError(
            f"y: one class ({classes.tolist()[0]!r}) among the rows to fit, need at least two"
        )
    return classes


def _checked_cs(cs: Sequence[float]) -> list[float]:
    """Return the values of C from small to large."""
    values = sorted({float(c) for c in cs})
    if not values or not all(0 < c < np.inf for c in values):
        raise ValueError(f"cs: {cs!r}, need positive numbers")
    return values
