"""What an encoder file must be; everything here is checked before its first run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deepspectrum_features.errors import EncoderError

#: The key of the JSON string among the model's ``metadata_props``, and its format version.
METADATA_KEY = "deepspectrum_features"
FORMAT_VERSION = 1
INPUTS = ("input", "frames")
OUTPUTS = ("embedding", "frame_embedding", "steps", "attention", "logits")

_LARGEST_BYTES = 500_000_000
_REQUIRED: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "licence": str,
    "front_end": dict,
    "recipe": dict,
    "classes": list,
    "columns": list,
    "parameters": int,
    "longest_seconds": (int, float),
    "step_seconds": (int, float),
    "first_step_centre_seconds": (int, float),
    "training": dict,
    "scores": dict,
}


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


def checked_metadata(path: Path, session: Any) -> dict[str, Any]:
    """Return the metadata of a model whose inputs and outputs are ours."""
    try:
        text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        inputs = {item.name: item.shape for item in session.get_inputs()}
        outputs = {item.name: item.shape for item in session.get_outputs()}
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
    try:
        metadata = dict(json.loads(text))
        if metadata["format"] != FORMAT_VERSION:
            raise EncoderError(
                f"{path}: encoder format {metadata['format']}, this version reads {FORMAT_VERSION}"
            )
        missing = [
            key for key, kind in _REQUIRED.items() if not isinstance(metadata.get(key), kind)
        ]
        if missing:
            raise EncoderError(f"{path}: metadata lacks a valid {', '.join(missing)}")
        for what in ("columns", "classes"):
            if not all(isinstance(one, str) for one in metadata[what]):
                raise ValueError(f"{what} are not all text")
            if len(set(metadata[what])) < len(metadata[what]):
                raise ValueError(f"{what} are named twice")
        for what in ("longest_seconds", "step_seconds", "first_step_centre_seconds"):
            if not 0 < metadata[what] < float("inf"):
                raise ValueError(f"{what} is {metadata[what]}")
        _ = metadata["recipe"].get("network", {}).get("mel", {}).get("bands")
        for corpus in metadata["training"].get("corpora", []):
            _ = corpus["name"], corpus["named"], corpus["speakers"]
            names = [*corpus["speakers"], *(text for pair in corpus["recordings"] for text in pair)]
            if not all(isinstance(one, str) for one in names):
                raise ValueError("recordings and speakers are not all text")
            _ = [(content, stem) for content, stem in corpus["recordings"]]
        for side in {"dev", "test"} & metadata["scores"].keys():
            _ = metadata["scores"]["protocol"], metadata["scores"][side]["ua"]
            _ = metadata["scores"][side]["wa"], metadata["scores"][side]["utterances"]
        widths = (
            ("input", inputs["input"][2], metadata["front_end"]["n_fft"] // 2 + 1),
            ("embedding", outputs["embedding"][1], len(metadata["columns"])),
            ("logits", outputs["logits"][1], len(metadata["classes"])),
        )
        _ = int(outputs["frame_embedding"][2])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise EncoderError(f"{path}: damaged metadata ({error}), need one JSON object") from None
    for name, found, named in widths:
        if found != named:
            raise EncoderError(f"{path}: {name} is {found} wide, its metadata says {named}")
    return metadata
