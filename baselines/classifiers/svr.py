"""Support vector regression that chooses its own C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn import svm

from deepspectrum_features.baselines.classifiers.gram import Space
from deepspectrum_features.baselines.classifiers.pairs import INTERCEPT_SCALING, PRIMAL_ROWS
from deepspectrum_features.baselines.classifiers.regression import Floats, LinearRegressor

#: Errors below so many deviations of the training targets cost nothing.
EPSILON = 0.1

#: libsvm's; its default of 0.001 leaves predictions open by a hundredth of a deviation.
_TOLERANCE = 1e-4


class SVR(LinearRegressor):
    """Predict numbers by a linear support vector machine; C is chosen inside.

    The kernel is ``z z' / d`` as in `SVM`, constant columns dropped; targets are z-normed by the
    training rows, and errors below 0.1 of their deviation cost nothing (epsilon-insensitive).
    libsvm solves it; beyond 20,000 training rows liblinear in the primal, where errors beyond
    epsilon cost their square.

    Parameters
    ----------
    cs : sequence of float
        The values of C to choose from, in any order.
    inner_folds : int
        At least 2; fewer are used where there are fewer groups.
    families : sequence of str, (dim,), optional
        The family of every column: all are to weigh the same (`ZNorm`).

    Attributes
    ----------
    chosen_ : dict
        ``{"C": 0.3}``; equal scores go to the smaller C.
    chosen_on_ : str
        On which rows C was chosen, in words, with ``{groups}`` for what the groups are.
    inner_scores_ : dict of float to float
        For each C the concordance correlation of all inner predictions, pooled.
    n_features_in_ : int

    Examples
    --------
    >>> speakers = np.repeat(["ada", "ben", "cy"], 4)
    >>> arousal = np.tile([1.0, 2.0, 3.0, 4.0], 3)
    >>> model = SVR(cs=(0.1, 1)).fit(arousal[:, None] * [2, -1], arousal, groups=speakers)
    >>> model.chosen_, model.predict([[5.0, -2.5]]).round(1).tolist()
    ({'C': 1.0}, [2.5])
    """

    setting, smoother = "C", "smaller"

    def __init__(
        self,
        cs: Sequence[float] = (0.03, 0.1, 0.3, 1, 3, 10),
        inner_folds: int = 5,
        families: Sequence[str] | None = None,
    ) -> None:
        self.cs = cs
        self.inner_folds = inner_folds
        self.families = families

    def bytes_needed(self, rows: int, columns: int) -> int:
        """Estimate the memory that a fit takes beside the features given, in bytes.

        Parameters
        ----------
        rows, columns : int
            Of the features given, in float32.
        """
        copies = 4 * 4 * rows * columns  # in order, those fitted, z-normed, scaled
        return copies + (24 * rows * columns if rows > PRIMAL_ROWS else 12 * rows**2)

    def _solve(
        self, space: Space, targets: Floats, values: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Fit a machine for every C."""
        solve = _primal if len(targets) > PRIMAL_ROWS else _dual
        weights, intercepts = zip(*solve(space, targets, values), strict=True)
        return np.column_stack(weights), np.array(intercepts)

    def _name(self) -> str:
        """Name the method, and what is not chosen."""
        return f"SVR (linear, epsilon {EPSILON:g} of the targets' deviation)"


def _dual(space: Space, targets: Floats, cs: Sequence[float]) -> Iterator[tuple[Floats, float]]:
    """Yield weights and intercept for every C by libsvm, from the products of rows."""
    products, rows = space.products(), space.scaled()
    for c in cs:
        machine = svm.SVR(kernel="precomputed", C=c, epsilon=EPSILON, tol=_TOLERANCE)
        machine.fit(products, targets)
        yield rows[machine.support_].T @ machine.dual_coef_[0], machine.intercept_[0]


def _primal(space: Space, targets: Floats, cs: Sequence[float]) -> Iterator[tuple[Floats, float]]:
    """Yield weights and intercept for every C by liblinear, from the rows themselves."""
    rows = space.scaled()
    for c in cs:
        machine = svm.LinearSVR(
            loss="squared_epsilon_insensitive",
            dual=False,
            C=c,
            epsilon=EPSILON,
            intercept_scaling=INTERCEPT_SCALING,
        ).fit(rows, targets)
        yield machine.coef_, machine.intercept_[0]
