"""The map of features."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from deepspectrum_features.baselines.feature_points import FeatureMap
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.testing import tiny_features

pytest.importorskip("sklearn")


@pytest.mark.parametrize("varying", [0, 1, 2])
def test_constant_columns_place_nothing_and_warn_of_nothing(tmp_path: Path, varying: int) -> None:
    features = np.full((60, 4), 7.0, np.float32)
    features[:, :varying] = np.random.default_rng(0).standard_normal((60, varying))
    path = tiny_features(
        tmp_path / "x.h5", features=features, feature_name=[f"x{column}" for column in range(4)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (table,) = read_tables([path]).tables
        found = FeatureMap.of(table)
    assert len({(point.x, point.y) for point in found.points}) == (60 if varying == 2 else 1)
    # two columns that vary have two components, which explain everything
    assert sum(found.explained) == pytest.approx(1 if varying == 2 else 0, abs=1e-3)


def test_components_explain_what_singular_values_say(tmp_path: Path) -> None:
    features = np.random.default_rng(1).standard_normal((60, 5)).astype(np.float32)
    features[:, 1] += 2 * features[:, 0]
    names = [f"x{column}" for column in range(5)]
    path = tiny_features(tmp_path / "x.h5", features=features, feature_name=names)
    (table,) = read_tables([path]).tables
    normed = (features - features.mean(axis=0)) / features.std(axis=0)
    squares = np.linalg.svd(normed, compute_uv=False) ** 2
    assert FeatureMap.of(table).explained == pytest.approx(squares[:2] / squares.sum(), rel=1e-3)
    assert squares[0] > 1.2 * squares[1]
