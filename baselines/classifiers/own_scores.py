"""The class scores of an encoder's own head, taken as a classifier that is fitted already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from deepspectrum_features.baselines.classifiers.pairs import named


class OwnScores:
    """Name the class with the highest score that the network itself gives.

    Parameters
    ----------
    class_name : sequence of str, (classes,)
    epoch : int
        The epoch that the network was kept at.

    Attributes
    ----------
    classes_ : ndarray of str, (classes,)
        In the order of the scores, which need not be sorted.
    chosen_ : dict
        ``{"epoch": ...}``

    Examples
    --------
    >>> network = OwnScores(["calm", "loud"], epoch=7)
    >>> scores = [[2.0, 0.5], [0.0, 1.0]]
    >>> network.predict(scores).tolist(), network.decision_function(scores).tolist()
    (['calm', 'loud'], [-1.5, 1.0])
    """

    def __init__(self, class_name: Sequence[str], epoch: int) -> None:
        self.class_name, self.epoch = class_name, epoch
        self.classes_ = np.array(class_name)
        self.chosen_ = {"epoch": epoch}

    def fit(self, X: ArrayLike, y: ArrayLike, groups: Any = None, dev: Any = None) -> OwnScores:  # noqa: N803
        """Do nothing: training is done."""
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the scores ``(rows, classes)`` as given; of two the second less the first."""
        scores = np.asarray(X, dtype=np.float64)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the softmax of the scores, ``(rows, classes)``, not calibrated."""
        probabilities: NDArray[np.float64] = softmax(np.asarray(X, dtype=np.float64), axis=1)
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[np.str_]:  # noqa: N803
        """Name the class of each row of scores ``(rows, classes)``."""
        return named(self.decision_function(X), self.classes_)

    def describe(self, groups: str = "speakers") -> str:
        """Say what the scores stand on."""
        return "network: the class scores of the encoder's own head, epoch chosen by UA on dev rows"

    def bytes_needed(self, rows: int, columns: int) -> int:
        """Return 0: nothing is fitted."""
        return 0
