"""``dsf convert``: a feature file for other programs."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import examples, quiet_option


@click.command(
    "convert",
    short_help="Write a feature file as CSV, ARFF, MAT and other formats.",
    epilog=examples(
        "dsf convert out.h5 out.csv",
        "dsf convert out.h5 out.arff        # Weka",
        "dsf convert out.h5 out.mat         # MATLAB, Octave",
        "dsf convert out.h5 out.projector   # tensorboard --logdir out.projector",
    ),
)
@click.argument("file", metavar="FILE", type=click.Path(readable=False))
@click.argument("out", metavar="OUT", type=click.Path(readable=False))
@click.option("--overwrite", is_flag=True, help="Replace what stands there.")
@quiet_option
def command(file: str, out: str, overwrite: bool, quiet: bool) -> None:
    """Write the rows of FILE in the format that the suffix of OUT names.

    .csv, .parquet, .arff, .npz, .mat, or .projector, a folder. What is known of a row (file, start,
    end, label, speaker and so on) stands before its features.
    """
    from deepspectrum_features.conversion import convert

    click.echo(convert(file, out, overwrite=overwrite, bar=not quiet))
