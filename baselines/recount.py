"""Whether predictions, counted once more, give the scores that stand beside them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features.baselines.records import Prediction, Score
from deepspectrum_features.errors import DsfError
from deepspectrum_features.terminal import one_line

if TYPE_CHECKING:
    from deepspectrum_features.baselines.results import Results


def check_predictions(path: Path, results: Results, predictions: Sequence[Prediction]) -> None:
    """Refuse predictions that others than these results were computed from.

    Parameters
    ----------
    path : Path
        Of the predictions.
    results : Results
    predictions : sequence of Prediction

    Raises
    ------
    DsfError
        Naming a system whose confusion matrix, or root mean squared error, is another.
    """
    rows: dict[str, list[Prediction]] = {one.name: [] for one in results.systems}
    for row in predictions:
        rows.setdefault(row.system, []).append(row)
    if results.classes:
        odd, what = _other_counts(results, rows), "other counts than the confusion matrix of"
    else:
        odd, what = _other_errors(results, rows), "other errors than the RMSE of"
    if (name := min(odd, default=None)) is not None:
        raise DsfError(
            f"{path}: {what} {one_line(name)} in results.json, need both from one run "
            "(evaluate again)"
        )


def _other_counts(results: Results, rows: dict[str, list[Prediction]]) -> Iterator[str]:
    """Yield the systems that take other classes for each other than their confusion says."""
    stated = {one.name: one.counts(results.classes) for one in results.systems}
    for name, own in rows.items():
        if Counter((row.label, row.predicted) for row in own) != stated.get(name):
            yield name


def _other_errors(results: Results, rows: dict[str, list[Prediction]]) -> Iterator[str]:
    """Yield the systems that are off by more or less than their RMSE says."""
    stated = {one.name: one.scores.get("rmse", Score(None)).value for one in results.systems}
    for name, own in rows.items():
        value = stated.get(name)
        if value is None or not math.isclose(_rmse(own), value, rel_tol=1e-9, abs_tol=1e-12):
            yield name


def _rmse(rows: Sequence[Prediction]) -> float:
    """Compute the root mean squared error; NaN without rows, or where one has no number."""
    try:
        squares = [(float(row.label) - float(row.predicted)) ** 2 for row in rows]
    except ValueError:
        return math.nan
    return math.sqrt(math.fsum(squares) / len(squares)) if squares else math.nan
