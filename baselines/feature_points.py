"""The map of features: every row on the first two principal components, and what these explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.classifiers.z_norm import ZNorm
from deepspectrum_features.baselines.records import Point
from deepspectrum_features.baselines.table import Table


@dataclass(frozen=True)
class FeatureMap:
    """The rows of a feature set in two dimensions.

    Attributes
    ----------
    points : tuple of Point
    explained : tuple of float
        Share of the variance of the z-normed features that each component holds, 0 to 1.
    """

    points: tuple[Point, ...]
    explained: tuple[float, float]

    @classmethod
    def of(cls, table: Table) -> FeatureMap:
        """Place every row on the first two principal components of its features."""
        places, explained = _components(table.features)
        points = []
        for one, (x, y) in zip(table.utterances, places, strict=True):
            row = (one.file, one.start, one.end or 0.0, one.channel, one.label, one.speaker)
            points.append(Point(table.name, *row, float(f"{x:.4g}"), float(f"{y:.4g}")))
        return cls(tuple(points), explained)


def _components(features: NDArray[np.float32]) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return the first two principal components of z-normed features, and what they explain.

    They are ``(rows, 2)``; 0 where fewer than two columns vary, and explain nothing then.
    """
    from sklearn.decomposition import PCA

    normed = ZNorm(features).place(features)
    if min(normed.shape) < 2:
        return np.zeros((len(normed), 2)), (0.0, 0.0)
    principal = PCA(2, svd_solver="randomized", random_state=0)
    places: NDArray[np.float64] = principal.fit_transform(normed)
    first, second = principal.explained_variance_ratio_
    return places, (float(f"{first:.4g}"), float(f"{second:.4g}"))
