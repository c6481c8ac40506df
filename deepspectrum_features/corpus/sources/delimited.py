"""Tables as text: lines of cells with a separator between them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from deepspectrum_features.corpus.sources.other_formats import refuse_other_format
from deepspectrum_features.corpus.sources.text import read_text
from deepspectrum_features.errors import CorpusError

#: What messages call a row, such as ``line 4``, and its cells.
Row = tuple[str, list[str]]
_KNOWN = 4096  # cells that are kept once, however many rows have them
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[,\t;])"?[,\t;]*\r?\n', re.IGNORECASE)


def read_rows(table: Path) -> tuple[list[str], list[Row]]:
    """Read the header and the rows that hold anything.

    Commas, tabs or semicolons separate cells: what a line such as ``sep=;`` before all others says,
    as Excel has it, else what the first line has most of. Unless it is commas, a number may have a
    decimal comma, which becomes a point.

    Raises
    ------
    CorpusError
        If it is no text of rows and cells, or holds nothing.
    """
    refuse_other_format(table)
    text = read_text(table)
    told = _SEPARATOR_LINE.match(text)
    delimiter = told["delimiter"] if told else max(",\t;", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if told:
        next(reader)
    known: dict[str, str] = {}
    try:
        lines = [(f"line {reader.line_num}", _shared(row, known)) for row in reader if any(row)]
    except csv.Error as error:
        raise CorpusError(f"{table}: cannot be read ({error})") from None
    if not lines:
        raise CorpusError(f"{table}: empty, need a header line with a column named file")
    (_, header), *rows = lines
    if delimiter != ",":
        rows = [(place, list(map(_with_point, row))) for place, row in rows]
    return header, rows


def _shared(row: list[str], known: dict[str, str]) -> list[str]:
    """Return a row whose cells are those of rows before where they are equal, as labels are."""
    if len(known) < _KNOWN:
        known |= {cell: cell for cell in row if cell not in known}
    return [known.get(cell, cell) for cell in row]


def _with_point(cell: str) -> str:
    """Return a number with a decimal point in place of its comma; anything else as it is."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell.strip()) else cell
