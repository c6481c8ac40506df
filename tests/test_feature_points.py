"""The map of features."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from deepspectrum_features.baselines.feature_points import points_of
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
        places = {(point.x, point.y) for point in points_of(table)}
    assert len(places) == (60 if varying == 2 else 1)
