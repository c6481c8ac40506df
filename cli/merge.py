"""``dsf merge``: the files of all shards to one."""

from __future__ import annotations

import click

from deepspectrum_features.cli.options import examples
from deepspectrum_features.terminal import table_size


@click.command(
    "merge",
    short_help="Join the files of dsf extract --shard.",
    epilog=examples(
        "dsf extract corpus/ 1.h5 --shard 1/2   # here",
        "dsf extract corpus/ 2.h5 --shard 2/2   # on another machine",
        "dsf merge 1.h5 2.h5 -o out.h5",
    ),
)
@click.argument(
    "shards", metavar="SHARD...", nargs=-1, required=True, type=click.Path(readable=False)
)
@click.option("-o", "--out", metavar="OUT", required=True, type=click.Path(readable=False))
@click.option("--overwrite", is_flag=True, help="Replace the feature file OUT.")
def command(shards: tuple[str, ...], out: str, overwrite: bool) -> int:
    """Write the file that one run without --shard gives, to the bit.

    Exit code 3: done, but some inputs were refused; they are listed in OUT.
    """
    from deepspectrum_features.extraction.sharding import join_shards

    table = join_shards(shards, out, overwrite)
    size = table_size(*table.features.shape)
    click.echo(f"{out}: {size}, {len(table.refused)} refused", err=True)
    click.echo(out)
    return 3 if table.refused else 0
