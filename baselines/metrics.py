"""What predicted classes are worth.

A classifier is scored on rows that it did not see in training. The rows of all folds are put
together first and scored once: a mean over folds is another figure, and not computed here.

Conventions
-----------
The reference comes before the prediction. Both hold one class name a row; ``classes`` lists the
names that may occur, and its order is the order of every result. A class *occurs* if the reference
has a row of it. A class that does not occur has no recall (NaN) and does not enter a mean over
classes, yet a row predicted as it is wrong. Without any row every score is NaN and the confusion
matrix is zero: nothing was measured, which is not the same as nothing right.

Metrics
-------
* `confusion`: how many rows of each class were taken for which.
* `recalls`: share of each class's rows that are right.
* `precisions`: share of the rows predicted as each class that are right.
* `ua`: unweighted average recall, the figure to compare systems by: every class counts alike.
* `wa`: weighted accuracy, which is plain accuracy: every row counts alike.
* `macro_f1`: mean over classes of F1, which also minds what is wrongly taken for a class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.scores import Scores, score

Labels = Sequence[str] | NDArray[np.str_]


def validate(reference: Labels, predicted: Labels, classes: Sequence[str]) -> None:
    """Check that there is one prediction a row, and that every name is a class.

    Raises
    ------
    ValueError
        If the two differ in length, a label is not among the classes, or a class is named twice.

    Examples
    --------
    >>> validate(["calm"], ["lout"], ["calm", "loud"])
    Traceback (most recent call last):
    ValueError: predicted: found lout, need one of the classes calm, loud
    """
    if len(reference) != len(predicted):
        raise ValueError(f"predicted: {len(predicted)} rows, need {len(reference)}, one a row")
    if len(set(classes)) < len(classes):
        raise ValueError(f"classes: {', '.join(classes)}, need every name once")
    for name, labels in (("reference", reference), ("predicted", predicted)):
        if unknown := sorted(set(labels) - set(classes)):
            found, known = ", ".join(unknown), ", ".join(classes)
            raise ValueError(f"{name}: found {found}, need one of the classes {known}")


def confusion(reference: Labels, predicted: Labels, classes: Sequence[str]) -> NDArray[np.int64]:
    """Count how many rows of each class were taken for which.

    Returns
    -------
    ndarray, (classes, classes), int64
        ``n[i, j]`` rows of class ``i`` were predicted as class ``j``.

    Examples
    --------
    >>> confusion(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm", "loud"])
    array([[1, 1],
           [0, 1]])
    """
    validate(reference, predicted, classes)
    size = len(classes)
    cells = _numbers(reference, classes) * size + _numbers(predicted, classes)
    return np.bincount(cells, minlength=size * size).astype(np.int64).reshape(size, size)


def recalls(reference: Labels, predicted: Labels, classes: Sequence[str]) -> NDArray[np.float64]:
    """Find the share of each class's rows that are right.

    Returns
    -------
    ndarray, (classes,), float64
        ``r[i] = n[i, i] / sum_j n[i, j]`` with ``n`` as in `confusion`; NaN where the class does
        not occur.

    Examples
    --------
    >>> recalls(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm", "loud", "sad"])
    array([0.5, 1. , nan])
    """
    found = _scores(reference, predicted, classes).recall
    return np.array([found.get(name, np.nan) for name in classes], np.float64)


def precisions(reference: Labels, predicted: Labels, classes: Sequence[str]) -> NDArray[np.float64]:
    """Find the share of the rows predicted as each class that are of it.

    Returns
    -------
    ndarray, (classes,), float64
        ``n[i, i] / sum_j n[j, i]`` with ``n`` as in `confusion`; NaN where the class is never
        predicted.

    Examples
    --------
    >>> precisions(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm", "loud", "sad"])
    array([1. , 0.5, nan])
    """
    counts = confusion(reference, predicted, classes)
    said = counts.sum(axis=0)
    shares = np.full(len(classes), np.nan)
    np.divide(counts.diagonal(), said, out=shares, where=said > 0)
    return shares


def ua(reference: Labels, predicted: Labels, classes: Sequence[str]) -> float:
    """Average recall over the classes that occur, each weighing the same.

    Returns
    -------
    float
        ``mean_i r[i]`` over the classes that occur, ``r`` as in `recalls`. Chance is one over
        their number, whatever their sizes.

    References
    ----------
    B. Schuller, S. Steidl and A. Batliner, "The INTERSPEECH 2009 emotion challenge", Interspeech
    2009, pp. 312-315: its first measure is the unweighted average recall.

    Examples
    --------
    >>> ua(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm", "loud", "sad"])
    0.75
    """
    return _scores(reference, predicted, classes).ua


def wa(reference: Labels, predicted: Labels) -> float:
    """Find the share of rows that are right.

    Returns
    -------
    float
        ``sum_i n[i, i] / sum_ij n[i, j]``: the recalls weighted by the classes' sizes.

    References
    ----------
    As for `ua`: the challenge's second measure.

    Examples
    --------
    >>> wa(["calm", "calm", "calm", "loud"], ["calm", "calm", "loud", "loud"])
    0.75
    """
    return _scores(reference, predicted, sorted({*reference, *predicted})).wa


def macro_f1(reference: Labels, predicted: Labels, classes: Sequence[str]) -> float:
    """Average F1 over the classes that occur, each weighing the same.

    Returns
    -------
    float
        Mean over the classes that occur of ``F[i] = 2 n[i, i] / (sum_j n[i, j] + sum_j n[j, i])``,
        the harmonic mean of recall and precision; 0 for a class of which no row is right.

    References
    ----------
    J. Opitz and S. Burst, "Macro F1 and macro F1", arXiv 1911.03347, 2019: this is their averaged
    F1, not the F1 of averages.

    Examples
    --------
    >>> round(macro_f1(["calm", "calm", "loud"], ["calm", "loud", "loud"], ["calm", "loud"]), 3)
    0.667
    """
    counts = confusion(reference, predicted, classes)
    rows = counts.sum(axis=1)
    occurs = rows > 0
    if not occurs.any():
        return float("nan")
    f1 = 2 * counts.diagonal()[occurs] / (rows + counts.sum(axis=0))[occurs]
    return float(f1.mean())


#: Every score by its name: of references, predictions and classes.
SCORES: dict[str, Callable[[Labels, Labels, Sequence[str]], float]] = {
    "ua": ua,
    "wa": lambda reference, predicted, _: wa(reference, predicted),
    "macro_f1": macro_f1,
}


def evaluate(reference: Labels, predicted: Labels, classes: Sequence[str]) -> dict[str, float]:
    """Compute every score by name.

    Examples
    --------
    >>> evaluate(["calm", "loud"], ["calm", "loud"], ["calm", "loud"])
    {'ua': 1.0, 'wa': 1.0, 'macro_f1': 1.0}
    """
    return {name: value(reference, predicted, classes) for name, value in SCORES.items()}


def _scores(reference: Labels, predicted: Labels, classes: Sequence[str]) -> Scores:
    """Score class names; NaN without any row."""
    validate(reference, predicted, classes)
    if not len(reference):
        return Scores(float("nan"), float("nan"), {}, 0)
    return score(_numbers(reference, classes), _numbers(predicted, classes), list(classes))


def _numbers(labels: Labels, classes: Sequence[str]) -> NDArray[np.int64]:
    """Replace class names by their places in the list of classes."""
    number = {name: index for index, name in enumerate(classes)}
    return np.array([number[label] for label in labels], np.int64)
