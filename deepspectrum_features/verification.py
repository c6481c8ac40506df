"""Whether a feature file is whole: format, checksums, counts, numbers, provenance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from deepspectrum_features.encoder import BUNDLED, Encoder
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.hdf5 import STEPS, TEXT
from deepspectrum_features.steps import Steps, firsts
from deepspectrum_features.utterance import SPLITS, join_key

_ATTRIBUTES = (
    "encoder", "encoder_sha256", "licence", "recipe", "options", "plan_key", "corpus", "versions",
    "command", "created",
)  # fmt: skip
_JSON = ("recipe", "options", "versions")
_BLOCK_BYTES = 1 << 24


def verify(path: str | Path, encoder: Encoder | None = None) -> list[str]:
    """Return everything that is wrong with a feature file, one line each.

    Every byte of every dataset is read, so that HDF5 checks its checksums.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder, optional
        What the file should come from; default the bundled encoder of its sha256, if there is one.

    Raises
    ------
    FeatureFileError
        If it cannot be opened as a feature file at all.
    """
    path = Path(path)
    damaged = list(_unreadable(path))
    if damaged:
        return damaged
    table = FeatureFile.open(path, lazy=True)
    return [
        *_shape_problems(table),
        *_row_problems(table),
        *_matrix_problems("features", table.features, table.feature_name),
        *(
            _matrix_problems("scores", table.scores, table.class_name)
            if table.scores is not None
            else ()
        ),
        *(
            problem
            for name in STEPS
            if (steps := getattr(table, name)) is not None
            for problem in _step_problems(name, steps, table)
        ),
        *_attribute_problems(table),
        *_provenance_problems(table, encoder or encoder_at_hand(table)),
    ]


def encoder_at_hand(table: FeatureFile) -> Encoder | None:
    """Open the bundled encoder that made a file, if one did."""
    sha256 = table.attributes.get("encoder_sha256")
    return next((Encoder.open(name) for name, known in BUNDLED.items() if known == sha256), None)


def _unreadable(path: Path) -> Iterator[str]:
    """Yield the datasets whose bytes are not what was written."""
    FeatureFile.open(path, lazy=True)  # says what is wrong with the file as a whole
    datasets: list[str] = []
    with h5py.File(path, "r") as store:
        store.visititems(
            lambda name, item: datasets.append(name) if isinstance(item, h5py.Dataset) else None
        )
        for name in datasets:
            data = store[name]
            height = data.chunks[0] if data.chunks else max(data.shape[0], 1)
            rows = height * max(1, _BLOCK_BYTES // max(data.dtype.itemsize * height, 1) // 64)
            try:
                for first in range(0, data.shape[0], rows):
                    _ = data[first : first + rows]
            except OSError:
                yield f"/{name}: damaged, its checksum does not fit"


def _shape_problems(table: FeatureFile) -> Iterator[str]:
    """Yield columns and matrices whose size is not that of the table."""
    rows = len(table.file)
    if rows == 0 and "shard" not in table.attributes:
        yield "/file: no rows, need at least one"
    for name in (*TEXT, "start", "end", "seen"):
        if (found := len(getattr(table, name))) not in (rows, 0):
            yield f"/{name}: {found} values, need {rows}"
    for name, columns in (("features", table.feature_name), ("scores", table.class_name)):
        values = getattr(table, name)
        if values is not None and values.shape != (rows, len(columns)):
            yield f"/{name}: {values.shape}, need {(rows, len(columns))}"
        twice = [column for column, times in Counter(columns).items() if times > 1]
        if twice:
            yield f"/{name}: columns {', '.join(twice[:3])} named twice"


def _row_problems(table: FeatureFile) -> Iterator[str]:
    """Yield rows that stand twice, or whose times or facts are impossible."""
    if not len(table.file) == len(table.start) == len(table.end):
        return
    places = list(zip(table.file, table.start.tolist(), table.end.tolist(), strict=True))
    for key, times in Counter(join_key(*place) for place in places).items():
        if times > 1:
            yield f"{key[0]} [{key[1]:g}-{key[2]:g} s]: {times} rows, need one"
    for file, start, end in places:
        if not 0 <= start < end < np.inf:
            yield f"{file}: from {start:g} to {end:g} s, need 0 <= start < end"
    for name, values, allowed in (
        ("seen", set(table.seen.tolist()), {0, 1, 2}),
        ("split", set(table.split), set(SPLITS)),
    ):
        if strange := sorted(map(str, values - allowed)):
            yield f"/{name}: {', '.join(strange[:3])}, need {sorted(allowed)}"


def _matrix_problems(name: str, values: Any, columns: list[str]) -> Iterator[str]:
    """Yield how many rows hold NaN or infinity."""
    bad = [
        first + int(row)
        for first in range(0, values.shape[0], 1024)
        for row in np.flatnonzero(~np.isfinite(values[first : first + 1024]).all(axis=1))
    ]
    if bad:
        yield f"/{name}: NaN or infinite in {len(bad)} rows, the first is row {bad[0]}"


def _step_problems(name: str, steps: Steps, table: FeatureFile) -> Iterator[str]:
    """Yield what is wrong with values of steps: counts, places in time, numbers, sums."""
    rows, total = len(table.file), steps.values.shape[0]
    if not len(steps.first) == len(steps.count) == rows:
        yield f"/{name}: first and count of {len(steps.count)} rows, need {rows}"
        return
    if (steps.count < 0).any() or int(steps.count.sum()) != total:
        yield f"/{name}: {int(steps.count.sum())} steps counted, {total} there"
        return
    if (steps.first != firsts(steps.count)).any():
        yield f"/{name}: rows do not stand behind each other"
        return
    for row, file in enumerate(table.file):
        values = steps[row]
        if not np.isfinite(values).all():
            yield f"/{name}: NaN or infinite in row {row} ({file})"
        elif name == "attention" and abs(float(values.sum()) - 1) > 1e-3:
            yield f"/{name}: row {row} ({file}) sums to {values.sum():g}, need 1"
        centres = steps.centres(row)
        if len(centres) and centres[-1] > table.end[row] - table.start[row]:
            yield f"/{name}: row {row} ({file}) has steps behind its end"


def _attribute_problems(table: FeatureFile) -> Iterator[str]:
    """Yield attributes that are missing or do not parse."""
    known = table.attributes
    if missing := [name for name in _ATTRIBUTES if name not in known]:
        yield f"attributes missing: {', '.join(missing)}"
    for name in _JSON:
        try:
            json.loads(known.get(name, "{}"))
        except ValueError:
            yield f"attribute {name}: not JSON"
            return
    sha256 = json.loads(known.get("options", "{}")).get("encoder_sha256")
    if sha256 != known.get("encoder_sha256"):
        yield "attributes options and encoder_sha256 name different encoders"


def _provenance_problems(table: FeatureFile, encoder: Encoder | None) -> Iterator[str]:
    """Yield what the file says otherwise than the encoder at hand."""
    if encoder is None:
        return
    known = table.attributes
    if known.get("encoder_sha256") != encoder.sha256:
        found = known.get("encoder_sha256", "none")[:12]
        yield f"encoder {found}, {encoder.path} is {encoder.sha256[:12]}"
        return
    recipe = json.dumps(encoder.metadata["recipe"], sort_keys=True)
    pairs: tuple[tuple[str, object, object], ...] = (
        ("columns", table.feature_name, encoder.columns),
        ("classes", table.class_name, encoder.classes),
        ("licence", known.get("licence"), encoder.licence),
        ("recipe", known.get("recipe"), recipe),
    )
    for name, stored, true in pairs:
        if stored != true:
            yield f"{name}: not those of encoder {encoder.name}"
