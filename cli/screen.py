"""Descriptions and tables on a terminal: no line is wider than it is."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

import click

#: A name padded to where values begin, or the blanks below one; the mark of a list; or blanks.
_MARGIN = re.compile(r"[a-z ]{10} (?=\S)|[*] | +")


def show(text: str) -> None:
    """Print what was asked for: to a terminal in lines that fit, elsewhere as it is."""
    columns = shutil.get_terminal_size().columns
    click.echo(fitted(text, columns) if sys.stdout.isatty() else text)


def fitted(text: str, columns: int) -> str:
    r"""Return text in lines of some columns at most; a wide table is written row by row.

    Examples
    --------
    >>> print(fitted("families   cepstrum 500, formants 90", columns=30))
    families   cepstrum 500,
               formants 90
    >>> print(fitted("| system | UA | WA |\n|---|---|---|\n| deep | 0.7 | 0.8 |", columns=18))
    system deep
      UA 0.7, WA 0.8
    """
    lines: list[str] = []
    for is_table, group in groupby(text.splitlines(), key=lambda line: line.startswith("|")):
        block = [*group]
        if is_table and max(map(len, block)) > columns:
            block = [*_row_by_row(block)]
        lines += [piece for line in block for piece in _wrapped(line, columns)]
    return "\n".join(lines)


def _row_by_row(table: Sequence[str]) -> Iterator[str]:
    """Yield the first cell of every row, then all others, each after what it is called."""
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table)
    for first, *others in rows:
        yield f"{header[0]} {first}"
        told = zip(header[1:], others, strict=False)
        yield "  " + "".join(_told(name, cell) for name, cell in told if cell).lstrip(", ")


def _told(name: str, cell: str) -> str:
    """Write a cell behind others; an interval, whose name is its share, in brackets."""
    return f" ({name} {cell})" if name.endswith("%") else f", {name} {cell}"


def _wrapped(line: str, columns: int) -> list[str]:
    """Cut a line between words; what follows stands below where its text begins."""
    if len(line) <= columns:
        return [line]
    margin = _MARGIN.match(line)
    below = " " * (len(margin[0]) if margin else 0)
    return textwrap.wrap(
        line, columns, subsequent_indent=below, break_long_words=False, break_on_hyphens=False
    )
