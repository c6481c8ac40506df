"""Rows whose sound begins or ends with digital zeros, and those that are nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.columns import COLUMNS
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.features.feature_file import FeatureFile


def zeros_of(table: FeatureFile) -> NDArray[np.float64]:
    """Return the seconds of zeros before and behind every row, ``(2, rows)``."""
    sides = (table.zeros_before, table.zeros_behind)
    return np.array([side if len(side) else np.zeros(len(table.file)) for side in sides])


def silent_rows(table: FeatureFile) -> NDArray[np.bool_]:
    """Tell which rows have zeros as long as the row, ``(rows,)``."""
    before = zeros_of(table)[0]
    return np.asarray((before > 0) & (before >= table.end - table.start))


def without_silent_rows(table: FeatureFile) -> FeatureFile:
    """Return a table in which silent rows stand among what was refused, without its steps."""
    silent = silent_rows(table)
    if not silent.any():
        return table
    heard = np.flatnonzero(~silent)
    columns = {
        column.name: column.array([values[row] for row in heard])
        for column in COLUMNS
        if len(values := getattr(table, column.name))
    }
    refused = [
        Refusal(file, start, end, "frame", "nothing but digital zeros, need speech", channel)
        for row, (file, start, end, channel) in enumerate(table.each_stretch())
        if silent[row]
    ]
    return replace(
        table,
        features=table.features[heard],
        scores=None if table.scores is None else table.scores[heard],
        targets={name: values[heard] for name, values in table.targets.items()},
        frames=None,
        attention=None,
        attention_tf=None,
        refused=[*table.refused, *refused],
        **columns,
    )
