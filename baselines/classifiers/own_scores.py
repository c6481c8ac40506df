"""The class scores of an encoder's own head, taken as a classifier that is fitted already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class OwnScores:
    """Name the class with the highest score that the network itself gives.

    Parameters
    ----------
    class_name : sequence of str, (classes,)
    epoch : int
        The epoch that the network was kept at.
    """

    def __init__(self, class_name: Sequence[str], epoch: int) -> None:
        self.class_name, self.epoch = class_name, epoch
        self.chosen_ = {"epoch": epoch}

    def fit(self, X: ArrayLike, y: ArrayLike, groups: Any = None, dev: Any = None) -> OwnScores:  # noqa: N803
        """Do nothing: training is done."""
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.str_]:  # noqa: N803
        """Name the class of each row of scores ``(rows, classes)``."""
        named: NDArray[np.str_] = np.array(self.class_name)[np.asarray(X).argmax(axis=1)]
        return named

    def describe(self) -> str:
        """Say what the scores stand on."""
        return "network: the class scores of the encoder's own head, epoch chosen by UA on dev rows"
