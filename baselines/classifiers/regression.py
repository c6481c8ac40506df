"""Linear regressors that choose their own setting by speakers they were not fitted on.

For every inner fold the rows are z-normed by that fold's training rows, and so is what is to be
predicted; every held-out row is predicted once per setting. The setting with the best concordance
correlation over all these predictions, pooled, is fitted again on all rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from deepspectrum_features.baselines.classifiers.choice import checked_values, smallest_best
from deepspectrum_features.baselines.classifiers.gram import Space
from deepspectrum_features.baselines.classifiers.held_out import divide
from deepspectrum_features.baselines.classifiers.training_rows import in_order
from deepspectrum_features.baselines.classifiers.z_norm import Features, weighting
from deepspectrum_features.baselines.regression_metrics import ccc

Floats = NDArray[np.float64]

_FLOATS = (np.float32, np.float64)


@dataclass(frozen=True)
class Lines:
    """One linear prediction for each of some settings, from features to numbers as given.

    Attributes
    ----------
    space : Space
        Of the rows fitted.
    weights : ndarray, (columns, settings)
        Of columns as `Space.scaled` gives them.
    intercepts : ndarray, (settings,)
    """

    space: Space
    weights: Floats
    intercepts: Floats

    def predict(self, features: Features) -> Floats:
        """Return predictions (rows, settings)."""
        predicted: Floats = self.space.scaled(features) @ self.weights + self.intercepts
        return predicted


class LinearRegressor(RegressorMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """What `SVR` and `Ridge` share: division of the rows, choice of a setting, prediction.

    A subclass has the parameters `inner_folds`, `families` and one with the values of its setting,
    which it names (`setting`, and `smoother`: whether a smaller value gives a smoother line, or a
    larger), and it solves for all of them at once (`_solve`).
    """

    setting: ClassVar[str]
    smoother: ClassVar[str]

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        groups: ArrayLike | None = None,
        dev: ArrayLike | None = None,
    ) -> Self:
        """Choose the setting, then fit with it.

        Parameters
        ----------
        X : array (rows, dim)
        y : array (rows,)
            Numbers.
        groups : array (rows,), optional
            Speakers or recordings. The inner folds are `grouped_folds` of them, by size.
        dev : array of bool (rows,), optional
            Rows that choose; the line is fitted on the other rows alone and `groups` is not looked
            at. With neither, every row is a group of its own.

        Notes
        -----
        The rows are put in an order of their own first: the order given changes nothing.

        Raises
        ------
        ValueError
            Features or numbers that are not finite, one number alone, one group, or an argument
            out of range.
        """
        features, targets = validate_data(self, X, y, dtype=_FLOATS, y_numeric=True)
        name = f"{self.setting.lower()}s"
        values = checked_values(name, getattr(self, name))
        features, targets, named, mask = in_order(features, targets.astype(float), groups, dev)
        _several_numbers(targets)
        named = np.arange(len(targets)) if named is None else named
        division = divide(np.zeros(len(targets)), named, mask, self.inner_folds)
        fitted, self.chosen_on_ = division.fitted, division.on
        if groups is None:
            self.chosen_on_ = self.chosen_on_.format(groups="rows")
        _several_numbers(targets[fitted])
        guesses = np.empty((len(targets), len(values)))
        for held in division.held:
            lines = self._lines(features[fitted & ~held], targets[fitted & ~held], values)
            guesses[held] = lines.predict(features[held])
        judged = np.any(division.held, axis=0)
        scores = [_agreement(targets[judged], guess) for guess in guesses[judged].T]
        self.inner_scores_ = dict(zip(values, scores, strict=True))
        sign = 1 if self.smoother == "smaller" else -1
        best = sign * smallest_best({sign * key: one for key, one in self.inner_scores_.items()})
        self.chosen_ = {self.setting: best}
        self.line_ = self._lines(features[fitted], targets[fitted], [best])
        return self

    def predict(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the number predicted for each row, (rows,)."""
        check_is_fitted(self)
        features = validate_data(self, X, dtype=_FLOATS, reset=False)
        return self.line_.predict(features)[:, 0]

    def describe(self, groups: str = "speakers") -> str:
        """Say how it was fitted, for the protocol beside a score.

        Parameters
        ----------
        groups : str
            What the groups are: speakers, or recordings.
        """
        check_is_fitted(self)
        values = " ".join(f"{value:g}" for value in self.inner_scores_)
        return (
            f"{self._name()}: z-norm on training rows{weighting(self.families)}, {self.setting} "
            f"from {values} by pooled CCC of {self.chosen_on_.format(groups=groups)}, "
            f"ties to the {self.smoother} one"
        )

    def _lines(self, features: Features, targets: Floats, values: Sequence[float]) -> Lines:
        """Fit a line for every value of the setting, to targets z-normed too."""
        space = Space(features, "linear", self.families)
        mean, deviation = targets.mean(), targets.std() or 1.0
        weights, intercepts = self._solve(space, (targets - mean) / deviation, values)
        return Lines(space, weights * deviation, intercepts * deviation + mean)

    @abstractmethod
    def _solve(
        self, space: Space, targets: Floats, values: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Return weights (columns, values) of rows scaled, and intercepts (values,)."""

    @abstractmethod
    def _name(self) -> str:
        """Name the method, and what is not chosen."""


def _agreement(reference: Floats, predicted: Floats) -> float:
    """Return the concordance correlation; 0 where both are the same constant."""
    return float(np.nan_to_num(ccc(reference, predicted)))


def _several_numbers(targets: Floats) -> None:
    """Refuse to go on with one number."""
    if np.ptp(targets) == 0:
        raise ValueError(
            f"y: one number ({targets[0]:g}) among the rows to fit ({len(targets)} samples), need "
            f"at least two"
        )
