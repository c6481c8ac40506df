"""The index of a table's rows as audformat has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deepspectrum_features.corpus.columns import KEYS

if TYPE_CHECKING:
    import pandas

    from deepspectrum_features.features.feature_file import FeatureFile


def index_of(table: FeatureFile) -> pandas.MultiIndex:
    """Return file, start and end of every row, times as timedelta64[ns]; the channel if named."""
    import pandas

    levels = {
        column.name: getattr(table, column.name)
        for column in KEYS
        if column.needed or column.known(getattr(table, column.name))
    }
    for name in ("start", "end"):
        levels[name] = pandas.to_timedelta(np.rint(levels[name] * 1e9).astype("int64"), "ns")
    return pandas.MultiIndex.from_arrays(list(levels.values()), names=list(levels))
