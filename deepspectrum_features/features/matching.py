"""Rows of two feature files that are the same utterance, and their numbers, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.names import matching_names
from deepspectrum_features.corpus.utterance import Stretch, join_key
from deepspectrum_features.features.feature_file import FeatureFile

_TOGETHER = 256  # rows that are read at once: chunks in HDF5 have up to as many
_BLOCK_BYTES = 1 << 24


class Matched(NamedTuple):
    """What two tables share.

    Attributes
    ----------
    pairs : ndarray, (shared rows, 2), int
        Row of the first table and row of the second, in the order of the first.
    alone : tuple of list of (file, start, end, channel)
        The keys that the first table has alone, and those of the second.
    twice : tuple of int
        Rows of each whose key stands there before; the last one of each key is in ``pairs``.
    """

    pairs: NDArray[np.int64]
    alone: tuple[list[Stretch], list[Stretch]]
    twice: tuple[int, int]


def match_rows(one: FeatureFile, two: FeatureFile) -> Matched:
    """Match the rows of two tables by their join keys; the keys of one alone are in memory."""
    names = matching_names({*one.file}, {*two.file})
    rows = {join_key(key, names[key[0]]): row for row, key in enumerate(one.each_stretch())}
    partner = np.full(len(one.file), -1)
    alone: dict[Stretch, None] = {}
    for row, stretch in enumerate(two.each_stretch()):
        key = join_key(stretch, names[stretch[0]])
        if (here := rows.get(key)) is None:
            alone[key] = None
        else:
            partner[here] = row
    first = np.fromiter(rows.values(), np.int64, len(rows))
    pairs = np.stack([first, partner[first]], axis=1)[partner[first] >= 0]
    lacking = [key for key, row in rows.items() if partner[row] < 0]
    twice = len(one.file) - len(rows), len(two.file) - len(pairs) - len(alone)
    return Matched(pairs, (lacking, [*alone]), twice)


def blocks_of(pairs: NDArray[np.int64], row_bytes: int) -> Iterator[NDArray[np.int64]]:
    """Yield some pairs after the other: as many as have rows of some megabytes."""
    count = max(_BLOCK_BYTES // max(row_bytes, 1) // _TOGETHER, 1) * _TOGETHER
    for first in range(0, len(pairs), count):
        yield pairs[first : first + count]


def gathered(values: Any, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return some rows of a matrix on disk, in any order; each stretch of it is read once."""
    found = np.empty((len(rows), *values.shape[1:]), np.float32)
    stretch = rows // _TOGETHER
    for number in np.unique(stretch):
        first, wanted = int(number) * _TOGETHER, stretch == number
        found[wanted] = values[first : first + _TOGETHER][rows[wanted] - first]
    return found
