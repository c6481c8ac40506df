"""Rows on which a network's epoch is chosen: they give no gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, column_or_1d

from deepspectrum_features.baselines.classifiers.held_out import (
    Rows,
    checked_mask,
    only_label,
    rows_by_label,
)

Targets = NDArray[np.int64]


class Spared(NamedTuple):
    """Rows to stop on, (rows,), bool, and whether they are all of some groups."""

    rows: Rows
    whole: bool


def hold_out(
    targets: Targets, groups: ArrayLike | None, dev: ArrayLike | None, seeds: Iterable[int]
) -> tuple[Rows, str]:
    """Hold out rows for the network of every seed: those given, else those that `spare` draws.

    Returns
    -------
    ndarray, (seeds, rows), bool
    str
        Which these are, in words, with ``{groups}`` for what the groups are.
    """
    if dev is not None:
        mask = checked_mask(dev, len(targets))
        return np.array([mask for _ in seeds]), "dev rows"
    drawn = [spare(targets, groups, seed) for seed in seeds]
    rows = np.array([one.rows for one in drawn])
    if drawn[0].whole:
        return rows, "a fifth of the training {groups}"
    why = " ({groups} cannot be spared: each alone has some class)" if groups is not None else ""
    return rows, f"a fifth of the training rows{why}"


def spare(targets: Targets, groups: ArrayLike | None, seed: int) -> Spared:
    """Draw the rows to stop on: all of about a fifth of the groups, or a fifth of each class.

    Groups of one class each are drawn class by class, in proportion. Every class keeps rows to
    train on: a group that alone utters one is never drawn. More than a fifth are drawn where the
    rows would be of one class. Where every group alone utters some class, none can be spared, and
    a fifth of every class's rows is drawn, as without groups.

    Parameters
    ----------
    targets : array (rows,)
        Classes as numbers, from 0.
    groups : array-like (rows,), optional
        Speakers or recordings.
    seed : int
        With the groups' sorted names it says who is drawn.

    Raises
    ------
    ValueError
        If there is one group only, or one row of each class.
    """
    generator = np.random.default_rng([seed, 0])
    if groups is not None:
        rows = _fifth_of_groups(targets, groups, generator)
        if rows.any():
            return Spared(rows, whole=True)
    return Spared(_fifth_of_rows(targets, generator), whole=False)


def _fifth_of_groups(targets: Targets, groups: ArrayLike, generator: np.random.Generator) -> Rows:
    """Draw about a fifth of the groups whose classes others utter too, at least one."""
    named = column_or_1d(groups)
    check_consistent_length(targets, named)
    names, group = np.unique(named, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"groups: 1 group ({names[0]}), need at least 2 "
            "(one to train on, one to choose the epoch on)"
        )
    counts = rows_by_label(group, targets)
    utters = counts > 0
    left, heard = utters.sum(axis=0), np.zeros(utters.shape[1], dtype=bool)
    drawn: list[int] = []
    for one in _in_proportion(generator.permutation(len(names)), only_label(counts)):
        enough = len(drawn) >= max(1, round(len(names) / 5))
        if enough and heard.sum() > 1:
            break
        adds = (utters[one] & ~heard).any()
        if (left[utters[one]] > 1).all() and (adds or not enough):
            drawn.append(one)
            left -= utters[one]
            heard |= utters[one]
    chosen: Rows = np.isin(group, drawn)
    return chosen


def _in_proportion(order: NDArray[np.intp], kind: NDArray[np.intp]) -> NDArray[np.intp]:
    """Keep an order within each kind, and mix the kinds so that any first part has its share."""
    place = np.empty(len(order))
    for one in np.unique(kind):
        alike = kind[order] == one
        place[alike] = (np.arange(alike.sum()) + 0.5) / alike.sum()
    return order[np.argsort(place, kind="stable")]


def _fifth_of_rows(targets: Targets, generator: np.random.Generator) -> Rows:
    """Draw a fifth of every class's rows, at least one where there are two."""
    drawn = np.zeros(len(targets), bool)
    for target in range(targets.max() + 1):
        rows = np.flatnonzero(targets == target)
        if len(rows) > 1:  # a class's only row is for training
            drawn[generator.permutation(rows)[: max(1, round(len(rows) / 5))]] = True
    if not drawn.any():
        raise ValueError("y: every class has 1 row, need 2 rows of a class (one to stop on)")
    return drawn
