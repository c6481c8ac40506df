"""``dsf functionals``: recordings in, openSMILE functionals out."""

from __future__ import annotations

from typing import Any

import click

from deepspectrum_features.cli.extraction_options import extract_by, extraction_options
from deepspectrum_features.cli.options import examples


@click.command(
    "functionals",
    short_help="Write openSMILE functionals (eGeMAPS, ComParE) to an HDF5 file.",
    epilog=examples(
        "dsf functionals corpus/ egemaps.h5 --set egemaps",
        "dsf functionals emodb/ compare.h5 --set compare --layout emodb",
    ),
)
@extraction_options
@click.option(
    "--set",
    "feature_set",
    type=click.Choice(["egemaps", "compare"], case_sensitive=False),
    required=True,
    help="eGeMAPSv02 (88 columns) or ComParE_2016 (6373).",
)
def command(source: str, out: str, quiet: bool, **options: Any) -> int:
    """Write openSMILE's functionals of every utterance of IN to the HDF5 file OUT.

    They are computed at each recording's own sample rate, from the mean of its channels. IN, OUT
    and exit codes are those of dsf extract: the same pipeline with another worker. openSMILE is
    free for research and private use only.
    """
    from deepspectrum_features.baselines.functionals import functionals

    return extract_by(functionals, source, out, quiet, options)
