"""The map of features: every row on the first two principal components."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.classifiers.z_norm import ZNorm
from deepspectrum_features.baselines.records import Point
from deepspectrum_features.baselines.table import Table


def points_of(table: Table) -> Iterator[Point]:
    """Place every row on the first two principal components of its features."""
    for one, (x, y) in zip(table.utterances, _components(table.features), strict=True):
        place = (one.file, one.start, one.end or 0.0, one.channel, one.label, one.speaker)
        yield Point(table.name, *place, float(f"{x:.4g}"), float(f"{y:.4g}"))


def _components(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first two principal components of z-normed features, ``(rows, 2)``; else 0."""
    from sklearn.decomposition import PCA

    normed = ZNorm(features).place(features)
    if min(normed.shape) < 2:
        return np.zeros((len(normed), 2))
    principal = PCA(2, svd_solver="randomized", random_state=0)
    found: NDArray[np.float64] = principal.fit_transform(normed)
    return found
