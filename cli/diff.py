"""``dsf diff``: what tells two feature files apart."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import examples


@click.command(
    "diff",
    short_help="Compare two feature files: rows, values, facts, recipe.",
    epilog=examples("dsf diff monday.h5 friday.h5"),
)
@click.argument("first", metavar="A", type=click.Path(readable=False))
@click.argument("second", metavar="B", type=click.Path(readable=False))
def command(first: str, second: str) -> int:
    """Compare two feature files to the bit, row by row whatever their order.

    Says nothing and exits with 0 where they are equal but for the command line and the time, else
    prints a line for every difference and exits with 4.
    """
    from deepspectrum_features.features.difference import differences

    found = differences(first, second)
    for line in found:
        click.echo(line)
    return 4 if found else 0
