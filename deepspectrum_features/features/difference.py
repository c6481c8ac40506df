"""What tells two feature files apart: rows, columns, values, facts, recipe, ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features.corpus.columns import DETAILS, Column, target_columns
from deepspectrum_features.corpus.sources.paths import other_roots
from deepspectrum_features.corpus.utterance import Refusal, Stretch, place
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.features.agreement import OBJECTS, json_object
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.matching import blocks_of, gathered, match_rows
from deepspectrum_features.terminal import counted

#: What does not tell features apart: when and how they were made, what else is said of the sound.
_NOT_COMPARED = {"command", "created", "notices"}


def differences(first: str | Path, second: str | Path) -> list[str]:
    """Compare two feature files to the bit; one line for every difference, none if equal.

    Rows are matched by their join key, so their order does not matter. The command line and the
    time of creation are not compared; nor are notices, and sizes and dates of the recordings.

    Raises
    ------
    FeatureFileError
        If one of them is not a readable feature file.
    """
    one, two = FeatureFile.open(first, lazy=True), FeatureFile.open(second, lazy=True)
    rows = match_rows(one, two)
    pairs = rows.pairs
    details = (*DETAILS, *target_columns([one, two]))
    return [
        *_attribute_differences(one.attributes, two.attributes),
        *_twice("first", rows.twice[0]),
        *_twice("second", rows.twice[1]),
        *_alone("rows", *rows.alone),
        *([] if len(pairs) else filter(None, [other_roots(one.file, two.file)])),
        *_only("columns", one.feature_name, two.feature_name),
        *_family_differences(one, two),
        *_matrix_differences("features", "feature_name", one, two, pairs),
        *_matrix_differences("scores", "class_name", one, two, pairs),
        *(line for name in STEP_GROUPS for line in _step_differences(name, one, two, pairs)),
        *(line for column in details for line in _fact_differences(column, one, two, pairs)),
        *_ledger_differences(one.refused, two.refused),
        *_only("heard", one.heard, two.heard),
    ]


def _twice(side: str, rows: int) -> Iterator[str]:
    """Yield how many rows stand more than once; the last of each is compared."""
    if rows:
        yield f"rows: {rows} of the {side} file stand there before"


def _only(what: str, first: Iterable[Any], second: Iterable[Any]) -> Iterator[str]:
    """Yield what stands on one side alone."""
    left, right = list(first), list(second)
    sides = ((left, set(right)), (right, set(left)))
    yield from _alone(what, *([one for one in side if one not in other] for side, other in sides))


def _alone(what: str, first: Sequence[Any], second: Sequence[Any]) -> Iterator[str]:
    """Yield how much stands on one side alone, and the first of it."""
    for side, alone in (("first", first), ("second", second)):
        if alone:
            shown = ", ".join(map(_named, alone[:3])) + (", ..." if len(alone) > 3 else "")
            yield f"{what}: {len(alone)} in the {side} file alone: {shown}"


def _named(key: str | Stretch | Refusal | HeardUtterance) -> str:
    if isinstance(key, Refusal):
        return f"{key} ({key.stage})"
    if isinstance(key, HeardUtterance):
        return place((key.path or f"speaker {key.speaker}", key.start, key.end, key.channel))
    return key if isinstance(key, str) else place(key)


def _family_differences(one: FeatureFile, two: FeatureFile) -> Iterator[str]:
    """Yield how many columns are of another family."""
    left, right = (  # of a damaged file, as many as there are
        dict(zip(table.feature_name, table.families, strict=False)) for table in (one, two)
    )
    changed = [name for name in left if name in right and left[name] != right[name]]
    if changed:
        was, now = (families[changed[0]] or "none" for families in (left, right))
        example = f"{changed[0]}: {was}, {now}"
        yield f"feature_family: {counted(len(changed), 'column')} of another family ({example})"


def _matrix_differences(
    name: str, columns: str, one: FeatureFile, two: FeatureFile, pairs: Any
) -> Iterator[str]:
    """Yield how many rows of a matrix differ, and where the most."""
    left, right = getattr(one, name), getattr(two, name)
    if (left is None) != (right is None):
        yield f"{name}: in the {'second' if left is None else 'first'} file alone"
    if left is None or right is None or not len(pairs):
        return
    names = getattr(one, columns)
    if names != getattr(two, columns):
        if sorted(names) == sorted(getattr(two, columns)) or name == "scores":
            yield f"{name}: other columns, or another order"
        return
    unequal, most, place = 0, np.float32(0), ""
    for some in blocks_of(pairs, 4 * len(names)):
        apart = gathered(left, some[:, 0])
        np.abs(np.subtract(apart, gathered(right, some[:, 1]), out=apart), out=apart)
        apart[np.isnan(apart)] = np.inf
        unequal += int((apart > 0).any(axis=1).sum())
        if apart.size and apart.max() > most:
            most = apart.max()
            row, column = np.unravel_index(int(apart.argmax()), apart.shape)
            place = f"{one.file[some[row, 0]]}, {names[column]}"
    if unequal:
        yield f"{name}: {unequal} of {len(pairs)} rows differ, by up to {most:.3g} ({place})"


def _step_differences(name: str, one: FeatureFile, two: FeatureFile, pairs: Any) -> Iterator[str]:
    """Yield how many rows differ in the values of their steps."""
    left, right = getattr(one, name), getattr(two, name)
    if left is None and right is None:
        return
    if left is None or right is None:
        yield f"{name}: in the {'second' if left is None else 'first'} file alone"
        return
    for what in ("step_seconds", "first_step_centre_seconds"):
        if getattr(left, what) != getattr(right, what):
            yield f"{name}: {what} {getattr(left, what):g}, {getattr(right, what):g}"
    if not np.array_equal(left.hz, right.hz):
        yield f"{name}: cells of other frequencies"
    unequal = sum(not np.array_equal(left[a], right[b]) for a, b in zip(*pairs.T, strict=True))
    if unequal:
        yield f"{name}: {unequal} of {len(pairs)} rows differ"


def _fact_differences(
    column: Column, one: FeatureFile, two: FeatureFile, pairs: Any
) -> Iterator[str]:
    """Yield how many rows have another label, speaker and so on."""
    name, left, right = column.dataset, column.told(one), column.told(two)
    if not len(left) and not len(right):
        return
    if not len(left) or not len(right):
        yield f"{name}: in the {'first' if len(left) else 'second'} file alone"
        return
    unequal = [(a, b) for a, b in zip(*pairs.T, strict=True) if left[a] != right[b]]
    if unequal:
        a, b = unequal[0]
        example = f"{one.file[a]}: {left[a]}, {right[b]}"
        yield f"{name}: {len(unequal)} of {len(pairs)} rows differ ({example})"


def _ledger_differences(one: list[Refusal], two: list[Refusal]) -> Iterator[str]:
    """Yield what is refused in one file alone, and whose label or speaker differ."""
    left, right = ({refusal.bare: refusal for refusal in table} for table in (one, two))
    yield from _only("refused", left, right)
    for name in ("label", "speaker"):
        pairs = (
            (getattr(left[key], name), getattr(right[key], name)) for key in left if key in right
        )
        if unequal := sum(old != new for old, new in pairs):
            yield f"refused: {unequal} have another {name}"


def _attribute_differences(one: dict[str, str], two: dict[str, str]) -> Iterator[str]:
    """Yield attributes that differ; of JSON the entries that do."""
    for name in sorted({*one, *two} - _NOT_COMPARED):
        left, right = one.get(name, "none"), two.get(name, "none")
        if left == right:
            continue
        old, new = _entries(left), _entries(right)
        if name in OBJECTS and old and new:
            changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            yield from (f"{name} {key}: {old.get(key)}, {new.get(key)}" for key in changed)
        else:
            yield f"{name}: {left[:24]}, {right[:24]}"


def _entries(text: str) -> dict[str, Any]:
    """Read a JSON object as ``a.b.c: value``; nothing where it is none."""
    try:
        return dict(_flat("", json_object(text) or {}))
    except RecursionError:
        return {}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield ``a.b.c`` and its value for every leaf of JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else name, inner)
    else:
        yield prefix, value
