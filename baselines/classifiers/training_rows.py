"""Training rows in an order of their own, so that the order given changes nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_consistent_length

from deepspectrum_features.baselines.classifiers.held_out import Rows, checked_mask
from deepspectrum_features.baselines.classifiers.z_norm import Features


class TrainingRows(NamedTuple):
    """Features ``(rows, dim)``, and of each row its target, its group, and whether it is for dev.

    There are groups or dev rows, or neither.
    """

    features: Features
    targets: NDArray[Any]
    groups: NDArray[Any] | None
    dev: Rows | None


def in_order(
    features: Features, targets: NDArray[Any], groups: ArrayLike | None, dev: ArrayLike | None
) -> TrainingRows:
    """Put rows in the order of `order_of_content`; with dev rows, groups are not looked at.

    Raises
    ------
    ValueError
        If groups or dev are not of these rows, or dev takes none or all of them.
    """
    order = order_of_content(features, targets)
    named = mask = None
    if dev is not None:
        mask = checked_mask(dev, len(targets))[order]
    elif groups is not None:
        check_consistent_length(targets, groups)
        named = np.asarray(groups)[order]
    return TrainingRows(features[order], targets[order], named, mask)


def order_of_content(features: Features, y: NDArray[Any]) -> NDArray[np.intp]:
    """Return the rows in an order that hangs on what they hold, not on where they stood.

    libsvm stops within 0.001 of the optimum; where exactly, the order of its rows decides.

    Examples
    --------
    >>> features, y = np.array([[1.0], [2.0], [3.0]]), np.array(["a", "b", "a"])
    >>> features[order_of_content(features, y)].tolist()
    [[2.0], [3.0], [1.0]]
    >>> features[::-1][order_of_content(features[::-1], y[::-1])].tolist()
    [[2.0], [3.0], [1.0]]
    """
    keys = [(row.tobytes(), str(label)) for row, label in zip(features, y, strict=True)]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__))
