"""Whether what a feature file holds goes together: columns of one size, attributes that parse."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from deepspectrum_features.corpus.columns import COLUMNS, target_columns
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.errors import FeatureFileError

if TYPE_CHECKING:
    from pathlib import Path

    from deepspectrum_features.features.feature_file import FeatureFile

#: Attributes that hold an object in JSON.
OBJECTS = ("recipe", "options", "versions")
_DIGITS = 20  # of numbers that stand as text


def check_agreement(table: FeatureFile, path: Path) -> None:
    """Refuse a table whose parts are at odds: who reads it counts on their sizes.

    Raises
    ------
    FeatureFileError
        Naming the first of them.
    """
    if wrong := [*size_problems(table), *attribute_problems(table.attributes)]:
        more = " (dsf verify names all)" if len(wrong) > 1 else ""
        raise FeatureFileError(f"{path}: {wrong[0]}{more}")


def size_problems(table: FeatureFile) -> Iterator[str]:
    """Yield columns and matrices whose size is not that of the table."""
    rows = len(table.file)
    for column in (*COLUMNS, *target_columns([table])):
        found = len(column.of(table))
        if found != rows and (found or column.needed):
            yield f"/{column.dataset}: {found} values, need {rows}"
    names, families = len(table.feature_name), len(table.feature_family)
    if families not in (0, names):
        yield f"/feature_family: {families} values, need {names}"
    shapes = {
        "features": (table.features, names),
        "scores": (table.scores, len(table.class_name)),
    }
    for name, (values, columns) in shapes.items():
        if values is not None and values.shape != (rows, columns):
            yield f"/{name}: {values.shape}, need {(rows, columns)}"
    for name in STEP_GROUPS:
        if (steps := getattr(table, name)) is None:
            continue
        for part in ("first", "count"):
            if (found := len(getattr(steps, part))) != rows:
                yield f"/{name}/{part}: {found} values, need {rows}"
        if steps.hz is not None and steps.hz.shape != steps.values.shape[1:]:
            yield f"/{name}/hz: {steps.hz.shape}, need {steps.values.shape[1:]}"


def json_object(text: str) -> dict[str, Any] | None:
    """Read an object in JSON; None where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def attribute_problems(known: Mapping[str, str]) -> Iterator[str]:
    """Yield attributes that do not say what they are there to say."""
    for name in OBJECTS:
        found = json_object(known.get(name, "{}"))
        if found is None or (name == "versions" and not _all_text(found)):
            yield f"attribute {name}: not a JSON object"
    rate = known.get("sample_rate", "1")
    if not (rate.isascii() and rate.isdecimal() and len(rate) < _DIGITS):
        yield f"attribute sample_rate: {rate[:20]!r}, need a whole number of Hz"
    if not _is_shard(known.get("shard", "1/1")):
        yield f"attribute shard: {known['shard'][:20]!r}, need NUMBER/COUNT"
    seconds = math.nan
    with suppress(ValueError):
        seconds = float(known.get("chunk_seconds", 1))
    if not 0 < seconds < math.inf:
        yield f"attribute chunk_seconds: {known['chunk_seconds'][:20]!r}, need seconds"


def _all_text(found: Mapping[str, Any]) -> bool:
    return all(isinstance(one, str) for one in found.values())


def _is_shard(text: str) -> bool:
    """Whether a text is the number of a shard among so many."""
    number, _, count = text.partition("/")
    plain = text.isascii() and number.isdecimal() and count.isdecimal() and len(text) < _DIGITS
    return plain and 1 <= int(number) <= int(count)
