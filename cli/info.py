"""``dsf info``: what a feature file or an encoder is, and where it comes from."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import click

from deepspectrum_features.cli.options import examples


@click.command(
    "info",
    short_help="Show what a feature file or an encoder is.",
    epilog=examples("dsf info out.h5", "dsf info my-encoder.onnx", "dsf info out.h5 --columns"),
)
@click.argument("file", metavar="FILE|ENCODER", type=click.Path(readable=False))
@click.option("--columns", is_flag=True, help="List all columns: name, family, unit, meaning.")
def command(file: str, columns: bool) -> None:
    """Describe a feature file or an encoder (file or bundled name), provenance first."""
    from deepspectrum_features.encoder import BUNDLED, Encoder
    from deepspectrum_features.encoder.levels import BOTH
    from deepspectrum_features.features.described import described_columns
    from deepspectrum_features.features.feature_file import FeatureFile
    from deepspectrum_features.terminal import lined_up

    if Path(file).suffix == ".onnx" or (file in BUNDLED and not Path(file).exists()):
        found: Encoder | FeatureFile = Encoder.open(file)
    else:
        found = FeatureFile.open(file, lazy=True)
    if not columns:
        click.echo(str(found))
        return
    if isinstance(found, FeatureFile):
        described = described_columns(found)
    else:
        described = [*found.at(BOTH if len(found.levels) > 1 else None).described]
    click.echo(lined_up([astuple(column) for column in described]))
