"""Rows whose sound begins or ends with digital zeros, and those that are nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.features.feature_file import FeatureFile


def zeros_of(table: FeatureFile) -> NDArray[np.float64]:
    """Return the seconds of zeros before and behind every row, ``(2, rows)``."""
    sides = (table.zeros_before, table.zeros_behind)
    return np.array([side if len(side) else np.zeros(len(table.file)) for side in sides])


def silent_rows(table: FeatureFile) -> NDArray[np.bool_]:
    """Tell which rows have zeros as long as the row, ``(rows,)``."""
    before = zeros_of(table)[0]
    return np.asarray((before > 0) & (before >= table.end - table.start))
