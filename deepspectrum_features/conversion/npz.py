"""NumPy's archive of arrays: one a fact, ``features`` and ``feature_name``."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from deepspectrum_features.conversion.names import unique_names
from deepspectrum_features.conversion.table import Progress, Table

_OURS = ("features", "feature_name", "attributes")


def write_npz(table: Table, draft: Path, progress: Progress) -> None:
    """Write what `numpy.load` reads without pickle; ``attributes`` is provenance as JSON."""
    with zipfile.ZipFile(draft, "w") as archive:
        for name, values in _arrays(table):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                npy.write_array(stream, np.asarray(values), allow_pickle=False)
        with archive.open("features.npy", "w", force_zip64=True) as stream:
            shape = (table.rows, len(table.feature_name))
            described = {"descr": "<f4", "fortran_order": False, "shape": shape}
            npy.write_array_header_1_0(stream, described)
            for block in table.blocks(progress):
                stream.write(block.features.astype("<f4", "C").tobytes())


def _arrays(table: Table) -> Iterator[tuple[str, Any]]:
    """Yield name and values of all that is in memory."""
    names = unique_names([*_OURS, *(fact.name for fact in table.facts)])[len(_OURS) :]
    yield from zip(names, (fact.values for fact in table.facts), strict=True)
    yield "feature_name", table.feature_name
    yield "attributes", json.dumps(table.attributes, ensure_ascii=False, sort_keys=True)
