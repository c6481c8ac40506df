"""A classifier's file: one ONNX model, everything in it checked before its first run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.fitted.card import FORMAT, Card
from deepspectrum_features.encoder.encoder_file import METADATA_KEY as ENCODER_KEY
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.errors import DsfError, EncoderError, near_path
from deepspectrum_features.files import check_file
from deepspectrum_features.recipe.document import build

#: The key of the JSON string among the model's ``metadata_props``.
METADATA_KEY = "deepspectrum_features_classifier"
INPUT = "features"
OUTPUTS = ("scores", "label", "probabilities")

_LARGEST_BYTES = 500_000_000
_NEEDED = "need a classifier that dsf fit wrote"


def read_bytes(path: Path) -> bytes:
    """Read the whole file, within reason.

    Raises
    ------
    DsfError
        If it cannot be read.
    """
    if path.is_dir():
        raise DsfError(f"{path}: a folder, {_NEEDED} (dsf predict MODEL IN OUT.csv)")
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise DsfError(f"{path}: {size} bytes, need at most {_LARGEST_BYTES}")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DsfError(f"{path}: {reason}, {_NEEDED}{near_path(path)}") from None


def is_classifier(path: Path) -> bool:
    """Whether a file is a model that says it is a classifier of ours, whatever its version."""
    try:
        return METADATA_KEY in Session(path, read_bytes(path), "cpu").metadata
    except (DsfError, UnicodeDecodeError):
        return False


def open_model(path: Path, content: bytes) -> tuple[Session, Card]:
    """Start a model, and read what it says of itself.

    Parameters
    ----------
    path : Path
        Where it comes from, for messages.
    content : bytes
        The whole file.

    Raises
    ------
    DsfError
        If it is no model, not one of ours, of another version, damaged, or at odds with itself.
    """
    try:
        session = Session(path, content, "cpu")
        metadata = session.metadata
    except (EncoderError, UnicodeDecodeError):
        raise DsfError(f"{path}: not a model that onnxruntime loads, {_NEEDED}") from None
    if METADATA_KEY not in metadata:
        known = ENCODER_KEY in metadata
        found = "an encoder" if known else "an ONNX model without a classifier's metadata"
        raise DsfError(f"{path}: {found}, {_NEEDED}")
    card = _card(path, metadata[METADATA_KEY])
    _check_shapes(path, session, card)
    return session, card


def check_place(path: Path, overwrite: bool) -> None:
    """Refuse a file that stands already or cannot be written, before any work.

    Raises
    ------
    DsfError
        Naming it.
    """
    if path.suffix != ".onnx":
        raise DsfError(f"{path}: a classifier is an ONNX file, need a name that ends in .onnx")
    check_file(path, DsfError)
    if path.exists() and not is_classifier(path):
        raise DsfError(f"{path}: exists and is no classifier, need another name")
    if path.exists() and not overwrite:
        raise DsfError(f"{path}: exists (choose another name, or --overwrite)")


def _card(path: Path, text: str) -> Card:
    """Parse the metadata of the format that this version reads."""
    try:
        values: dict[str, Any] = dict(json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise DsfError(f"{path}: damaged metadata ({error}), need one JSON object") from None
    if values.get("format") != FORMAT:
        raise DsfError(
            f"{path}: classifier format {values.get('format')}, this version reads {FORMAT}"
        )
    return build(Card, values, where=f"{path}: metadata", error=DsfError, unknown="ignore")


def _check_shapes(path: Path, session: Session, card: Card) -> None:
    """Refuse inputs and outputs other than its metadata tell of."""
    classes, columns = len(card.classes), len(card.features.columns)
    shapes = {**session.inputs, **session.outputs}
    found = {name: ["rows", *shape[1:]] if shape else [] for name, shape in shapes.items()}
    widths = {INPUT: [columns], "scores": [classes], "label": [], "probabilities": [classes]}
    needed = {name: ["rows", *width] for name, width in widths.items()}
    if found != needed:
        raise DsfError(f"{path}: inputs and outputs {found}, its metadata say {needed}")
