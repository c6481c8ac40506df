"""From decision scores to class probabilities, by rows that did not fit the machine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]


class Probabilities:
    """A multinomial logistic map of decision scores.

    Parameters
    ----------
    scores : array (rows, classes), or (rows,) of two classes
        Of rows held out.
    labels : array (rows,)
        Their classes. One that does not occur among them gets probability 0.
    classes : array (classes,)
        All there are, sorted.

    Examples
    --------
    >>> scores, labels = np.array([-1.0, -0.5, 0.5, 1.0]), np.array(["a", "a", "b", "b"])
    >>> Probabilities(scores, labels, np.array(["a", "b"])).of(np.array([0.0, 2.0])).round(2)
    array([[0.5 , 0.5 ],
           [0.13, 0.87]])
    """

    def __init__(self, scores: Floats, labels: NDArray[Any], classes: NDArray[Any]) -> None:
        occur = np.unique(labels)
        self.classes = len(classes)
        self.places = np.searchsorted(classes, occur)
        self.map = None
        if len(occur) > 1:
            self.map = LogisticRegression(max_iter=1000).fit(_columns(scores), labels)

    def of(self, scores: Floats) -> Floats:
        """Return the probability of each class, (rows, classes); rows sum to 1."""
        probabilities = np.zeros((len(scores), self.classes))
        of_some = self.map.predict_proba(_columns(scores)) if self.map else 1.0
        probabilities[:, self.places] = of_some
        return probabilities


def _columns(scores: Floats) -> Floats:
    """Return scores (rows, columns), one column of two classes."""
    return scores.reshape(len(scores), -1)
