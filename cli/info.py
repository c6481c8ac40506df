"""``dsf info``: what a feature file, an encoder or a classifier is, and where it comes from."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import click

from deepspectrum_features.cli.options import examples
from deepspectrum_features.cli.screen import show


@click.command(
    "info",
    short_help="Show what a feature file, an encoder or a classifier is.",
    epilog=examples(
        "dsf info out.h5",
        "dsf info my-encoder.onnx",
        "dsf info emotion.onnx",
        "dsf info out.h5 --columns",
    ),
)
@click.argument("file", metavar="FILE|ENCODER|MODEL", type=click.Path(readable=False))
@click.option("--columns", is_flag=True, help="List all columns: name, family, unit, meaning.")
def command(file: str, columns: bool) -> None:
    """Describe a feature file, an encoder (file or bundled name) or a classifier of dsf fit."""
    from deepspectrum_features.baselines.fitted.classifier import Classifier
    from deepspectrum_features.baselines.fitted.model_file import is_classifier
    from deepspectrum_features.encoder import Encoder
    from deepspectrum_features.encoder.bundled import NAMES
    from deepspectrum_features.encoder.levels import BOTH
    from deepspectrum_features.errors import closest
    from deepspectrum_features.features.described import described_columns
    from deepspectrum_features.features.feature_file import FeatureFile
    from deepspectrum_features.terminal import lined_up

    path = Path(file)
    if path.suffix == ".onnx" and is_classifier(path):
        classifier = Classifier.read(file)
        show("\n".join(classifier.columns) if columns else str(classifier))
        return
    named = not path.suffix and not path.exists() and closest(file, [*NAMES.values()])
    if path.suffix == ".onnx" or named:
        found: Encoder | FeatureFile = Encoder.open(file)
    else:
        found = FeatureFile.open(file, lazy=True)
    if not columns:
        show(str(found))
        return
    if isinstance(found, FeatureFile):
        described = described_columns(found)
    else:
        described = [*found.at(BOTH if len(found.levels) > 1 else None).described]
    show(lined_up([astuple(column) for column in described]))
