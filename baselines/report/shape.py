"""What ``results.json`` must look like, format version 1, and where one does not."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deepspectrum_features.terminal import one_line

FORMAT, VERSION = "deepspectrum-results", 1


@dataclass(frozen=True)
class Maybe:
    """The shape of something that may be null, or left out."""

    shape: Any


_TEXTS, _OPTIONAL = [str], Maybe(str)
_INTERVAL = {"value": Maybe(float), "low": Maybe(float), "high": Maybe(float)}
_SYSTEM = {
    "name": str, "features": str, "file": _OPTIONAL, "classifier": str, "kernel": _OPTIONAL,
    "normalise": _OPTIONAL, "chosen_on": _OPTIONAL, "columns": Maybe(int), "encoder": _OPTIONAL,
    "encoder_sha256": _OPTIONAL, "licence": _OPTIONAL, "sample_rates": _OPTIONAL,
    "scores": {"ua": _INTERVAL, "wa": _INTERVAL, "macro_f1": _INTERVAL},
    "recall": {str: Maybe(float)}, "confusion": [[int]],
    "per_speaker": {str: {"ua": Maybe(float), "utterances": int}},
    "folds": [{"name": str, "chosen": {}}],
}  # fmt: skip
_COMPARISON = {
    "first": str, "second": str, "difference": Maybe(float), "p": Maybe(float),
    "p_holm": Maybe(float), "test": str, "note": str,
}  # fmt: skip
_FOLD = {
    "name": str, "train": int, "dev": int, "test": int,
    "train_speakers": _TEXTS, "dev_speakers": _TEXTS, "test_speakers": _TEXTS,
}  # fmt: skip
_CURVE = {
    "name": str, "epochs": [int], "train_loss": [Maybe(float)], "dev_ua": [Maybe(float)],
    "best": Maybe(int),
}  # fmt: skip
_SHAPE = {
    "title": str, "corpus": str, "classes": _TEXTS, "speakers": _TEXTS, "utterances": int,
    "protocol": {
        "name": str, "speaker_independent": bool, "lines": _TEXTS, "warnings": _TEXTS,
    },
    "folds": [_FOLD], "systems": [_SYSTEM], "comparisons": [_COMPARISON], "curves": [_CURVE],
    "versions": {}, "command": str, "created": str,
}  # fmt: skip
_NAMES = {str: "text", float: "a number", int: "a whole number", bool: "true or false"}


def problems(document: dict[str, Any]) -> Iterator[str]:
    """Yield every field that is missing or of another type; if there is none, contradictions.

    Examples
    --------
    >>> next(problems({"title": 7}))
    'title: 7, need text'
    """
    found = list(_misfits(document, _SHAPE, ""))
    yield from found or _contradictions(document)


def _misfits(value: Any, shape: Any, place: str) -> Iterator[str]:
    """Yield every place where a value has not the shape it must have."""
    if isinstance(shape, Maybe):
        if value is not None:
            yield from _misfits(value, shape.shape, place)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{place}: {shown(value)}, need a list"
            return
        for index, one in enumerate(value):
            yield from _misfits(one, shape[0], f"{place}[{index}]")
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{place}: {shown(value)}, need an object"
            return
        fields = dict.fromkeys(value, shape[str]) if str in shape else shape
        for name, inner in fields.items():
            below = f"{place}.{one_line(name)}".lstrip(".")
            if name in value:
                yield from _misfits(value[name], inner, below)
            elif not isinstance(inner, Maybe):
                yield f"{below}: missing"
    elif not _is(value, shape):
        yield f"{place}: {shown(value)}, need {_NAMES[shape]}"


def _is(value: Any, kind: type) -> bool:
    """Whether a JSON value is of a kind: whole numbers are numbers, true is none."""
    if kind is float and isinstance(value, int | float):
        return not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def _contradictions(document: dict[str, Any]) -> Iterator[str]:
    """Yield what has the right shape and still cannot be."""
    classes, names = document["classes"], [one["name"] for one in document["systems"]]
    if not names:
        yield "no systems, need at least one"
    if len(set(names)) < len(names):
        yield f"systems: a name occurs twice in {one_line(', '.join(names))}"
    totals = list(map(sum, document["systems"][0]["confusion"])) if names else []
    for one in document["systems"]:
        if [len(row) for row in one["confusion"]] != [len(classes)] * len(classes):
            yield (
                f"systems: confusion of {shown(one['name'])}, need {len(classes)} rows of "
                f"{len(classes)} counts, one a class"
            )
        elif list(map(sum, one["confusion"])) != totals:
            yield f"systems: {shown(one['name'])} scores other rows than {shown(names[0])}"
        if set(one["recall"]) - set(classes):
            yield f"systems: recall of {shown(one['name'])} names classes that are not listed"
    for pair in document["comparisons"]:
        for name in {pair["first"], pair["second"]} - set(names):
            yield f"comparisons: {shown(name)} is not among the systems"
    for curve in document["curves"]:
        if not len(curve["epochs"]) == len(curve["train_loss"]) == len(curve["dev_ua"]):
            yield f"curves: {shown(curve['name'])}, need as many losses and UAs as epochs"


def shown(value: Any) -> str:
    """Return a value short enough for a message."""
    text = one_line(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 60 else text[:57] + "..."
