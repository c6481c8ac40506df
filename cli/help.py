"""``dsf help``: what a command does, by another name."""

from __future__ import annotations

import click

from deepspectrum_features.cli import completion, dsf


@click.command("help", hidden=True)
@click.argument(
    "name", metavar="[COMMAND]", required=False, shell_complete=completion.command_names
)
def command(name: str | None) -> None:
    """Show what dsf or one of its commands does, as dsf COMMAND --help."""
    dsf.main([*([name] if name else []), "--help"], prog_name="dsf", standalone_mode=False)
