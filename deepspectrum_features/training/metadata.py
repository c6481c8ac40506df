"""What is written into an encoder file about it; docs/encoder-file.md lists the keys."""

from __future__ import annotations

from typing import Any

import onnx
import torch

from deepspectrum_features.encoder.clocks import Clock
from deepspectrum_features.encoder.encoder_file import FORMAT_VERSION, FUNCTIONALS_FORMAT_VERSION
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.networks import Network
from deepspectrum_features.recipe import (
    FunctionalTable,
    LongWindow,
    PowerSpectrogram,
    Recipe,
)
from deepspectrum_features.recipe.document import plain
from deepspectrum_features.sound import make_front_end

#: The paper network takes about 35 KB a frame: longer utterances would take memory nobody expects.
LONGEST_SECONDS = 120.0
#: The frames that functionals are computed from.
LONG_FRONT_END = PowerSpectrogram(long=LongWindow())


def encoder_metadata(
    network: Network,
    recipe: Recipe,
    *,
    name: str,
    licence: str,
    classes: list[str],
    training: dict[str, Any] | None = None,
    scores: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe a trained network, whose encoder gives embeddings."""
    front_end = make_front_end(recipe.front_end)
    cells = network.cells(front_end)
    return {
        "format": FORMAT_VERSION,
        "name": name,
        "licence": licence,
        "front_end": plain(recipe.front_end),
        "recipe": recipe.to_dict(),
        "classes": classes,
        "columns": network.column_names,
        "parameters": sum(weights.numel() for weights in network.parameters()),
        "longest_seconds": LONGEST_SECONDS,
        **plain(network.clock(front_end)),
        **({"cells": plain(cells)} if cells else {}),
        "training": training or {"corpora": []},
        "scores": scores or {},
        **_versions(),
    }


def untrained_metadata(name: str, licence: str, table: FunctionalTable) -> dict[str, Any]:
    """Describe an encoder that gives functionals alone, of which nothing is trained."""
    front_end, frames = plain(LONG_FRONT_END), make_front_end(LONG_FRONT_END)
    clock = Clock(
        step_seconds=frames.step_seconds, first_step_centre_seconds=frames.first_centre_seconds
    )
    return {
        "format": FUNCTIONALS_FORMAT_VERSION,
        "name": name,
        "licence": licence,
        "front_end": front_end,
        "recipe": {"front_end": front_end},
        "classes": [],
        "columns": [],
        "functionals": plain(table),
        "level": "functionals",
        "parameters": 0,
        "longest_seconds": LONGEST_SECONDS,
        **plain(clock),
        "training": {"corpora": []},
        "scores": {},
        **_versions(),
    }


def with_functionals(metadata: dict[str, Any], table: FunctionalTable) -> dict[str, Any]:
    """Describe a trained encoder that gives functionals too.

    Raises
    ------
    EncoderError
        If it reads other frames than they are computed from.
    """
    if metadata["front_end"] != plain(PowerSpectrogram()):
        raise EncoderError(
            f"{metadata['name']}: front end {metadata['front_end']['kind']} with settings of its "
            "own, functionals need the default power-spectrogram (leave out --functionals)"
        )
    return metadata | {
        "format": FUNCTIONALS_FORMAT_VERSION,
        "front_end": plain(LONG_FRONT_END),
        "functionals": plain(table),
        "level": "embedding",
    }


def _versions() -> dict[str, Any]:
    """Return the versions of what writes the file."""
    return {"versions": {"torch": torch.__version__, "onnx": onnx.__version__}}
