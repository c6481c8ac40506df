"""``dsf info``: what a feature file or an encoder is, and where it comes from."""

from __future__ import annotations

from pathlib import Path

import click

from deepspectrum_features.cli.options import examples


@click.command(
    "info",
    short_help="Show what a feature file or an encoder is.",
    epilog=examples("dsf info out.h5", "dsf info my-encoder.onnx"),
)
@click.argument("file", metavar="FILE|ENCODER", type=click.Path(readable=False))
def command(file: str) -> None:
    """Describe a feature file or an encoder (file or bundled name), provenance first."""
    from deepspectrum_features.encoder import BUNDLED, Encoder

    if Path(file).suffix == ".onnx" or (file in BUNDLED and not Path(file).exists()):
        click.echo(str(Encoder.open(file)))
        return
    from deepspectrum_features.features.feature_file import FeatureFile

    click.echo(str(FeatureFile.open(file)))
