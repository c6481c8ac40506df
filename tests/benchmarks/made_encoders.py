"""Encoders that speed is measured of: the bundled ones, and systems with fresh weights.

``python made_encoders.py SYSTEM SIZE OUT.onnx`` writes one with fresh weights.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from deepspectrum_features import Encoder
from deepspectrum_features.encoder.bundled import BUNDLED
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import PRESETS, Recipe
from deepspectrum_features.training.exporting import to_onnx
from deepspectrum_features.training.metadata import encoder_metadata


def encoders(folder: Path) -> dict[str, Encoder]:
    """Return the bundled encoders, and a paper-sized one."""
    bundled = {name: Encoder.open(name) for name in BUNDLED}
    paper = fresh_encoder(PRESETS["zhao2018-asmmc"]["paper"], folder / "paper.onnx")
    return bundled | {"paper": paper}


def fresh_encoder(recipe: Recipe, path: Path) -> Encoder:
    """Export a recipe's network with fresh weights."""
    torch.manual_seed(0)
    network = build_network(recipe, 6)
    metadata = encoder_metadata(
        network, recipe, name=path.stem, licence="none", classes=list("abcdef")
    )
    return to_onnx(network, path, metadata)


if __name__ == "__main__":
    fresh_encoder(PRESETS[sys.argv[1]][sys.argv[2]], Path(sys.argv[3]))
