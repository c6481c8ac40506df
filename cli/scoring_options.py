"""Options of the commands that score features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from deepspectrum_features.cli.completion import layouts

Command = Callable[..., Any]


def scoring_options(command: Command) -> Command:
    """Add what is scored and what is known of it, ``--seed --jobs --quiet`` and the like."""
    for option in reversed(
        (
            click.option(
                "--columns",
                multiple=True,
                metavar="PATTERN",
                help="Take only columns that match, such as 'f0_*'; may be repeated.",
            ),
            click.option(
                "--weights",
                type=click.Choice(["columns", "families"]),
                default="columns",
                show_default=True,
                help="What weighs the same: each column, or each family of them.",
            ),
            click.option(
                "--labels",
                metavar="TABLE",
                help="CSV: file, (start, end, channel,) label, speaker, ...",
            ),
            click.option(
                "--layout",
                metavar="NAME",
                shell_complete=layouts,
                help="Known corpus (NAME:VARIANT), or a .toml file.",
            ),
            click.option(
                "--name", metavar="NAME", help="Name of the corpus, to compare with what was heard."
            ),
            click.option(
                "--exclude",
                metavar="TABLE",
                help="CSV of rows to leave out: file, (start, end).",
            ),
            click.option(
                "--seed",
                type=click.IntRange(0),
                default=0,
                show_default=True,
                help="First of the DNN's five.",
            ),
            click.option(
                "--allow-contaminated",
                is_flag=True,
                help="Score what an encoder was trained on.",
            ),
            click.option(
                "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Default: every CPU."
            ),
            click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        )
    ):
        command = option(command)
    return command
