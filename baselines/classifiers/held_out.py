"""Rows held out of an estimator's training, to choose its C or its epoch by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold

#: Which rows, (rows,), bool.
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Division:
    """Which rows choose, and which are fitted with what was chosen.

    Attributes
    ----------
    held : list of ndarray, (rows,), bool
        Held out, fold by fold, no row in two.
    fitted : ndarray, (rows,), bool
        Those of the last fit, and in every fold, but for those it holds out.
    on : str
        On which rows the choice rests, in words, with ``{groups}`` for what the groups are.
    """

    held: list[Rows]
    fitted: Rows
    on: str


def divide(
    labels: NDArray[Any], groups: ArrayLike | None, dev: Rows | None, folds: int
) -> Division:
    """Divide training rows into those that choose and those that are fitted.

    Parameters
    ----------
    labels : array (rows,)
    groups : array-like (rows,), optional
    dev : ndarray (rows,), bool, optional
        Rows that choose and are never fitted; with it `groups` is not asked. Without, all rows are
        fitted in the end, and `inner_folds` choose.
    folds : int

    Raises
    ------
    ValueError
        As `inner_folds`; or if `folds` is below 2.
    """
    if folds < 2:
        raise ValueError(f"inner_folds: {folds}, need at least 2")
    if dev is not None:
        return Division([dev], ~dev, "dev rows, fitted on train rows")
    held = inner_folds(labels, groups, folds)
    kind, whose = ("stratified", "rows") if groups is None else ("grouped", "{groups}")
    on = f"inner {kind} {len(held)}-fold on training {whose}"
    return Division(held, np.ones(len(labels), dtype=bool), on)


def checked_mask(dev: ArrayLike, rows: int) -> Rows:
    """Return the rows that a caller holds out.

    Raises
    ------
    ValueError
        If it is no boolean mask of that many rows, or takes none or all of them.
    """
    mask = np.array(dev)
    if mask.dtype != bool or mask.shape != (rows,):
        raise ValueError(f"dev: {mask.dtype} {mask.shape}, need a boolean mask of {rows} rows")
    if mask.all() or not mask.any():
        raise ValueError(f"dev: {mask.sum()} of {rows} rows, need some, and some to fit")
    return mask


def inner_folds(labels: NDArray[Any], groups: ArrayLike | None, folds: int) -> list[Rows]:
    """Return the rows held out, fold by fold; every row is in one of them.

    Parameters
    ----------
    labels : array (rows,)
    groups : array-like (rows,), optional
        Speakers or recordings: the folds are `grouped_folds` of them. Without, they are those of
        `sklearn.model_selection.StratifiedKFold`.
    folds : int
        Fewer where there are fewer groups, or fewer rows in every class.

    Raises
    ------
    ValueError
        If there is one group only, or one row of each class.
    """
    if groups is not None:
        return grouped_folds(np.asarray(groups), labels, folds)
    largest = int(np.unique(labels, return_counts=True)[1].max())
    if largest < 2:
        raise ValueError("y: one row of each class, need two of one (or dev) to choose C")
    splitter = StratifiedKFold(min(folds, largest))
    return [np.isin(np.arange(len(labels)), held) for _, held in splitter.split(labels, labels)]


def grouped_folds(groups: NDArray[Any], labels: NDArray[Any], folds: int) -> list[Rows]:
    """Deal groups out to folds: the rows of each fold, no group in two.

    The largest group comes first. One whose rows have one label goes to the fold with the fewest
    rows of this label, and of these to the one with the fewest rows; one with several labels to
    the fold with the fewest rows; among equals it is the first fold. Groups of equal size come in
    the order of names, those with several labels before those of the first label, and so on.

    Thus the rows' order does not matter, recordings and speakers of one class each are dealt out
    class by class, and speakers who utter several by size alone: but for groups of equal size as
    by `sklearn.model_selection.GroupKFold`, which leaves such ties to the machine's sort.

    Parameters
    ----------
    groups, labels : array (rows,)
    folds : int
        Fewer where there are fewer groups.

    Raises
    ------
    ValueError
        One group: nothing could be held out.

    Examples
    --------
    >>> grouped_folds(np.array(["ada", "ben", "ada", "cy"]), np.array([0, 0, 1, 0]), 2)
    [array([ True, False,  True, False]), array([False,  True, False,  True])]
    >>> recordings, labels = np.arange(4), np.array(["calm", "calm", "loud", "loud"])
    >>> [fold.nonzero()[0].tolist() for fold in grouped_folds(recordings, labels, 2)]
    [[0, 2], [1, 3]]
    """
    names, group = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"groups: {names.tolist()} alone, need two (or dev) to choose C")
    counts = rows_by_label(group, np.unique(labels, return_inverse=True)[1])
    only = only_label(counts)
    dealt = np.zeros((min(folds, len(names)), counts.shape[1]), dtype=int)
    fold_of = np.empty(len(names), dtype=int)
    for place in np.lexsort([only, -counts.sum(axis=1)]):  # names are sorted, and it is stable
        alike = dealt[:, only[place]] if only[place] >= 0 else np.zeros(len(dealt))
        fold_of[place] = np.lexsort([dealt.sum(axis=1), alike])[0]
        dealt[fold_of[place]] += counts[place]
    of_row = fold_of[group]
    return [of_row == fold for fold in range(len(dealt))]


def rows_by_label(group: NDArray[np.intp], label: NDArray[Any]) -> NDArray[np.int64]:
    """Count the rows of each label in each group.

    Parameters
    ----------
    group, label : array (rows,)
        As numbers, from 0.

    Returns
    -------
    ndarray, (groups, labels)

    Examples
    --------
    >>> rows_by_label(np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1]))
    array([[1, 2],
           [0, 1]])
    """
    shape = group.max() + 1, label.max() + 1
    cells = np.bincount(group * shape[1] + label, minlength=shape[0] * shape[1])
    return cells.reshape(shape)


def only_label(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the only label of each group, -1 where it has several.

    Parameters
    ----------
    counts : array (groups, labels)
        As `rows_by_label` gives them.

    Examples
    --------
    >>> only_label(np.array([[1, 2], [0, 1]]))
    array([-1,  1])
    """
    of = counts > 0
    return np.where(of.sum(axis=1) == 1, of.argmax(axis=1), -1)
