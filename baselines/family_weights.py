"""What linear machines make of families of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.fitted.machines import hyperplanes


@dataclass(frozen=True)
class FamilyWeight:
    """How many columns a family has, and its share in the squared weights, 0 to 1."""

    columns: int
    share: float


def squared_weights(model: Any) -> NDArray[np.float64]:
    """Sum the squared weight of every z-normed column over the machines of a fitted linear SVM.

    Returns
    -------
    ndarray, (columns,), float64
        0 of a column that was constant; no columns where the model is another.
    """
    if getattr(model, "kernel", "") != "linear":
        return np.zeros(0)
    weights, _ = hyperplanes(model)
    z_norm = model.space_.z_norm
    found = np.zeros(len(z_norm.kept))
    found[z_norm.kept] = ((weights * z_norm.weight) ** 2).sum(axis=0)
    return found


def family_weights(
    squared: Sequence[NDArray[np.float64]], families: Sequence[Sequence[str]]
) -> dict[str, FamilyWeight]:
    """Return the share that every family of columns has in the squared weights, folds averaged.

    Parameters
    ----------
    squared : sequence of ndarray, (columns,)
        What `squared_weights` gives in every fold.
    families : sequence of sequence of str, (columns,)
        The family of every column, fold by fold.

    Returns
    -------
    dict of str to FamilyWeight
        Sorted by name; empty where a fold has no weights.

    Examples
    --------
    >>> found = family_weights([np.array([9.0, 3.0, 4.0])], [["f0", "f0", "mel"]])
    >>> found["f0"]
    FamilyWeight(columns=2, share=0.75)
    """
    if not all(one.sum() > 0 for one in squared):
        return {}
    columns = dict.fromkeys(sorted(set(families[0])), 0)
    shares = dict.fromkeys(columns, 0.0)
    for own, named in zip(squared, families, strict=True):
        names, place, counts = np.unique(named, return_inverse=True, return_counts=True)
        parts = np.bincount(place, own) / own.sum() / len(squared)
        for name, part, count in zip(names.tolist(), parts.tolist(), counts.tolist(), strict=True):
            shares[name] = shares.get(name, 0.0) + part
            columns[name] = count
    return {name: FamilyWeight(columns[name], shares[name]) for name in sorted(shares)}
