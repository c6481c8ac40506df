"""Support vector machine that chooses its own C by speakers it was not fitted on.

For every inner fold the rows are z-normed by the mean and standard deviation of that fold's
training rows, one matrix of products serves all C, and every held-out row is scored once per C.
The C with the best unweighted average recall over all these predictions, pooled, is fitted again
on all rows. Machines are one for each pair of classes: libsvm's (``sklearn.svm.SVC``), or beyond
20,000 training rows, where a matrix of products would be too large, liblinear's in the primal.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from deepspectrum_features.baselines.classifiers.choice import checked_values, smallest_best
from deepspectrum_features.baselines.classifiers.held_out import Division, divide
from deepspectrum_features.baselines.classifiers.machines import Machines
from deepspectrum_features.baselines.classifiers.pairs import PRIMAL_ROWS, class_scores, named
from deepspectrum_features.baselines.classifiers.probabilities import Probabilities
from deepspectrum_features.baselines.classifiers.training_rows import in_order
from deepspectrum_features.baselines.classifiers.z_norm import weighting
from deepspectrum_features.scores import score


class SVM(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify by a kernel machine; C is chosen inside, on rows that did not fit it.

    With `z` the features after z-norm by the training rows and `d` their number, the kernel is
    ``z z' / d`` or ``exp(-|z - z'|^2 / d)``: C means the same for 88 columns and for 6373.
    Columns that are constant among the training rows are dropped, and `d` does not count them.

    Parameters
    ----------
    kernel : {"linear", "rbf"}
    cs : sequence of float
        The values of C to choose from, in any order.
    inner_folds : int
        At least 2; fewer are used where there are fewer groups, or fewer rows in every class.
    class_weight : "balanced", dict or None
        As in `sklearn.svm.SVC`; balanced anew for every set of training rows.
    families : sequence of str, (dim,), optional
        The family of every column: all are to weigh the same (`ZNorm`).

    Attributes
    ----------
    classes_ : array (classes,)
        Sorted.
    chosen_ : dict
        ``{"C": 0.3}``; equal scores go to the smaller C.
    chosen_on_ : str
        On which rows C was chosen, in words, with ``{groups}`` for what the groups are.
    inner_scores_ : dict of float to float
        For each C the unweighted average recall over all inner predictions, pooled.
    primal_ : bool
        Whether the machines were solved in the primal: a linear kernel and more than 20,000 rows
        to fit. The loss is then the squared hinge, so C means about the same, not the same.
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
        families: Sequence[str] | None = None,
    ) -> None:
        self.kernel = kernel
        self.cs = cs
        self.inner_folds = inner_folds
        self.class_weight = class_weight
        self.families = families

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
            Speakers or recordings. The inner folds are `grouped_folds` of them.
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
        cs = checked_values("cs", self.cs)
        features, labels, named_groups, mask = in_order(features, labels, groups, dev)
        self.classes_ = _several_classes(labels)
        division = divide(labels, named_groups, mask, self.inner_folds)
        fitted, self.chosen_on_ = division.fitted, division.on
        _several_classes(labels[fitted])
        self.primal_ = self.kernel == "linear" and bool(fitted.sum() > PRIMAL_ROWS)
        self.machines_ = Machines(self.kernel, self.class_weight, self.primal_, self.families)
        shape = () if len(self.classes_) == 2 else (len(self.classes_),)
        scores = np.empty((len(cs), len(labels), *shape))
        for held in division.held:
            scores[:, held] = self.machines_.held_out_scores(
                features, labels, fitted & ~held, held, cs, self.classes_
            )
        self._choose(labels, division, dict(zip(cs, scores, strict=True)))
        self.space_ = self.machines_.space(features[fitted])
        self.machine_ = self.machines_.unfitted(self.chosen_["C"])
        self.machine_.fit(self.machines_.inputs(self.space_), labels[fitted])
        return self

    def describe(self, groups: str = "speakers") -> str:
        """Say how it was fitted, for the protocol beside a score.

        Parameters
        ----------
        groups : str
            What the groups are: speakers, or recordings.
        """
        check_is_fitted(self)
        solver = ", squared hinge solved in the primal" if self.primal_ else ""
        weights = f"class weights {self.class_weight}" if self.class_weight else "no class weights"
        cs = " ".join(f"{c:g}" for c in self.inner_scores_)
        return (
            f"SVM ({self.kernel}{solver}): z-norm on training rows{weighting(self.families)}, "
            f"{weights}, C from {cs} by pooled UA of {self.chosen_on_.format(groups=groups)}, "
            "ties to the smaller C"
        )

    def bytes_needed(self, rows: int, columns: int) -> int:
        """Estimate the memory that a fit takes beside the features given, in bytes.

        Parameters
        ----------
        rows, columns : int
            Of the features given, in float32.
        """
        copies = 3 * 4 * rows * columns  # in order, those fitted, z-normed
        if self.kernel == "linear" and rows > PRIMAL_ROWS:
            return copies + 32 * rows * columns  # scaled, of a pair, in float64, as liblinear's
        return copies + 12 * rows**2  # products in float32 and float64

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Score every class: votes, and a share of a vote for the margins.

        Class `k` gets a vote for every pair of classes that it wins, and ``s / (3 (1 + |s|))`` for
        the sum `s` of its margins in all its pairs: less than 1/2, so the highest score has the
        class with the most votes, and among equals the one with the larger margins. A class
        without a row among those fitted scores -1, and is never the prediction.

        Returns
        -------
        array (rows, classes), or (rows,) of two classes
            Of two classes, as everywhere in scikit-learn, how far the row lies on the side of
            ``classes_[1]``.
        """
        check_is_fitted(self)
        features = validate_data(self, X, dtype=(np.float32, np.float64), reset=False)
        margins = self.machine_.decision_function(self.machines_.inputs(self.space_, features))
        return class_scores(margins, self.machine_.classes_, self.classes_)

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Name the class of each row: the largest value of `decision_function`."""
        return named(self.decision_function(X), self.classes_)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each class, (rows, classes); rows sum to 1.

        A multinomial logistic map of `decision_function`, fitted on the scores of the rows held
        out at the C chosen, each by a machine that it did not fit. A class without such a row gets
        probability 0. The map knows how frequent the classes are, the class weights do not: the
        most probable class need not be the one that `predict` names.
        """
        scores = self.decision_function(X)
        return self.probabilities_.of(scores)

    def _choose(
        self, labels: NDArray[Any], division: Division, scores: dict[float, NDArray[np.float64]]
    ) -> None:
        """Choose C by the scores that each value gave the rows held out, and map these scores."""
        judged = np.any(division.held, axis=0)
        self.inner_scores_ = {
            c: self._ua(labels[judged], named(one[judged], self.classes_))
            for c, one in scores.items()
        }
        self.chosen_: dict[str, Any] = {"C": smallest_best(self.inner_scores_)}
        chosen = scores[self.chosen_["C"]]
        told = [rows for rows in division.held if len(set(labels[division.fitted & ~rows])) > 1]
        if told:
            judged = np.any(told, axis=0)
        else:  # no machine told classes apart: only their shares are known
            chosen = np.zeros_like(chosen)
        self.probabilities_ = Probabilities(chosen[judged], labels[judged], self.classes_)

    def _ua(self, reference: NDArray[Any], predicted: NDArray[Any]) -> float:
        """Return the unweighted average recall over the classes that occur."""
        numbers = np.searchsorted(self.classes_, np.array([reference, predicted]))
        return score(numbers[0], numbers[1], self.classes_.tolist()).ua


def _several_classes(y: NDArray[Any]) -> NDArray[Any]:
    """Return the classes in sorted order; refuse to go on with one."""
    classes: NDArray[Any] = np.unique(y)
    if len(classes) < 2:
        raise ValueError(
            f"y: one class ({classes.tolist()[0]!r}) among the rows to fit, need at least two"
        )
    return classes
