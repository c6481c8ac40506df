"""Options that several commands share: how a corpus is read, what is trained, how much is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.recipe import PRESETS, Recipe

Command = Callable[..., Any]


def corpus_options(command: Command) -> Command:
    """Add ``--layout --labels-from --name --root``, passed on as one dict ``reading``."""
    for option in reversed(
        (
            click.option("--layout", metavar="NAME", help="Known corpus layout, or a .toml file."),
            click.option(
                "--labels-from",
                type=click.Choice(["parent-folder"]),
                help="Label every recording by the folder it lies in.",
            ),
            click.option("--name", metavar="NAME", help="Name of the corpus."),
            click.option(
                "--root",
                type=click.Path(readable=False),
                metavar="FOLDER",
                help="Folder a manifest's paths are relative to (default: its own).",
            ),
        )
    ):
        command = option(command)
    return command


def preset_recipe(system: str, preset: str) -> Recipe:
    """Return a system's recipe of one size."""
    if preset not in PRESETS[system]:
        choices = ", ".join(PRESETS[system])
        raise RecipeError(f"--preset {preset}: unknown, {system} has {choices}")
    return PRESETS[system][preset]


def say(quiet: bool) -> Callable[[str], None]:
    """Return what prints an event to standard error, or nothing when quiet."""
    return (lambda _: None) if quiet else (lambda line: click.echo(line, err=True))


def examples(*lines: str) -> str:
    """Write examples so that click keeps their line ends."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
