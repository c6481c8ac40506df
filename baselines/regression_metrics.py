"""What predicted numbers are worth, such as arousal.

The reference comes before the prediction, one finite number a row. Rows of all folds are put
together first and scored once. Moments are those of the rows themselves, divided by their number
``n`` and not by ``n - 1``.

* `ccc`: concordance correlation coefficient, the figure to compare systems by: 1 for predictions
  that are right, 0 for a constant.
* `pearson_r`: whether the two rise together, whatever their units. NaN where one is constant.
* `rmse`: root mean squared error, in the units of the reference.

Without any row every score is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = Sequence[float] | NDArray[np.float64]


def paired(
    reference: Numbers, predicted: Numbers
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check that there is one finite prediction a row, and return both as arrays.

    Raises
    ------
    ValueError
        If the two differ in length, or a number is not finite.

    Examples
    --------
    >>> paired([0.5], [float("nan")])
    Traceback (most recent call last):
    ValueError: predicted: nan in row 0, need finite numbers
    """
    truth, said = np.asarray(reference, np.float64), np.asarray(predicted, np.float64)
    if truth.shape != said.shape or truth.ndim != 1:
        raise ValueError(f"predicted: shape {said.shape}, need {truth.shape[:1]}, one a row")
    for name, side in (("reference", truth), ("predicted", said)):
        odd = np.flatnonzero(~np.isfinite(side))
        if len(odd):
            raise ValueError(f"{name}: {side[odd[0]]:g} in row {odd[0]}, need finite numbers")
    return truth, said


def ccc(reference: Numbers, predicted: Numbers) -> float:
    """Measure how near the predictions are to the reference, relative to how both vary.

    Returns
    -------
    float
        ``2 s_rp / (s_r**2 + s_p**2 + (m_r - m_p)**2)`` with means ``m``, variances ``s**2`` and
        covariance ``s_rp``, all with ``1 / n``. Constant predictions give 0; NaN where both are
        one and the same constant.

    References
    ----------
    L. I. Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics
    45(1), pp. 255-268, 1989; its sample moments too have ``1 / n``.

    Examples
    --------
    >>> round(ccc([0, 1, 2], [0, 1, 1]), 3), round(ccc([0, 1, 2], [1, 2, 3]), 3)
    (0.667, 0.571)
    """
    truth, said = paired(reference, predicted)
    if not len(truth):
        return float("nan")
    x, y = truth - truth.mean(), said - said.mean()
    spread = float(((truth - said) ** 2).mean() + 2 * (x * y).mean())
    return float(2 * (x * y).mean() / spread) if spread > 0 else float("nan")


def pearson_r(reference: Numbers, predicted: Numbers) -> float:
    """Measure how far the predictions rise with the reference in a straight line.

    Returns
    -------
    float
        ``s_rp / (s_r s_p)``; NaN where one of the two is constant.

    Examples
    --------
    >>> round(pearson_r([0, 1, 2], [1, 3, 5]), 3)
    1.0
    """
    truth, said = paired(reference, predicted)
    if not len(truth) or any((side == side[0]).all() for side in (truth, said)):
        return float("nan")
    x, y = truth - truth.mean(), said - said.mean()
    return float((x * y).sum() / (np.sqrt((x * x).sum()) * np.sqrt((y * y).sum())))


def rmse(reference: Numbers, predicted: Numbers) -> float:
    """Measure how far the predictions are off.

    Returns
    -------
    float
        ``sqrt(mean((r - p)**2))``, in the units of the reference.

    Examples
    --------
    >>> rmse([0, 0], [3, 3])
    3.0
    """
    truth, said = paired(reference, predicted)
    return float(np.sqrt(((truth - said) ** 2).mean())) if len(truth) else float("nan")


#: Every score by its name: of references and predictions.
SCORES: dict[str, Callable[[Numbers, Numbers], float]] = {
    "ccc": ccc,
    "pearson_r": pearson_r,
    "rmse": rmse,
}


def evaluate(reference: Numbers, predicted: Numbers) -> dict[str, float]:
    """Compute every score by name.

    Examples
    --------
    >>> {name: round(value, 3) for name, value in evaluate([0, 1, 2], [1, 2, 3]).items()}
    {'ccc': 0.571, 'pearson_r': 1.0, 'rmse': 1.0}
    """
    return {name: value(reference, predicted) for name, value in SCORES.items()}
