"""Scores as what they are made of: ratios of sums over rows.

Every score here is a mean of ratios, ``1 / K * sum_k (sum_i part[i, k] / sum_i whole[i, k])``,
exactly or to first order around the rows at hand. What one speaker adds to a score is then a
sum over this speaker's rows, and that is all that
`deepspectrum_features.baselines.intervals` needs to know of it. With ``r`` the reference and ``p``
the prediction of a row, ``[...]`` one where it holds and else zero:

=========  ================================================  ==================================
score      part                                              whole
=========  ================================================  ==================================
ua         ``[r = k] [p = k]``, a term a class that occurs   ``[r = k]``
wa         ``[r = p]``                                       1
macro_f1   as ``ua``                                         ``([r = k] + [p = k]) / 2``
auc        ``[r = k] (2 V - A)``, a term each of 2 classes   ``[r = k]``
ccc        ``2 x y``                                         ``(r - p)**2 + 2 x y``
pearson_r  ``x y / (sx sy)``                                 ``(x**2 / sx**2 + y**2 / sy**2) / 2``
rmse       ``(r - p)**2``: of its square                     1
=========  ================================================  ==================================

``V`` is the share of the rows of the other class that a row is on the right side of, and ``A`` its
mean, the area. ``x = r - mean(r)`` and ``y = p - mean(p)`` with means and deviations ``sx``, ``sy``
of all rows.
The first three and the last are exact. Of the others the ratio is the score, and its first
derivatives in the weights of rows are those of the score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.metrics import Labels, validate
from deepspectrum_features.baselines.regression_metrics import Numbers, paired

Scale = Literal["share", "correlation", "root"]


@dataclass(frozen=True)
class Ratio:
    """A score as a mean of ratios.

    Attributes
    ----------
    part, whole : ndarray, (rows, terms), float64
    names : tuple of str, (terms,)
        What each term is of: a class, or empty where it is of all rows.
    scale : str
        What values the score can have: ``share``, between 0 and 1; ``correlation``, between -1 and
        1; ``root``, above 0, the square root of the ratio.
    """

    part: NDArray[np.float64]
    whole: NDArray[np.float64]
    names: tuple[str, ...]
    scale: Scale

    def value(self) -> float:
        """Return the score; NaN without any row.

        Examples
        --------
        >>> wa_ratio(["calm", "loud"], ["calm", "calm"]).value()
        0.5
        """
        whole = self.whole.sum(axis=0)
        if not len(whole) or not (whole > 0).all():
            return float("nan")
        mean = float((self.part.sum(axis=0) / whole).mean())
        return float(np.sqrt(mean)) if self.scale == "root" else mean


def recall_ratio(reference: Labels, predicted: Labels, classes: Sequence[str]) -> Ratio:
    """Return UA, the mean of the recalls of those of the classes that occur.

    For the recall of one class, name this one alone.

    Examples
    --------
    >>> recall_ratio(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm", "loud"]).value()
    0.75
    >>> recall_ratio(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm"]).value()
    0.5
    """
    here, said, names = _members(reference, predicted, classes)
    return Ratio(here * said, here, names, "share")


def precision_ratio(reference: Labels, predicted: Labels, classes: Sequence[str]) -> Ratio:
    """Return the mean precision of those of the classes that occur; of one, name it alone.

    NaN where one of them is never predicted.

    Examples
    --------
    >>> precision_ratio(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["loud"]).value()
    0.5
    """
    here, said, names = _members(reference, predicted, classes)
    return Ratio(here * said, said, names, "share")


def wa_ratio(reference: Labels, predicted: Labels) -> Ratio:
    """Return WA, the share of rows that are right."""
    right = np.asarray(reference, np.str_) == np.asarray(predicted, np.str_)
    part = right.astype(np.float64)[:, None]
    return Ratio(part, np.ones_like(part), ("",), "share")


def f1_ratio(reference: Labels, predicted: Labels, classes: Sequence[str]) -> Ratio:
    """Return macro F1 of those of the classes that occur; of one, name it alone."""
    here, said, names = _members(reference, predicted, classes)
    return Ratio(here * said, (here + said) / 2, names, "share")


def auc_ratio(reference: Labels, scores: NDArray[np.float64], classes: Sequence[str]) -> Ratio:
    """Return the area under the ROC curve: how often a row of the second class outscores the first.

    Ties count half. The derivatives are those of DeLong et al., "Comparing the areas under two or
    more correlated receiver operating characteristic curves", Biometrics 44(3), 1988.

    Parameters
    ----------
    reference : sequence of str, (rows,)
    scores : ndarray, (rows,)
        The higher, the more of the second class.
    classes : sequence of str, (2,)

    Returns
    -------
    Ratio
        A term a class; NaN unless both occur.

    Examples
    --------
    >>> scores = np.array([3.0, 1.0, 2.0])
    >>> auc_ratio(["loud", "loud", "calm"], scores, ["calm", "loud"]).value()
    0.5
    """
    here, _, names = _members(reference, reference, classes)
    if len(names) < 2:
        return Ratio(np.zeros_like(here), np.zeros_like(here), names, "share")
    second = here[:, 1] > 0
    right = np.empty(len(scores))
    for side, sign in ((second, 1), (~second, -1)):
        own, others = sign * scores[side], np.sort(sign * scores[~side])
        twice = sum(np.searchsorted(others, own, end) for end in ("left", "right"))
        right[side] = twice / (2 * len(others))
    area = right[second].mean()
    return Ratio(here * (2 * right - area)[:, None], here, names, "share")


def ccc_ratio(reference: Numbers, predicted: Numbers) -> Ratio:
    """Return the concordance correlation coefficient.

    Examples
    --------
    >>> round(ccc_ratio([0, 1, 2], [0, 1, 1]).value(), 3)
    0.667
    """
    truth, said = paired(reference, predicted)
    together = 2 * _centred(truth) * _centred(said)
    return _of_rows(together, (truth - said) ** 2 + together, "correlation")


def pearson_ratio(reference: Numbers, predicted: Numbers) -> Ratio:
    """Return Pearson's correlation; its wholes are zero where one side is constant."""
    x, y = (_standard(side) for side in paired(reference, predicted))
    constant = not (x.any() and y.any())
    return _of_rows(x * y, np.zeros_like(x) if constant else (x**2 + y**2) / 2, "correlation")


def rmse_ratio(reference: Numbers, predicted: Numbers) -> Ratio:
    """Return the root of the mean squared error."""
    truth, said = paired(reference, predicted)
    return _of_rows((truth - said) ** 2, np.ones_like(truth), "root")


#: Every score of a classification by its name, as in `metrics.SCORES`.
CLASS_RATIOS: dict[str, Callable[[Labels, Labels, Sequence[str]], Ratio]] = {
    "ua": recall_ratio,
    "wa": lambda reference, predicted, _: wa_ratio(reference, predicted),
    "macro_f1": f1_ratio,
}
#: Every score of a regression by its name, as in `regression_metrics.SCORES`.
NUMBER_RATIOS: dict[str, Callable[[Numbers, Numbers], Ratio]] = {
    "ccc": ccc_ratio,
    "pearson_r": pearson_ratio,
    "rmse": rmse_ratio,
}


def _members(
    reference: Labels, predicted: Labels, classes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """Return which rows are, and are said to be, of each of the classes that occur."""
    truth, said = np.asarray(reference, np.str_), np.asarray(predicted, np.str_)
    validate(reference, predicted, sorted({*truth.tolist(), *said.tolist(), *classes}))
    names = tuple(name for name in classes if (truth == name).any())
    kinds = np.array(names, np.str_)
    here, there = ((side[:, None] == kinds).astype(np.float64) for side in (truth, said))
    return here, there, names


def _of_rows(part: NDArray[np.float64], whole: NDArray[np.float64], scale: Scale) -> Ratio:
    return Ratio(part[:, None], whole[:, None], ("",), scale)


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values - values.mean() if len(values) else values


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return z-scores; zeros of a constant."""
    if not len(values) or (values == values[0]).all():
        return np.zeros_like(values)
    standard: NDArray[np.float64] = _centred(values) / values.std()
    return standard
