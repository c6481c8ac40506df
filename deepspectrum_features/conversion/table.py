"""The table that is written: what is known of every row, then its features, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.conversion.names import unique_names
from deepspectrum_features.corpus.columns import DETAILS, KEYS
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile

#: What a block of features holds at the most, in whole chunks of HDF5: they have up to 256 rows.
_BLOCK_BYTES = 1 << 22
_CHUNK_ROWS = 256
#: What tells groups of rows apart: few values, and many rows of each.
_NOMINAL = ("label", "speaker", "session", "corpus", "split")

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Fact:
    """One value a row beside the features: a text, or a number.

    Attributes
    ----------
    name : str
    values : list of str, or ndarray, (rows,), int32, float32 or float64
    nominal : bool
        Whether rows are grouped by it.
    """

    name: str
    values: Any
    nominal: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it is text."""
        return isinstance(self.values, list)

    def texts(self, rows: slice) -> list[str]:
        """Write the values of some rows; what a row does not have is empty."""
        if self.is_text:
            found: list[str] = self.values[rows]
            return found
        form = "{:.9g}" if self.values.dtype == np.float32 else "{!r}"
        return ["" if one != one else form.format(one) for one in self.values[rows].tolist()]


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a table.

    Attributes
    ----------
    rows : slice
        Where they stand.
    features : ndarray, (rows, dim), float32
    """

    rows: slice
    features: NDArray[np.float32]


@dataclass(frozen=True)
class Table:
    """A feature file as a plain table, whose features are read block by block.

    Attributes
    ----------
    facts : list of Fact
        file, start, end, channel, label, speaker and so on, targets, and class scores as
        ``score/CLASS``: what the file has of them. No two columns have one name.
    feature_name : list of str, (dim,)
    features : array, (rows, dim), float32
        Read where it is sliced.
    attributes : dict of str to str
        Provenance.
    path : Path
        Of the feature file.
    """

    facts: list[Fact]
    feature_name: list[str]
    features: Any
    attributes: dict[str, str]
    path: Path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a feature file.

        Raises
        ------
        FeatureFileError
            If it is not a readable one, or its columns are not of one length.
        """
        stored = FeatureFile.open(path, lazy=True)
        known = stored.known((*KEYS, *DETAILS))
        rows, dim = len(stored.file), len(stored.feature_name)
        if stored.features.shape != (rows, dim):
            raise FeatureFileError(f"{path}: /features: {stored.features.shape}, need {rows, dim}")
        for name, values in known.items():
            if len(values) != rows:
                raise FeatureFileError(f"{path}: /{name}: {len(values)} values, need {rows}")
        names = unique_names([*stored.feature_name, *known])
        facts = [
            Fact(unique, values, name in _NOMINAL)
            for unique, (name, values) in zip(names[dim:], known.items(), strict=True)
        ]
        return cls(facts, names[:dim], stored.features, stored.attributes, path)

    @property
    def rows(self) -> int:
        """How many there are."""
        count: int = self.features.shape[0]
        return count

    def blocks(self, progress: Progress, most_bytes: int = _BLOCK_BYTES) -> Iterator[Block]:
        """Yield all rows, some megabytes at a time; ``progress`` is told how many are done."""
        chunks = most_bytes // (4 * _CHUNK_ROWS * max(len(self.feature_name), 1))
        size = _CHUNK_ROWS * max(chunks, 1)
        for first in range(0, self.rows, size):
            rows = slice(first, min(first + size, self.rows))
            yield Block(rows, self.features[rows])
            progress(rows.stop - rows.start)
