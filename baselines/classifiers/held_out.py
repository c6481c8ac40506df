"""Rows held out of a classifier's training, to choose its C or its epoch by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import check_consistent_length, column_or_1d

#: Which rows, (rows,), bool.
Rows = NDArray[np.bool_]


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


def hold_out(
    targets: NDArray[np.int64], groups: ArrayLike | None, dev: ArrayLike | None, seed: int
) -> Rows:
    """Return the rows that choose an epoch: those given, or about a fifth.

    Parameters
    ----------
    targets : array (rows,)
        Classes as numbers, from 0.
    groups : array-like (rows,), optional
        Speakers: all rows of a fifth of them, at least one, are held out so that two classes are
        left. Without groups it is a fifth of every class's rows.
    dev : array-like of bool (rows,), optional
        The rows to hold out; with it `groups` is not asked.
    seed : int
        With the speakers' sorted names it says who is drawn.

    Raises
    ------
    ValueError
        If there is one speaker only, or one row of each class.
    """
    if dev is not None:
        return checked_mask(dev, len(targets))
    generator = np.random.default_rng([seed, 0])
    if groups is not None:
        return _fifth_of_speakers(targets, groups, generator)
    return _fifth_of_rows(targets, generator)


def inner_folds(labels: NDArray[Any], groups: ArrayLike | None, folds: int) -> list[Rows]:
    """Return the rows held out, fold by fold; every row is in one of them.

    Parameters
    ----------
    labels : array (rows,)
    groups : array-like (rows,), optional
        Speakers: the folds are `grouped_folds` of them. Without, they are those of
        `sklearn.model_selection.StratifiedKFold`.
    folds : int
        Fewer where there are fewer speakers, or fewer rows in every class.

    Raises
    ------
    ValueError
        If there is one speaker only, or one row of each class.
    """
    if groups is not None:
        return grouped_folds(np.asarray(groups), folds)
    largest = int(np.unique(labels, return_counts=True)[1].max())
    if largest < 2:
        raise ValueError("y: one row of each class, need two of one (or dev) to choose C")
    splitter = StratifiedKFold(min(folds, largest))
    return [np.isin(np.arange(len(labels)), held) for _, held in splitter.split(labels, labels)]


def grouped_folds(groups: NDArray[Any], folds: int) -> list[Rows]:
    """Deal groups out to folds: the rows of each fold, no group in two.

    The largest group first, each to the fold with the fewest rows so far; among equals the
    group first in sorted order, and the first fold. Thus the rows' order does not matter, and
    but for groups of equal size the folds are those of `sklearn.model_selection.GroupKFold`,
    which leaves such ties to the machine's sort.

    Parameters
    ----------
    groups : array (rows,)
    folds : int
        Fewer where there are fewer groups.

    Raises
    ------
    ValueError
        One group: nothing could be held out.

    Examples
    --------
    >>> grouped_folds(np.array(["ada", "ben", "ada", "cy"]), 2)
    [array([ True, False,  True, False]), array([False,  True, False,  True])]
    """
    names, sizes = np.unique(groups, return_counts=True)
    if len(names) < 2:
        raise ValueError(f"groups: {names.tolist()} alone, need two (or dev) to choose C")
    rows = np.zeros(min(folds, len(names)), dtype=int)
    fold_of = np.empty(len(names), dtype=int)
    for group in np.argsort(-sizes, kind="stable"):
        fold_of[group] = rows.argmin()
        rows[fold_of[group]] += sizes[group]
    of_row = fold_of[np.searchsorted(names, groups)]
    return [of_row == fold for fold in range(len(rows))]


def _fifth_of_speakers(
    targets: NDArray[np.int64], groups: ArrayLike, generator: np.random.Generator
) -> Rows:
    """Hold out a fifth of the speakers, at least one, so that two classes are left if they can."""
    speaker = column_or_1d(groups)
    check_consistent_length(targets, speaker)
    speakers = np.unique(speaker)
    if len(speakers) < 2:
        raise ValueError(
            f"groups: 1 group ({speakers[0]}), need at least 2 "
            "(one to train on, one to choose the epoch on)"
        )
    order = generator.permutation(speakers)
    choices = [np.isin(speaker, _fifth(np.roll(order, -at))) for at in range(len(order))]
    two_left = [rows for rows in choices if len(np.unique(targets[~rows])) > 1]
    chosen: Rows = (two_left or choices)[0]
    return chosen


def _fifth_of_rows(targets: NDArray[np.int64], generator: np.random.Generator) -> Rows:
    """Hold out a fifth of every class's rows, at least one where there are two."""
    held_out = np.zeros(len(targets), bool)
    for target in range(targets.max() + 1):
        rows = np.flatnonzero(targets == target)
        if len(rows) > 1:  # a class's only row is for training
            held_out[_fifth(generator.permutation(rows))] = True
    if not held_out.any():
        raise ValueError("y: every class has 1 row, need 2 rows of a class (one to stop on)")
    return held_out


def _fifth(items: NDArray[Any]) -> NDArray[Any]:
    """Take about the first fifth of two or more items, at least one."""
    return items[: max(1, round(len(items) / 5))]
