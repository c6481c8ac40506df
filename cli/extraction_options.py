"""What the commands that extract features share."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import click

from deepspectrum_features.cli.options import (
    Option,
    backend_options,
    corpus_options,
    jobs_option,
    quiet_option,
    say,
    together,
)


def _seconds(name: str, **details: Any) -> Option:
    """Return what adds an option that takes a time."""
    return click.option(name, type=float, metavar="SECONDS", callback=_check_finite, **details)


def _check_finite(_: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Refuse ``nan`` and ``inf``, which are floats, but no time."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value}, need seconds", param=param)
    return value


def _parse_shard(_: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """Read ``2/4``, the second of four."""
    number, slash, count = value.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal()):
        raise click.BadParameter(f"{value!r}, need I/N such as 2/4", param=param)
    if not 1 <= int(number) <= int(count):
        raise click.BadParameter(f"{value}, need 1/{count} to {count}/{count}", param=param)
    return int(number), int(count)


#: IN, OUT and the fields of ``ExtractionOptions``, under the names they have there.
extraction_options = together(
    click.argument("source", metavar="IN", type=click.Path(readable=False)),
    click.argument("out", metavar="OUT", type=click.Path(readable=False)),
    corpus_options,
    click.option(
        "--channel",
        type=click.IntRange(1),
        metavar="N",
        help="Where the manifest names none. Default: mean of all.",
    ),
    _seconds("--chunk", help="A row every so many seconds."),
    _seconds("--chunk-step", help="Default: --chunk."),
    click.option(
        "--shard",
        callback=_parse_shard,
        default="1/1",
        metavar="I/N",
        help="Do the I-th of N runs (see dsf merge).",
    ),
    jobs_option,
    backend_options,
    click.option("--strict", is_flag=True, help="Write nothing if any input is refused."),
    click.option("--overwrite", is_flag=True, help="Replace the feature file OUT."),
    click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing."),
    quiet_option,
)


def extract_by(
    work: Callable[..., Any], source: str, out: str, quiet: bool, options: dict[str, Any]
) -> int:
    """Let ``work`` write the feature file, say what came of it, or would."""
    tell = say(quiet)
    if quiet:
        warnings.simplefilter("ignore")
    done = work(source, out, bar=not quiet, say=tell, **options)
    for refusal in done.refused[:10]:
        tell(f"refused {refusal}")
    if len(done.refused) > 10:
        lists = "dsf corpus" if options["dry_run"] else f"/refused in {out}"
        tell(f"refused {len(done.refused) - 10} more: {lists} lists them all")
    if options["dry_run"]:
        click.echo(done.summary)
    else:
        tell(done.summary)
        click.echo(done.path)
    return 3 if done.refused else 0
