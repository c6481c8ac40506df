"""One value a row in HDF5: text of fixed length, and numbers."""

from __future__ import annotations

from collections.abc import Sequence
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
    # a name that is not UTF-8 stands in the ledger alone, as it is shown
    encoded = [value.encode("utf-8", "backslashreplace") for value in values]
    longest = max((len(one) for one in encoded), default=0)
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", longest + 1))


def text_of(data: Any) -> list[str]:
    """Return what `fixed_text` stored; refuse what is no row of texts."""
    if data.ndim != 1 or h5py.check_string_dtype(data.dtype) is None:
        raise ValueError(f"{data.name}: {data.dtype} {data.shape}, need a row of texts")
    return [value.decode("utf-8") for value in data[:]]
