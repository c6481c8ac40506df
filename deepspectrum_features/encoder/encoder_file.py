"""What an encoder file must be; everything here is checked before its first run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepspectrum_features.encoder.metadata import EncoderMetadata
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.encoder.signature import (
    CELL_OUTPUTS,
    INPUTS,
    LEVEL_OUTPUTS,
    levels_of,
)
from deepspectrum_features.errors import EncoderError, near_path
from deepspectrum_features.recipe import FrontEndRecipe, FunctionalTable
from deepspectrum_features.recipe.document import build
from deepspectrum_features.recipe.streams import MASKS
from deepspectrum_features.sound import FrontEnd, make_front_end

#: The key of the JSON string among the model's ``metadata_props``.
METADATA_KEY = "deepspectrum_features"
#: What is written, and what is read: of 1, an encoder's training is known by lists of recordings
#: and speakers, not by utterance.
FORMAT_VERSION = 2
#: Of files that give functionals, which earlier versions of the program could not read.
FUNCTIONALS_FORMAT_VERSION = 3
FORMAT_VERSIONS = (1, 2, 3)

_LARGEST_BYTES = 500_000_000


@dataclass(frozen=True)
class _Input:
    """The part of the metadata that says what the graph reads."""

    front_end: FrontEndRecipe


@dataclass(frozen=True)
class _Functionals:
    """The part that says what is made of streams: nothing in it may be unknown."""

    functionals: FunctionalTable | None = None


def read_model(path: Path) -> bytes:
    """Read the whole file, within reason."""
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise EncoderError(f"{path}: {size} bytes, need at most {_LARGEST_BYTES}")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EncoderError(
            f"{path}: {reason}, need an exported encoder (.onnx){near_path(path)}"
        ) from None


def checked_metadata(path: Path, session: Session) -> tuple[dict[str, Any], EncoderMetadata]:
    """Return the metadata of a model with our inputs and outputs, as it stands and as checked."""
    try:
        text = session.metadata.get(METADATA_KEY)
        inputs, outputs = session.inputs, session.outputs
    except UnicodeDecodeError:
        raise EncoderError(f"{path}: names that are not UTF-8, need an exported encoder") from None
    if text is None:
        raise EncoderError(
            f"{path}: an ONNX model without {METADATA_KEY} metadata, need one written by dsf export"
        )
    levels = levels_of(outputs)
    if inputs.keys() != set(INPUTS) or not levels:
        needed = " or ".join(str(list(names)) for names in LEVEL_OUTPUTS.values())
        raise EncoderError(
            f"{path}: inputs {sorted(inputs)} and outputs {sorted(outputs)}, "
            f"need {list(INPUTS)} and {needed}"
        )
    values, where = _read(path, text), f"{path}: metadata"
    stated = build(EncoderMetadata, values, where=where, error=EncoderError, unknown="ignore")
    table = {"functionals": values.get("functionals")}
    build(_Functionals, table, where=where, error=EncoderError)
    _check_levels(path, levels, stated)
    if "embedding" in levels:
        _check_width(path, "embedding", _size(outputs["embedding"], 1), len(stated.columns))
        _check_width(path, "logits", _size(outputs["logits"], 1), len(stated.classes))
        if not isinstance(_size(outputs["frame_embedding"], 2), int):
            raise EncoderError(f"{path}: frame_embedding of any width, need a fixed one")
    _check_cells(path, outputs, stated)
    if stated.functionals:
        _check_width(path, "streams", _size(outputs["streams"], 2), len(stated.functionals.streams))
        _check_width(path, "masks", _size(outputs["masks"], 2), len(MASKS))
    return values, stated


def _check_levels(path: Path, levels: tuple[str, ...], stated: EncoderMetadata) -> None:
    """Refuse a model whose outputs are not of the levels that its metadata tell of."""
    told = stated.levels
    if told != levels:
        raise EncoderError(
            f"{path}: outputs of the level {' and '.join(levels)}, its metadata say "
            f"{' and '.join(told) or 'none'}"
        )


def _check_cells(path: Path, outputs: dict[str, list[Any]], stated: EncoderMetadata) -> None:
    """Refuse cells of time and frequency that the metadata tell nothing of, and the reverse."""
    there = [name for name in CELL_OUTPUTS if name in outputs]
    told = list(CELL_OUTPUTS) if stated.cells else []
    if there != told:
        found, needed = (" and ".join(names) or "no cells" for names in (there, told))
        raise EncoderError(f"{path}: outputs {found}, need {needed}, as its metadata say")
    if stated.cells:
        _check_width(path, "attention_tf", _size(outputs["attention_tf"], 2), len(stated.cells.hz))


def front_end_of(path: Path, values: dict[str, Any]) -> FrontEnd:
    """Return the front end that an encoder's metadata names by its ``kind``."""
    stated = build(_Input, {"front_end": values}, where=str(path), error=EncoderError)
    return make_front_end(stated.front_end)


def front_end_of_embedding(path: Path, values: dict[str, Any]) -> FrontEnd:
    """Return the front end of an encoder's embedding: a long window is for streams alone."""
    return front_end_of(path, {name: one for name, one in values.items() if name != "long"})


def check_width(path: Path, session: Session, dim: int) -> None:
    """Refuse a model whose input is not as wide as the frames of its front end.

    Each branch of a graph with branches reads as much of a frame as it needs.
    """
    if not session.has_branches:
        _check_width(path, "input", _size(session.inputs["input"], 2), dim)


def _check_width(path: Path, name: str, found: Any, stated: int) -> None:
    if found != stated:
        raise EncoderError(f"{path}: {name} is {found} wide, its metadata says {stated}")


def _size(shape: list[Any], axis: int) -> Any:
    """Return the size of an axis, its name where it is free, None where it is missing."""
    return shape[axis] if axis < len(shape) else None


def _read(path: Path, text: str) -> dict[str, Any]:
    """Parse the metadata of a format that this version reads."""
    try:
        values = dict(json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise EncoderError(f"{path}: damaged metadata ({error}), need one JSON object") from None
    if values.get("format") not in FORMAT_VERSIONS:
        known = f"1 to {FORMAT_VERSIONS[-1]}"
        raise EncoderError(
            f"{path}: encoder format {values.get('format')}, this version reads {known}"
        )
    return values
