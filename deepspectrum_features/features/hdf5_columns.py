"""One value a row in HDF5: text of fixed length, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

CHECKSUM: dict[str, Any] = {"fletcher32": True}
COMPRESSION = CHECKSUM | {"compression": "gzip", "compression_opts": 4, "shuffle": True}


def write_column(store: Any, name: str, values: NDArray[Any], scale: Any) -> None:
    """Write one value a row, beside the scale that numbers the rows."""
    options = {"chunks": (min(len(values), 4096),), **COMPRESSION} if len(values) else {}
    store.create_dataset(name, data=values, **options).dims[0].attach_scale(scale)


def fixed_text(values: Sequence[str]) -> NDArray[Any]:
    """UTF-8 strings of fixed length, one byte longer than the longest: old R readers need NUL."""
    longest = max(map(len, map(_encoded, values)), default=0)
    dtype = h5py.string_dtype("utf-8", longest + 1)
    return np.fromiter(map(_encoded, values), dtype, len(values))


def _encoded(value: str) -> bytes:
    """Return a text as bytes: one that is not UTF-8 stands in the ledger alone, as it is shown."""
    return value.encode("utf-8", "backslashreplace")


def text_of(data: Any, share: Callable[[str], str] = str) -> list[str]:
    """Return what `fixed_text` stored; refuse what is no row of texts.

    ``share`` may return, in place of a text, an equal one that is in memory already.
    """
    if data.ndim != 1 or h5py.check_string_dtype(data.dtype) is None:
        raise ValueError(f"{data.name}: {data.dtype} {data.shape}, need a row of texts")
    return [share(value.decode("utf-8")) for value in data[:]]


def shared_text_of(data: Any, texts: Iterable[str]) -> list[str]:
    """Return what `fixed_text` stored, as the very texts that are in memory where it is equal."""
    known = {text: text for text in texts}
    return text_of(data, lambda text: known.get(text, text))


def numbers_of(data: Any, dtype: Any) -> Any:
    """Return a row of numbers; refuse what is none, or would lose its fractions."""
    if data.ndim != 1:
        raise ValueError(f"{data.name}: {data.dtype} {data.shape}, need a row of numbers")
    return data[:].astype(dtype, casting="same_kind")
