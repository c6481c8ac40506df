"""Probabilities of classes, from decision scores of speakers who were held out.

They are the softmax of what speaks for each class, times slopes that are the same for all classes.
What speaks for one is its score; of an SVM with more than two classes, whose scores are votes of
pairs, the sum of its margins too, for almost every row has a class that wins all its pairs. A map
with weights of its own for every class, fitted on the few hundred rows of a corpus of emotions,
gave held-out speakers worse probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from deepspectrum_features.baselines.classifiers.held_out import grouped_folds
from deepspectrum_features.baselines.fitted.reliability import Reliability
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.errors import CorpusError

Floats = NDArray[np.float64]

_FOLDS = 10


def evidence(scores: Floats, votes: bool) -> Floats:
    """Return what speaks for every class, (kinds, rows, classes).

    Parameters
    ----------
    scores : ndarray, (rows, classes)
        Decision scores.
    votes : bool
        Whether they are votes and a share for margins, as `pairs.class_scores` gives them: then
        the sums of margins are made of these shares.

    Examples
    --------
    >>> evidence(np.array([[2.25, 0.75]]), votes=True).round(3).tolist()
    [[[2.25, 0.75]], [[3.0, -3.0]]]
    """
    if not votes:
        return scores[None]
    share = 3 * (scores - scores.round())
    return np.stack([scores, share / (1 - np.abs(share))])


def fit_slopes(spoken: Floats, labels: NDArray[np.intp]) -> Floats:
    """Return the slopes with the highest likelihood.

    One row more, whose class nobody knows, is thought among those given, so that no probability
    becomes 1 where all labels are right.

    Parameters
    ----------
    spoken : ndarray, (kinds, rows, classes)
        What speaks for every class.
    labels : ndarray, (rows,)
        Numbers of the right classes.

    Returns
    -------
    ndarray, (kinds,)
        None is negative.

    References
    ----------
    C. Guo et al., "On calibration of modern neural networks", ICML 2017: temperature scaling, the
    temperature being one over the slope. J. Platt, "Probabilistic outputs for support vector
    machines", 1999, for targets that are not quite 0 and 1.

    Examples
    --------
    >>> scores = np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    >>> slopes = fit_slopes(scores[None], np.zeros(4, int))
    >>> softmax(slopes @ scores[:1]).round(3)  # 3 of 4 are right, and half of a fifth
    array([0.7, 0.3])
    """
    _, rows, classes = spoken.shape
    doubt = 1 / (rows + 1)
    wanted = (1 - doubt) * np.eye(classes)[labels] + doubt / classes

    def loss(slopes: Floats) -> tuple[float, Floats]:
        summed = np.tensordot(slopes, spoken, 1)
        value = logsumexp(summed, axis=1).sum() - (wanted * summed).sum()
        excess = softmax(summed, axis=1) - wanted
        return value / rows, (spoken * excess).sum(axis=(1, 2)) / rows

    start, bounds = np.full(len(spoken), 0.1), [(0, None)] * len(spoken)
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-10).x
    return found


@dataclass(frozen=True)
class HeldOut:
    """What an evaluation says of rows that its classifier was not fitted on.

    Attributes
    ----------
    spoken : ndarray, (kinds, rows, classes)
        What speaks for every class.
    labels, predicted : ndarray, (rows,)
        Numbers of classes.
    groups : ndarray, (rows,), str
        Speakers; of one unknown, the recording.
    """

    spoken: Floats
    labels: NDArray[np.intp]
    predicted: NDArray[np.intp]
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, results: Results, where: Path) -> HeldOut:
        """Gather the predictions of an evaluation's one system.

        Raises
        ------
        CorpusError
            If a fold was fitted without one of the classes.
        """
        rows, classes = results.predictions, results.classes
        for one in rows:
            if None in one.score:
                missing = classes[one.score.index(None)]
                raise CorpusError(
                    f"{where}: fold {one.fold} trains on no {missing}, need all classes for "
                    "probabilities (another --protocol)"
                )
        scores = np.array([one.score for one in rows], np.float64)
        votes = has_votes(results.systems[0].classifier, len(classes))
        return cls(
            evidence(scores, votes),
            np.searchsorted(classes, [one.label for one in rows]),
            np.searchsorted(classes, [one.predicted for one in rows]),
            np.array([one.speaker or f"file {one.file}" for one in rows]),
        )

    def slopes(self) -> Floats:
        """Fit the slopes on all rows."""
        return fit_slopes(self.spoken, self.labels)

    def reliability(self) -> Reliability | None:
        """Hold probabilities against what came true, each by slopes fitted on other groups.

        Returns
        -------
        Reliability or None
            None where there is one group alone.
        """
        if len({*self.groups.tolist()}) < 2:
            return None
        told = np.zeros(len(self.labels))
        for held in grouped_folds(self.groups, self.labels, _FOLDS):
            slopes = fit_slopes(self.spoken[:, ~held], self.labels[~held])
            probabilities = softmax(np.tensordot(slopes, self.spoken[:, held], 1), axis=1)
            told[held] = probabilities[np.arange(held.sum()), self.predicted[held]]
        return Reliability.of(told, self.labels == self.predicted)


def has_votes(classifier: str, classes: int) -> bool:
    """Whether a classifier's scores are votes of pairs of classes."""
    return classifier == "svm" and classes > 2
