"""Whether the datasets of a feature file are all there, readable, and of one size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from deepspectrum_features.corpus.columns import COLUMNS, target_columns
from deepspectrum_features.encoder.levels import STEP_GROUPS
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
    """Yield columns and matrices whose size is not that of the table."""
    rows = len(table.file)
    known = (*COLUMNS, *target_columns([table]))
    always = {"row": True} | {column.dataset: column.always for column in known}
    for name in always:
        if name not in store:
            continue
        found = store[name].shape[0]
        if found != rows and (found or always[name]):
            yield f"/{name}: {found} values, need {rows}"
    names, families = len(table.feature_name), len(table.feature_family)
    if families not in (0, names):
        yield f"/feature_family: {families} values, need {names}"
    shapes: dict[str, tuple[Any, list[str]]] = {
        "features": (table.features, table.feature_name),
        "scores": (table.scores, table.class_name),
    }
    for name, (values, columns) in shapes.items():
        if values is not None and values.shape != (rows, len(columns)):
            yield f"/{name}: {values.shape}, need {(rows, len(columns))}"
    for name in STEP_GROUPS:
        for part in ("first", "count"):
            if name in store and (found := store[name][part].shape[0]) != rows:
                yield f"/{name}/{part}: {found} values, need {rows}"
    if table.attention_tf is not None:
        hz, shape = store["attention_tf/hz"].shape, table.attention_tf.values.shape
        if hz != shape[1:]:
            yield f"/attention_tf/hz: {hz}, need {shape[1:]}"
