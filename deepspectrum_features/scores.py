"""What a network's own class scores are worth: the figures beside every trained encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """Pooled over all utterances scored.

    Attributes
    ----------
    ua : float
        Unweighted average recall: mean over the classes that occur of their recalls.
    wa : float
        Weighted accuracy: share of utterances that are right.
    recall : dict of str to float
        By class; classes without an utterance are left out.
    utterances : int
    """

    ua: float
    wa: float
    recall: dict[str, float]
    utterances: int


def score(expected: NDArray[np.int64], predicted: NDArray[np.int64], classes: list[str]) -> Scores:
    """Compare class numbers.

    Examples
    --------
    >>> round(score(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), ["calm", "loud"]).ua, 3)
    0.833
    """
    right = expected == predicted
    recall = {
        name: float(right[expected == index].mean())
        for index, name in enumerate(classes)
        if (expected == index).any()
    }
    return Scores(float(np.mean(list(recall.values()))), float(right.mean()), recall, len(right))
