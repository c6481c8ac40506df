"""``dsf encoders``: what comes with the package."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import examples
from deepspectrum_features.cli.screen import show


@click.command(
    "encoders",
    short_help="List the encoders that come with the package.",
    epilog=examples("dsf encoders", "dsf info zhao2018-asmmc-nemo"),
)
def command() -> None:
    """Describe every bundled encoder, the default first."""
    from deepspectrum_features.encoder import BUNDLED, Encoder

    show("\n\n".join(str(Encoder.open(name)) for name in BUNDLED))
