"""Whether a feature file is whole: format, checksums, counts, numbers, provenance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features.corpus.columns import DETAILS, target_columns
from deepspectrum_features.corpus.utterance import Stretch, place, standing_twice
from deepspectrum_features.encoder import BUNDLED, Encoder
from deepspectrum_features.encoder.clocks import Cells
from deepspectrum_features.encoder.levels import EMBEDDING, STEP_GROUPS, STEPS
from deepspectrum_features.errors import EncoderError, FeatureFileError, first_line
from deepspectrum_features.features.agreement import attribute_problems, json_object
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.finite import rows_not_finite
from deepspectrum_features.features.steps import Steps, firsts
from deepspectrum_features.features.store import DAMAGED, open_store
from deepspectrum_features.features.structure import structure_problems
from deepspectrum_features.terminal import counted

_ATTRIBUTES = (
    "encoder", "licence", "recipe", "options", "plan_key", "corpus", "versions", "command",
    "created",
)  # fmt: skip


def verify(path: str | Path, encoder: Encoder | None = None) -> list[str]:
    """Return everything that is wrong with a feature file, one line each.

    Every byte of every dataset is read, so that HDF5 checks its checksums. Where the structure is
    wrong, only that is told.

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
    table = FeatureFile.as_stored(path, lazy=True)  # says what is wrong with the file as a whole
    try:
        with open_store(Path(path)) as store:
            found = list(structure_problems(store, table))
    except DAMAGED as error:
        reason = first_line(error)
        raise FeatureFileError(f"{path}: not a readable feature file ({reason})") from None
    if found:
        return found
    return [
        *_row_problems(table),
        *_matrix_problems("features", table.features),
        *(() if table.scores is None else _matrix_problems("scores", table.scores)),
        *(
            problem
            for name in STEP_GROUPS
            if (steps := getattr(table, name)) is not None
            for problem in _few(name, list(_step_problems(name, steps, table)))
        ),
        *_few("heard", list(_heard_problems(table))),
        *_attribute_problems(table),
        *_provenance_problems(table, encoder or encoder_at_hand(table)),
    ]


def encoder_at_hand(table: FeatureFile) -> Encoder | None:
    """Open the bundled encoder that made a file, if one did."""
    sha256 = table.attributes.get("encoder_sha256")
    return next((Encoder.open(name) for name, known in BUNDLED.items() if known == sha256), None)


def _row_problems(table: FeatureFile) -> Iterator[str]:
    """Yield rows that stand twice, and whose times or facts are impossible."""
    if not table.file and "shard" not in table.attributes:
        yield "/file: no rows, need at least one"
    yield from filter(None, map(_stretch_problem, table.each_stretch()))
    alike = standing_twice(
        lambda: (row for row in table.each_stretch() if not _stretch_problem(row))
    )
    yield from (f"{place(key)}: {len(rows)} rows, need one" for key, rows in alike.items())
    for column in DETAILS:
        strange = sorted(set(getattr(table, column.name)).difference(column.values))
        if column.values and strange:
            shown = ", ".join(map(str, strange[:3]))
            yield f"/{column.name}: {shown}, need {sorted(column.values)}"
    for column in target_columns([table]):
        if infinite := int(np.isinf(column.of(table)).sum()):
            yield f"/{column.dataset}: infinite in {infinite} rows, need numbers or NaN"
    for name, columns in (("features", table.feature_name), ("scores", table.class_name)):
        twice = [column for column, times in Counter(columns).items() if times > 1]
        if twice:
            yield f"/{name}: columns {', '.join(twice[:3])} named twice"


def _stretch_problem(row: Stretch) -> str:
    """Say what is impossible of a row's times and channel; empty where nothing is."""
    file, start, end, channel = row
    if end is None or not 0 <= start < end < np.inf:
        return f"{file}: from {start:g} to {end:g} s, need 0 <= start < end"
    return f"{file}: channel {channel}, need 0 or more" if channel < 0 else ""


def _matrix_problems(name: str, values: Any) -> Iterator[str]:
    """Yield how many rows hold NaN or infinity."""
    if bad := rows_not_finite(values):
        yield f"/{name}: NaN or infinite in {counted(len(bad), 'row')}, the first is row {bad[0]}"


def _step_problems(name: str, steps: Steps, table: FeatureFile) -> Iterator[str]:
    """Yield what is wrong with values of steps: counts, places in time, numbers, sums."""
    total = steps.values.shape[0]
    for what in ("step_seconds", "first_step_centre_seconds"):
        if not 0 < getattr(steps, what) < np.inf:
            yield f"/{name}: {what} {getattr(steps, what):g}, need more than 0"
            return
    if (steps.count < 0).any() or int(steps.count.sum()) != total:
        yield f"/{name}: {int(steps.count.sum())} steps counted, {total} there"
        return
    if steps.hz is not None and not (np.diff(steps.hz, prepend=-1) > 0).all():
        yield f"/{name}: hz {', '.join(f'{hz:g}' for hz in steps.hz[:3])}, need rising ones from 0"
    if (steps.first != firsts(steps.count)).any():
        yield f"/{name}: rows do not stand behind each other"
        return
    for row, file in enumerate(table.file):
        values = steps[row]
        if not np.isfinite(values).all():
            yield f"/{name}: NaN or infinite in row {row} ({file})"
        elif name != "frames" and abs(float(values.sum()) - 1) > 1e-3:
            yield f"/{name}: row {row} ({file}) sums to {values.sum():g}, need 1"
        begins = steps.centres(row) - steps.step_seconds / 2  # the last step may reach beyond
        if len(begins) > 1 and begins[-1] > table.end[row] - table.start[row]:
            yield f"/{name}: row {row} ({file}) has steps behind its end"


def _heard_problems(table: FeatureFile) -> Iterator[str]:
    """Yield what the encoder cannot have been trained on."""
    for row, one in enumerate(table.heard):
        if not one.path and not one.speaker:
            yield f"/heard: row {row} has neither path nor speaker"
        if not 0 <= one.start < (np.inf if one.end is None else one.end):
            yield f"/heard: row {row} ({one.path}) is from {one.start:g} to {one.end} s"
        if one.channel < 0:
            yield f"/heard: row {row} ({one.path}) is of channel {one.channel}, need 0 or more"


def _few(name: str, problems: list[str]) -> list[str]:
    """Keep the first problems; a broken clock makes one of every row."""
    more = len(problems) - 5
    return problems if more < 2 else [*problems[:5], f"/{name}: {more} more rows like these"]


def _attribute_problems(table: FeatureFile) -> Iterator[str]:
    """Yield attributes that are missing, do not parse, or do not fit what is there."""
    known = table.attributes
    options = json_object(known.get("options", "{}")) or {}
    needed = [*_ATTRIBUTES, *(["encoder_sha256"] if "encoder_sha256" in options else [])]
    if missing := [name for name in needed if name not in known]:
        yield f"attributes missing: {', '.join(missing)}"
    yield from attribute_problems(known)
    for name in STEPS:
        if options.get(name) and getattr(table, name) is None:
            yield f"/{name}: missing, the options say it is there"
    sha256 = options.get("encoder_sha256")
    if sha256 and "encoder_sha256" in known and sha256 != known["encoder_sha256"]:
        yield "attributes options and encoder_sha256 name different encoders"
    if options.get("level", EMBEDDING) != table.level:
        yield "attributes options and level name different levels"


def _provenance_problems(table: FeatureFile, encoder: Encoder | None) -> Iterator[str]:
    """Yield what the file says otherwise than the encoder at hand."""
    if encoder is None:
        return
    known = table.attributes
    if known.get("encoder_sha256") != encoder.sha256:
        found = known.get("encoder_sha256", "none")[:12]
        yield f"encoder {found}, {encoder.path} is {encoder.sha256[:12]}"
        return
    try:
        encoder = encoder.at(table.level)
    except (EncoderError, ValueError):
        yield f"level {table.level}: not one of encoder {encoder.name}"
        return
    recipe = json.dumps(encoder.recipe, sort_keys=True)
    families = [] if table.level == EMBEDDING else encoder.families  # there the names tell them
    pairs: tuple[tuple[str, object, object], ...] = (
        ("columns", table.feature_name, encoder.columns),
        ("families", table.feature_family, families),
        ("classes", table.class_name, encoder.classes),
        ("licence", known.get("licence"), encoder.licence),
        ("recipe", known.get("recipe"), recipe),
        ("cells", _cells(table), encoder.cells if table.attention is not None else None),
    )
    for name, stored, true in pairs:
        if stored != true:
            yield f"{name}: not those of encoder {encoder.name}"


def _cells(table: FeatureFile) -> Cells | None:
    """Return the cells that the attention of a file is to, as encoders tell of them."""
    steps = table.attention_tf
    if steps is None or steps.hz is None:
        return None
    return Cells(
        step_seconds=steps.step_seconds,
        first_step_centre_seconds=steps.first_step_centre_seconds,
        hz=steps.hz.tolist(),
    )
