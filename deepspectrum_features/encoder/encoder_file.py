"""What an encoder file must be; everything here is checked before its first run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepspectrum_features.encoder.metadata import EncoderMetadata
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.recipe import FrontEndRecipe
from deepspectrum_features.recipe.document import build
from deepspectrum_features.sound import FrontEnd, make_front_end

#: The key of the JSON string among the model's ``metadata_props``.
METADATA_KEY = "deepspectrum_features"
#: What is written, and what is read: of 1, an encoder's training is known by lists of recordings
#: and speakers, not by utterance.
FORMAT_VERSION = 2
FORMAT_VERSIONS = (1, 2)
INPUTS = ("input", "frames")
OUTPUTS = ("embedding", "frame_embedding", "steps", "attention", "logits")
#: Axes of any length, and their names in the graph.
FREE_AXES = {
    "input": {0: "batch", 1: "time"},
    "frames": {0: "batch"},
    "embedding": {0: "batch"},
    "frame_embedding": {0: "batch", 1: "steps"},
    "steps": {0: "batch"},
    "attention": {0: "batch", 1: "steps"},
    "logits": {0: "batch"},
}

_LARGEST_BYTES = 500_000_000


@dataclass(frozen=True)
class _Input:
    """The part of the metadata that says what the graph reads."""

    front_end: FrontEndRecipe


def read_model(path: Path) -> bytes:
    """Read the whole file, within reason."""
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise EncoderError(f"{path}: {size} bytes, need at most {_LARGEST_BYTES}")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EncoderError(f"{path}: {reason}, need an exported encoder (.onnx)") from None


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
    if inputs.keys() != set(INPUTS) or not set(OUTPUTS) <= outputs.keys():
        raise EncoderError(
            f"{path}: inputs {sorted(inputs)} and outputs {sorted(outputs)}, "
            f"need {list(INPUTS)} and {list(OUTPUTS)}"
        )
    values = _read(path, text)
    stated = build(
        EncoderMetadata, values, where=f"{path}: metadata", error=EncoderError, unknown="ignore"
    )
    _check_width(path, "embedding", _size(outputs["embedding"], 1), len(stated.columns))
    _check_width(path, "logits", _size(outputs["logits"], 1), len(stated.classes))
    if not isinstance(_size(outputs["frame_embedding"], 2), int):
        raise EncoderError(f"{path}: frame_embedding of any width, need a fixed one")
    return values, stated


def front_end_of(path: Path, values: dict[str, Any]) -> FrontEnd:
    """Return the front end that an encoder's metadata names by its ``kind``."""
    stated = build(_Input, {"front_end": values}, where=str(path), error=EncoderError)
    return make_front_end(stated.front_end)


def check_width(path: Path, session: Session, dim: int) -> None:
    """Refuse a model whose input is not as wide as the frames of its front end."""
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
        known = " and ".join(map(str, FORMAT_VERSIONS))
        raise EncoderError(
            f"{path}: encoder format {values.get('format')}, this version reads {known}"
        )
    return values
