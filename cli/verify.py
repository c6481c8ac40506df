"""``dsf verify``: whether a feature file is whole."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import examples
from deepspectrum_features.terminal import table_size


@click.command(
    "verify",
    short_help="Check that a feature file is whole, to its last byte.",
    epilog=examples("dsf verify out.h5", "dsf verify out.h5 --encoder my-encoder.onnx"),
)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(readable=False)
)
@click.option("--encoder", metavar="NAME|FILE", help="What FILE should come from.")
def command(files: tuple[str, ...], encoder: str | None) -> int:
    """Read every byte of FILE and say what is wrong with it; exit code 1 if anything is.

    Without --encoder, a file of a bundled encoder is held against that one.
    """
    from deepspectrum_features.encoder.encoder import Encoder
    from deepspectrum_features.errors import DsfError
    from deepspectrum_features.features.feature_file import FeatureFile
    from deepspectrum_features.features.verification import encoder_at_hand
    from deepspectrum_features.features.verification_apart import verify_apart

    given = Encoder.open(encoder) if encoder else None
    failed = False
    for file in files:
        try:
            problems = [f"{file}: {problem}" for problem in verify_apart(file, encoder)]
        except DsfError as error:
            problems = [str(error)]
        for problem in problems:
            click.echo(problem)
        failed = failed or bool(problems)
        if not problems:
            table = FeatureFile.open(file, lazy=True)
            known = ", encoder not at hand" if "encoder_sha256" in table.attributes else ""
            known = ", fits its encoder" if given or encoder_at_hand(table) else known
            click.echo(f"{file}: whole, {table_size(*table.features.shape)}{known}")
    return 1 if failed else 0
