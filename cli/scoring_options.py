"""Options of the commands that score features."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import jobs_option, layout_option, quiet_option, together

#: What is scored, what is known of it, and how.
scoring_options = together(
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
        "--labels", metavar="TABLE", help="CSV: file, (start, end, channel,) label, speaker, ..."
    ),
    layout_option,
    click.option(
        "--name", metavar="NAME", help="Name of the corpus, to compare with what was heard."
    ),
    click.option(
        "--exclude", metavar="TABLE", help="CSV of rows to leave out: file, (start, end)."
    ),
    click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="First of the DNN's five.",
    ),
    click.option(
        "--allow-contaminated", is_flag=True, help="Score what an encoder was trained on."
    ),
    jobs_option,
    quiet_option,
)
