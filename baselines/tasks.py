"""What is to be told of a row, a class or a number: how answers are scored and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines import metrics
from deepspectrum_features.baselines.ccc_comparison import compare_ccc
from deepspectrum_features.baselines.comparisons import Comparison, compare_ua
from deepspectrum_features.baselines.outcomes import Answers
from deepspectrum_features.baselines.ratios import (
    CLASS_RATIOS,
    NUMBER_RATIOS,
    Ratio,
    auc_ratio,
)
from deepspectrum_features.baselines.records import ClassScores
from deepspectrum_features.baselines.rows import Rows


class Task(Protocol):
    """What the answers of an evaluation are: classes, or numbers.

    Attributes
    ----------
    name : str
    """

    name: ClassVar[str]

    def ratios(self, answers: Answers) -> dict[str, Ratio]:
        """Return every score by its name, the one that systems are compared by first."""

    def compare(self, first: Answers, second: Answers, names: tuple[str, str]) -> Comparison | None:
        """Compare two systems' answers on the same rows; None where speakers are unknown."""

    def by_class(self, answers: Answers) -> ClassScores | None:
        """Score every class, where there are any."""


@dataclass(frozen=True)
class Classification:
    """Telling classes.

    Attributes
    ----------
    classes : sequence of str
        In the order of the columns of scores.
    """

    name: ClassVar[str] = "classification"
    classes: Sequence[str]

    def ratios(self, answers: Answers) -> dict[str, Ratio]:
        """Return UA, WA and macro F1, and of two classes the area under the ROC curve."""
        found = {
            name: ratio(answers.reference, answers.predicted, self.classes)
            for name, ratio in CLASS_RATIOS.items()
        }
        if answers.scores.shape[1] == 2:
            found["auc"] = auc_ratio(answers.reference, answers.scores[:, 1], self.classes)
        return found

    def compare(self, first: Answers, second: Answers, names: tuple[str, str]) -> Comparison | None:
        """Compare UA."""
        return compare_ua(
            first.reference, first.predicted, second.predicted, first.speakers, self.classes, names
        )

    def by_class(self, answers: Answers) -> ClassScores:
        """Return recalls, precisions and the confusion matrix."""
        said = (answers.reference, answers.predicted, self.classes)
        return ClassScores(
            self._by_name(metrics.recalls(*said)),
            self._by_name(metrics.precisions(*said)),
            tuple(map(tuple, metrics.confusion(*said).tolist())),
        )

    def _by_name(self, values: NDArray[np.float64]) -> dict[str, float | None]:
        """Return values by class; None where there is none."""
        return {
            name: None if np.isnan(value) else float(value)
            for name, value in zip(self.classes, values, strict=True)
        }


class Regression:
    """Telling a number."""

    name: ClassVar[str] = "regression"

    def ratios(self, answers: Answers) -> dict[str, Ratio]:
        """Return CCC, Pearson's r and the root mean squared error."""
        return {
            name: ratio(answers.reference, answers.predicted)
            for name, ratio in NUMBER_RATIOS.items()
        }

    def compare(self, first: Answers, second: Answers, names: tuple[str, str]) -> Comparison | None:
        """Compare CCC."""
        return compare_ccc(
            first.reference, first.predicted, second.predicted, first.speakers, names
        )

    def by_class(self, answers: Answers) -> None:
        """Return nothing: there are no classes."""


def task_of(rows: Rows) -> Task:
    """Return what is to be told of rows."""
    return Classification(rows.classes) if rows.classes else Regression()
