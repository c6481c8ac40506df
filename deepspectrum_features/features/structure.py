"""Whether the datasets of a feature file are all there, readable, and of one size."""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np

from deepspectrum_features.corpus.columns import COLUMNS
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.features.agreement import size_problems
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.hdf5 import REQUIRED
from deepspectrum_features.features.ledgers import HEARD, RECORDING

_LEDGER = ("entry", "file", "start", "end", "stage", "reason")
_BLOCK_BYTES = 1 << 22


def structure_problems(store: h5py.File, table: FeatureFile) -> Iterator[str]:
    """Yield what is missing, else what is unreadable, else what has another size than the rest."""
    for problems in (_missing(store), _unreadable(store), _sizes(store, table)):
        found = list(problems)
        yield from found
        if found:
            return


def _missing(store: h5py.File) -> Iterator[str]:
    """Yield datasets that every file has, or that belong to what this one has."""
    needed = [*REQUIRED, "row", *(f"refused/{name}" for name in _LEDGER)]
    if "scores" in store or "class_name" in store:
        needed += ["scores", "class_name"]
    if "file" in store and store["file"].shape[0]:
        needed += [column.name for column in COLUMNS if column.always and not column.needed]
    for name in STEP_GROUPS:
        if name in store:
            parts = ("step", "values", "first", "count", *(["hz"] * (name == "attention_tf")))
            needed += [f"{name}/{part}" for part in parts]
    if "heard" in store:
        needed += [f"heard/{name}" for name in ("entry", *HEARD)]
    if "recording" in store:
        needed += [f"recording/{name}" for name in ("entry", "file", *RECORDING)]
    yield from (f"/{name}: missing" for name in needed if name not in store)


def _unreadable(store: h5py.File) -> Iterator[str]:
    """Yield the datasets whose bytes are not what was written."""
    datasets: list[str] = []
    store.visititems(
        lambda name, item: datasets.append(name) if isinstance(item, h5py.Dataset) else None
    )
    for name in datasets:
        data = store[name]
        if not data.shape:  # a number, or nothing: none of ours
            continue
        height = data.chunks[0] if data.chunks else 1
        width = data.dtype.itemsize * int(np.prod(data.shape[1:], dtype=int))
        rows = height * max(1, _BLOCK_BYTES // max(height * width, 1))
        try:
            for first in range(0, data.shape[0], rows):
                _ = data[first : first + rows]
        except OSError:
            yield f"/{name}: damaged, its checksum does not fit"


def _sizes(store: h5py.File, table: FeatureFile) -> Iterator[str]:
    """Yield columns and matrices whose size is not that of the table, those without a value too."""
    yield from size_problems(table)
    rows = len(table.file)
    for name in ("row", *(column.name for column in COLUMNS if column.always)):
        needed = name == "row" or len(getattr(table, name)) == 0
        if needed and name in store and (found := store[name].size) != rows:
            yield f"/{name}: {found} values, need {rows}"
