"""``dsf export``: a finished training run becomes one encoder file."""

from __future__ import annotations

from pathlib import Path

import click

from deepspectrum_features.cli.options import examples
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.files import check_file


@click.command(
    "export",
    short_help="Write a trained network as an encoder file.",
    epilog=examples(
        "dsf export run/ my-encoder.onnx --licence CC-BY-4.0",
        "dsf extract corpus/ out.h5 --encoder my-encoder.onnx",
        "dsf export run/ with-both.onnx --functionals",
        "dsf extract corpus/ out.h5 --encoder with-both.onnx --level both",
    ),
)
@click.argument("run", metavar="RUN", type=click.Path(readable=False, file_okay=False))
@click.argument("out", metavar="OUT.onnx", type=click.Path(dir_okay=False))
@click.option("--name", metavar="NAME", help="Default: the stem of OUT.")
@click.option("--licence", default="unknown", metavar="SPDX", help="Licence of the weights.")
@click.option(
    "--functionals",
    is_flag=True,
    help="Put deep spectrum functionals beside the embedding, as a second level.",
)
@click.option("--overwrite", is_flag=True, help="Replace OUT where it exists.")
def command(
    run: str, out: str, name: str | None, licence: str, functionals: bool, overwrite: bool
) -> None:
    """Write the network that RUN trained as OUT, checked against the network before it stands."""
    path = Path(out)
    if path.suffix != ".onnx":
        raise EncoderError(f"{out}: need a name ending in .onnx")
    if path.exists() and not overwrite:
        raise EncoderError(f"{out}: exists (choose another name, or --overwrite)")
    check_file(path, EncoderError)
    click.echo(f"exporting {run}", err=True)
    from deepspectrum_features.training.exporting import export

    encoder = export(Path(run), path, name=name, licence=licence, functionals=functionals)
    click.echo(str(encoder), err=True)
    click.echo(encoder.path)
