"""Where each field of a feature file lies in HDF5: format version 1, docs/feature-file.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.utterance import Refusal

FORMAT = "deepspectrum-features"
VERSION = 1

#: Text columns of a row; label, speaker, split and content are written only where known.
TEXT = ("file", "label", "speaker", "split", "content")
_COMPRESSION: dict[str, Any] = {
    "compression": "gzip",
    "compression_opts": 4,
    "shuffle": True,
    "fletcher32": True,
}


def write_table(store: h5py.File, table: Any) -> None:
    """Fill an open HDF5 file; the order of creation is fixed, so equal tables give equal files."""
    store.attrs["format"] = FORMAT
    store.attrs["version"] = np.int32(VERSION)
    for name in sorted(table.attributes):
        store.attrs[name] = table.attributes[name]
    row = store.create_dataset("row", data=np.arange(len(table.file), dtype=np.int32))
    row.make_scale("row")
    columns = _names(store, "feature_name", table.feature_name)
    _matrix(store, "features", table.features, row, columns)
    for name in TEXT:
        values = getattr(table, name)
        if any(values) or name == "file":
            _column(store, name, _fixed(values), row)
    _column(store, "start", np.asarray(table.start, np.float64), row)
    _column(store, "end", np.asarray(table.end, np.float64), row)
    if len(table.seen):
        _column(store, "seen", np.asarray(table.seen, np.int32), row)
    if table.scores is not None:
        classes = _names(store, "class_name", table.class_name)
        _matrix(store, "scores", table.scores, row, classes)
    ledger = store.create_group("refused")
    entry = ledger.create_dataset("entry", data=np.arange(len(table.refused), dtype=np.int32))
    entry.make_scale("entry")
    for name in ("file", "stage", "reason"):
        _column(ledger, name, _fixed([getattr(one, name) for one in table.refused]), entry)
    starts = [one.start for one in table.refused]
    ends = [np.nan if one.end is None else one.end for one in table.refused]
    _column(ledger, "start", np.array(starts, np.float64), entry)
    _column(ledger, "end", np.array(ends, np.float64), entry)


def _names(store: Any, name: str, values: Sequence[str]) -> Any:
    """Write the names of a matrix's columns as a dimension scale."""
    data = store.create_dataset(name, data=_fixed(values))
    data.make_scale(name)
    return data


def _matrix(store: Any, name: str, values: NDArray[Any], row: Any, columns: Any) -> None:
    """Write a matrix in chunks of 64 to 256 rows, about a megabyte each."""
    rows, dim = values.shape
    high = int(np.clip(2**20 // (4 * max(dim, 1)), 64, 256))
    options = {"chunks": (min(high, rows), dim), **_COMPRESSION} if rows and dim else {}
    data = store.create_dataset(name, data=np.asarray(values, np.float32), **options)
    data.dims[0].attach_scale(row)
    data.dims[1].attach_scale(columns)


def _column(store: Any, name: str, values: NDArray[Any], scale: Any) -> None:
    """Write one value a row."""
    options = {"chunks": (min(len(values), 4096),), **_COMPRESSION} if len(values) else {}
    store.create_dataset(name, data=values, **options).dims[0].attach_scale(scale)


def _fixed(values: Sequence[str]) -> NDArray[Any]:
    """UTF-8 strings of fixed length, one byte longer than the longest: old R readers need NUL."""
    # a name that is not UTF-8 stands in the ledger alone, as it is shown
    encoded = [value.encode("utf-8", "backslashreplace") for value in values]
    longest = max((len(one) for one in encoded), default=0)
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", longest + 1))


def read_table(store: h5py.File) -> dict[str, Any]:
    """Read every field of the table."""
    fields: dict[str, Any] = {
        name: _strings(store[name])
        for name in (*TEXT, "feature_name", "class_name")
        if name in store
    }
    for name in ("features", "start", "end", "seen", "scores"):
        if name in store:
            fields[name] = store[name][:]
    ledger = store["refused"]
    columns = [_strings(ledger["file"]), ledger["start"][:], ledger["end"][:]]
    columns += [_strings(ledger["stage"]), _strings(ledger["reason"])]
    fields["refused"] = [
        Refusal(file, float(start), None if np.isnan(end) else float(end), stage, reason)
        for file, start, end, stage, reason in zip(*columns, strict=True)
    ]
    reserved = ("format", "version")
    fields["attributes"] = {
        name: attribute_text(value) for name, value in store.attrs.items() if name not in reserved
    }
    return fields


def _strings(data: Any) -> list[str]:
    return [value.decode("utf-8") for value in data[:]]


def attribute_text(value: Any) -> str:
    """Return an attribute as text, whichever string type it was stored as."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
