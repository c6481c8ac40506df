"""Where each field of a feature file lies in HDF5, as docs/feature-file.md says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.columns import COLUMNS, KEYS, Column, target_columns
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.features.steps import Steps, Stored

FORMAT = "deepspectrum-features"
#: What is read. Written is 1, or 2 where rows have a key that 1 does not know: a channel.
VERSIONS = (1, 2)

REQUIRED = (
    "features", "feature_name", *(column.name for column in COLUMNS if column.needed), "refused"
)  # fmt: skip
#: What a table may hold of every step of a row.
STEPS = ("frames", "attention")
#: What is kept of every utterance that the encoder was trained on, as `HeardUtterance` has it.
HEARD: dict[str, Any] = {
    "corpus": str,
    "path": str,
    "speaker": str,
    "content": str,
    "start": np.float64,
    "end": np.float64,
    "channel": np.int32,
    "seconds": np.float64,
}
_COMPRESSION: dict[str, Any] = {
    "compression": "gzip",
    "compression_opts": 4,
    "shuffle": True,
    "fletcher32": True,
}
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
    for column in (*COLUMNS, *target_columns([table])):
        values = column.of(table)
        if column.needed or column.known(values):
            _column(store, column.dataset, _stored(values, column), row)
    if table.scores is not None:
        classes = _names(store, "class_name", table.class_name)
        _matrix(store, "scores", table.scores, (row, classes), progress)
    for name in STEPS:
        if getattr(table, name) is not None:
            _steps(store.create_group(name), getattr(table, name), row, progress)
    ledger = store.create_group("refused")
    entry = ledger.create_dataset("entry", data=np.arange(len(table.refused), dtype=np.int32))
    entry.make_scale("entry")
    for name in ("file", "stage", "reason"):
        _column(ledger, name, fixed_text([getattr(one, name) for one in table.refused]), entry)
    starts = [one.start for one in table.refused]
    ends = [np.nan if one.end is None else one.end for one in table.refused]
    _column(ledger, "start", np.array(starts, np.float64), entry)
    _column(ledger, "end", np.array(ends, np.float64), entry)
    if any(one.channel for one in table.refused):
        channels = np.array([one.channel for one in table.refused], np.int32)
        _column(ledger, "channel", channels, entry)
    for name in ("label", "speaker"):
        if any(values := [getattr(one, name) for one in table.refused]):
            _column(ledger, name, fixed_text(values), entry)
    if table.heard:
        _heard(store.create_group("heard"), table.heard)


def _heard(group: Any, heard: Sequence[HeardUtterance]) -> None:
    """Write what the encoder was trained on, a row an utterance."""
    entry = group.create_dataset("entry", data=np.arange(len(heard), dtype=np.int32))
    entry.make_scale("entry")
    for name, dtype in HEARD.items():
        values = [getattr(one, name) for one in heard]  # None becomes NaN
        _column(group, name, fixed_text(values) if dtype is str else np.array(values, dtype), entry)


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
    """Write a matrix in chunks of 64 to 256 rows, about a megabyte each."""
    rows, dim = values.shape
    high = int(np.clip(2**20 // (4 * max(dim, 1)), 64, 256))
    options = {"chunks": (min(high, rows), dim), **_COMPRESSION} if rows and dim else {}
    data = store.create_dataset(name, (rows, dim), np.float32, **options)
    _fill(data, values, high, progress)
    for dimension, scale in zip(data.dims, scales, strict=True):
        dimension.attach_scale(scale)


def _steps(group: Any, steps: Steps, row: Any, progress: Progress) -> None:
    """Write what is known of every step; floats of steps hardly compress, and are many."""
    group.attrs["step_seconds"] = np.float64(steps.step_seconds)
    group.attrs["first_step_centre_seconds"] = np.float64(steps.first_step_centre_seconds)
    count, *dim = steps.values.shape
    high = min(max(2**20 // (4 * int(np.prod(dim, dtype=int) or 1)), 64), 2**16)
    chunked = {"chunks": (min(high, count), *dim), "fletcher32": True} if count else {}
    values = group.create_dataset("values", (count, *dim), np.float32, **chunked)
    _fill(values, steps.values, high, progress)
    options = {"chunks": (min(2**16, count),), **_COMPRESSION} if count else {}
    step = group.create_dataset("step", (count,), np.int32, **options)
    for first in range(0, count, 2**20):
        step[first : first + 2**20] = np.arange(first, min(first + 2**20, count), dtype=np.int32)
    scales = {"step": step}
    if dim:
        scales["column"] = group.create_dataset("column", data=np.arange(*dim, dtype=np.int32))
    for dimension, (name, scale) in zip(values.dims, scales.items(), strict=True):
        scale.make_scale(name)
        dimension.attach_scale(scale)
    _column(group, "first", steps.first.astype(np.int32), row)
    _column(group, "count", steps.count.astype(np.int32), row)


def _fill(data: Any, values: Any, high: int, progress: Progress) -> None:
    """Copy rows, whole chunks of ``high`` rows at a time."""
    row_bytes = 4 * int(np.prod(data.shape[1:], dtype=int))
    rows = high * max(1, _SLICE_BYTES // max(high * row_bytes, 1))
    for first in range(0, data.shape[0], rows):
        data[first : first + rows] = values[first : first + rows]
        progress()


def _column(store: Any, name: str, values: NDArray[Any], scale: Any) -> None:
    """Write one value a row."""
    options = {"chunks": (min(len(values), 4096),), **_COMPRESSION} if len(values) else {}
    store.create_dataset(name, data=values, **options).dims[0].attach_scale(scale)


def _stored(values: Sequence[Any], column: Column) -> NDArray[Any]:
    """Return the values of a column as they are stored."""
    return fixed_text(values) if column.dtype is str else np.asarray(values, column.dtype)


def fixed_text(values: Sequence[str]) -> NDArray[Any]:
    """UTF-8 strings of fixed length, one byte longer than the longest: old R readers need NUL."""
    # a name that is not UTF-8 stands in the ledger alone, as it is shown
    encoded = [value.encode("utf-8", "backslashreplace") for value in values]
    longest = max((len(one) for one in encoded), default=0)
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", longest + 1))


def read_table(store: h5py.File, path: Path, lazy: bool) -> dict[str, Any]:
    """Read every field of the table; values of steps stay on disk, all matrices where lazy."""
    if missing := [name for name in REQUIRED if name not in store]:
        raise KeyError(f"no {', '.join(missing)}")
    if outside := list(_elsewhere(store)):
        raise ValueError(f"{', '.join(outside)} outside of the file")
    fields: dict[str, Any] = {
        column.name: _restored(store[column.name], column)
        for column in COLUMNS
        if column.name in store
    }
    fields["targets"] = {
        name: store[f"target/{name}"][:].astype(np.float64) for name in store.get("target", ())
    }
    for name in ("feature_name", "class_name"):
        if name in store:
            fields[name] = text_of(store[name])
    for name in ("features", "scores"):
        if name in store:
            fields[name] = Stored(path, store[name]) if lazy else store[name][:]
    for name in STEPS:
        if name in store:
            group = store[name]
            fields[name] = Steps(
                Stored(path, group["values"]),
                group["first"][:],
                group["count"][:],
                float(group.attrs["step_seconds"]),
                float(group.attrs["first_step_centre_seconds"]),
            )
    fields["refused"] = list(_refusals(store["refused"]))
    if "heard" in store:
        fields["heard"] = _heard_in(store["heard"])
    reserved = ("format", "version")
    fields["attributes"] = {
        name: attribute_text(value) for name, value in store.attrs.items() if name not in reserved
    }
    return fields


def _heard_in(group: Any) -> tuple[HeardUtterance, ...]:
    """Read what the encoder was trained on."""
    columns = {
        name: text_of(group[name]) if dtype is str else group[name][:].astype(dtype).tolist()
        for name, dtype in HEARD.items()
    }
    for name in ("end", "seconds"):
        columns[name] = [None if np.isnan(value) else value for value in columns[name]]
    rows = zip(*columns.values(), strict=True)
    return tuple(HeardUtterance(**dict(zip(columns, row, strict=True))) for row in rows)


def _refusals(ledger: Any) -> Iterator[Refusal]:
    """Read the ledger; what older files lack is blank."""
    blank = {"channel": 0, "label": "", "speaker": ""}
    file = text_of(ledger["file"])
    columns: list[Sequence[Any]] = [file, ledger["start"][:], ledger["end"][:]]
    for name in ("stage", "reason", "channel", "label", "speaker"):
        if name in blank and name not in ledger:
            columns.append([blank[name]] * len(file))
        else:
            columns.append(ledger[name][:] if name == "channel" else text_of(ledger[name]))
    for name, start, end, stage, reason, channel, *facts in zip(*columns, strict=True):
        end = None if np.isnan(end) else float(end)
        yield Refusal(name, float(start), end, stage, reason, int(channel), *facts)


def _elsewhere(group: Any) -> Iterator[str]:
    """Yield what lies in other files: reading it could show what nobody meant to show."""
    for name in group:
        link = group.get(name, getlink=True)
        item = None if isinstance(link, h5py.ExternalLink) else group[name]
        if isinstance(item, h5py.Group):
            yield from (f"{name}/{inner}" for inner in _elsewhere(item))
        elif item is None or item.external or item.is_virtual:
            yield name


def _restored(data: Any, column: Column) -> Any:
    """Return a stored column as a table keeps it."""
    return text_of(data) if column.dtype is str else data[:].astype(column.dtype)


def text_of(data: Any) -> list[str]:
    """Return what `fixed_text` stored."""
    return [value.decode("utf-8") for value in data[:]]


def attribute_text(value: Any) -> str:
    """Return an attribute as text, whichever string type it was stored as."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
