"""Where each field of a feature file lies in HDF5, as docs/feature-file.md says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from sys import intern
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.columns import COLUMNS, KEYS, Column, target_columns
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.features.hdf5_columns import (
    CHECKSUM,
    COMPRESSION,
    fixed_text,
    numbers_of,
    text_of,
    write_column,
)
from deepspectrum_features.features.ledgers import (
    read_heard,
    read_recordings,
    read_refused,
    write_heard,
    write_recordings,
    write_refused,
)
from deepspectrum_features.features.steps import Steps, Stored
from deepspectrum_features.features.store import FORMAT, attribute_text

REQUIRED = (
    "features", "feature_name", *(column.name for column in COLUMNS if column.needed), "refused"
)  # fmt: skip
#: What holds datasets of ours; everything else that we name is a dataset.
GROUPS = (*STEP_GROUPS, "refused", "heard", "recording", "target", "part")
DATASETS = (
    "row", "features", "feature_name", "feature_family", "scores", "class_name",
    *(column.name for column in COLUMNS),
)  # fmt: skip
_MOST_PACKED = 1100  # gzip makes at most 1032 bytes one
_SLICE_BYTES = 1 << 22  # copied at a time: rows may lie in other files, more than memory holds

Progress = Callable[[], object]


def write_table(store: h5py.File, table: Any, progress: Progress) -> None:
    """Fill an open HDF5 file; the order of creation is fixed, so equal tables give equal files.

    ``progress`` is called after every few megabytes; what it raises ends the writing.
    """
    store.attrs["format"] = FORMAT
    store.attrs["version"] = np.int32(_version(table))
    for name in sorted(table.attributes):
        store.attrs[name] = table.attributes[name]
    row = store.create_dataset("row", data=np.arange(len(table.file), dtype=np.int32))
    row.make_scale("row")
    columns = _names(store, "feature_name", table.feature_name)
    _matrix(store, "features", table.features, (row, columns), progress)
    if table.feature_family:
        write_column(store, "feature_family", fixed_text(table.feature_family), columns)
    for column in (*COLUMNS, *target_columns([table])):
        values = column.of(table)
        if column.needed or column.known(values):
            write_column(store, column.dataset, _stored(values, column), row)
    if table.scores is not None:
        classes = _names(store, "class_name", table.class_name)
        _matrix(store, "scores", table.scores, (row, classes), progress)
    for name in STEP_GROUPS:
        if getattr(table, name) is not None:
            _steps(store.create_group(name), getattr(table, name), row, progress)
    write_refused(store.create_group("refused"), table.refused)
    if table.heard:
        write_heard(store.create_group("heard"), table.heard)
    if table.recordings:
        write_recordings(store.create_group("recording"), table.recordings)


def _version(table: Any) -> int:
    """Return the first format version that knows the table's key."""
    optional = [column for column in KEYS if not column.needed]
    return 2 if any(column.known(getattr(table, column.name)) for column in optional) else 1


def _names(store: Any, name: str, values: Sequence[str]) -> Any:
    """Write the names of a matrix's columns as a dimension scale."""
    data = store.create_dataset(name, data=fixed_text(values))
    data.make_scale(name)
    return data


def _matrix(
    store: Any, name: str, values: Any, scales: tuple[Any, Any], progress: Progress
) -> None:
    """Write a matrix in chunks of 64 to 256 rows, about a megabyte each, all of one height.

    Floats lose a sixth of their size to gzip, which takes five times as long as writing them.
    """
    rows, dim = values.shape
    high = int(np.clip(2**20 // (4 * max(dim, 1)), 64, 256))
    high = math.ceil(rows / max(math.ceil(rows / high), 1))
    options = {"chunks": (high, dim), **CHECKSUM} if rows and dim else {}
    data = store.create_dataset(name, (rows, dim), np.float32, **options)
    _fill(data, values, max(high, 1), progress)
    for dimension, scale in zip(data.dims, scales, strict=True):
        dimension.attach_scale(scale)


def _steps(group: Any, steps: Steps, row: Any, progress: Progress) -> None:
    """Write what is known of every step; floats of steps hardly compress, and are many."""
    group.attrs["step_seconds"] = np.float64(steps.step_seconds)
    group.attrs["first_step_centre_seconds"] = np.float64(steps.first_step_centre_seconds)
    count, *dim = steps.values.shape
    high = min(max(2**20 // (4 * int(np.prod(dim, dtype=int) or 1)), 64), 2**16)
    chunked = {"chunks": (min(high, count), *dim), **CHECKSUM} if count else {}
    values = group.create_dataset("values", (count, *dim), np.float32, **chunked)
    _fill(values, steps.values, high, progress)
    options = {"chunks": (min(2**16, count),), **COMPRESSION} if count else {}
    step = group.create_dataset("step", (count,), np.int32, **options)
    for first in range(0, count, 2**20):
        step[first : first + 2**20] = np.arange(first, min(first + 2**20, count), dtype=np.int32)
    scales = {"step": step}
    if dim:
        scales["column"] = group.create_dataset("column", data=np.arange(*dim, dtype=np.int32))
    for dimension, (name, scale) in zip(values.dims, scales.items(), strict=True):
        scale.make_scale(name)
        dimension.attach_scale(scale)
    if steps.hz is not None:
        write_column(group, "hz", np.asarray(steps.hz, np.float64), scales["column"])
    write_column(group, "first", steps.first.astype(np.int32), row)
    write_column(group, "count", steps.count.astype(np.int32), row)


def _fill(data: Any, values: Any, high: int, progress: Progress) -> None:
    """Copy rows, whole chunks of ``high`` rows at a time."""
    row_bytes = 4 * int(np.prod(data.shape[1:], dtype=int))
    rows = high * max(1, _SLICE_BYTES // max(high * row_bytes, 1))
    for first in range(0, data.shape[0], rows):
        data[first : first + rows] = values[first : first + rows]
        progress()


def _stored(values: Sequence[Any], column: Column) -> NDArray[Any]:
    """Return the values of a column as they are stored."""
    return fixed_text(values) if column.dtype is str else np.asarray(values, column.dtype)


def read_table(store: h5py.File, path: Path, lazy: bool) -> dict[str, Any]:
    """Read every field of the table; values of steps stay on disk, all matrices where lazy."""
    if missing := [name for name in REQUIRED if name not in store]:
        raise KeyError(f"no {', '.join(missing)}")
    if strange := next(_strange(store), ""):
        raise ValueError(strange)
    fields: dict[str, Any] = {
        column.name: _restored(store[column.name], column)
        for column in COLUMNS
        if column.name in store
    }
    fields["targets"] = {
        name: numbers_of(store[f"target/{name}"], np.float64) for name in store.get("target", ())
    }
    for name in ("feature_name", "feature_family", "class_name"):
        if name in store:
            fields[name] = text_of(store[name])
    for name in ("features", "scores"):
        if name in store:
            matrix = _floats(store[name])
            fields[name] = Stored(path, matrix) if lazy else matrix[:]
    for name in STEP_GROUPS:
        if name in store:
            group = store[name]
            fields[name] = Steps(
                Stored(path, _floats(group["values"])),
                numbers_of(group["first"], np.int32),
                numbers_of(group["count"], np.int32),
                float(group.attrs["step_seconds"]),
                float(group.attrs["first_step_centre_seconds"]),
                numbers_of(group["hz"], np.float64) if "hz" in group else None,
            )
    fields["refused"] = read_refused(store["refused"])
    if "heard" in store:
        fields["heard"] = read_heard(store["heard"])
    if "recording" in store:
        fields["recordings"] = read_recordings(store["recording"], fields["file"])
    reserved = ("format", "version")
    fields["attributes"] = {
        name: attribute_text(value) for name, value in store.attrs.items() if name not in reserved
    }
    return fields


def _strange(group: Any, inside: str = "") -> Iterator[str]:
    """Yield what is under names of ours as no file of ours holds it.

    What lies in another file could show what nobody meant to show, and what is announced but not
    there takes memory for nothing. Nothing reads what users add.
    """
    for name in group:
        path = inside + name
        if not inside and path not in GROUPS + DATASETS:
            continue
        link = group.get(name, getlink=True)
        item = None if isinstance(link, h5py.ExternalLink) else group[name]
        if item is None or (isinstance(item, h5py.Dataset) and (item.external or item.is_virtual)):
            yield f"{path} outside of the file"
        elif not isinstance(item, h5py.Group if path in GROUPS else h5py.Dataset):
            yield f"/{path} is a {type(item).__name__.lower()}"
        elif path in GROUPS:
            yield from _strange(item, f"{path}/")
        elif item.nbytes > _MOST_PACKED * item.id.get_storage_size():
            yield f"/{path}: {item.nbytes} bytes announced, {item.id.get_storage_size()} there"


def _restored(data: Any, column: Column) -> Any:
    """Return a stored column as a table keeps it."""
    if column.dtype is str:
        return text_of(data, intern) if column.fact else text_of(data)
    return numbers_of(data, column.dtype)


def _floats(data: Any) -> Any:
    """Return a dataset of floats; refuse any other."""
    if not data.shape or data.dtype.kind != "f":
        raise ValueError(f"{data.name}: {data.dtype} {data.shape}, need floats")
    return data
