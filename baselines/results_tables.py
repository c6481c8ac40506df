"""Tables beside ``results.json``: predictions and map, one line a row, read back as written."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from deepspectrum_features.errors import DsfError
from deepspectrum_features.terminal import one_line

Row = TypeVar("Row", bound=tuple[Any, ...])


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Write rows as CSV without the last line end."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().rstrip("\n")


def write_rows(kind: type[Row], rows: Iterable[Row]) -> str:
    """Write named tuples under the names of their fields; numbers as exact as they are."""
    cells = ([one if isinstance(one, str) else repr(one) for one in row] for row in rows)
    return as_csv([list(get_type_hints(kind)), *cells])


def read_rows(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """Read named tuples; none where there is no such file.

    Raises
    ------
    DsfError
        If a column is missing, or a line holds something else.
    """
    if not path.is_file():
        return ()
    hints = get_type_hints(kind)
    return tuple(kind(*_values(path, line, row, hints)) for line, row in _rows(path, list(hints)))


def _values(path: Path, line: int, row: dict[str, str], hints: dict[str, type]) -> Iterator[Any]:
    """Yield the cells of one line as the types of the fields."""
    for name, kind in hints.items():
        if kind is str:
            yield row[name]
            continue
        try:
            number = float(row[name])
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise DsfError(f"{path}: line {line}: {name} {one_line(row[name])}, need a number")
        yield number


def _rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the numbered rows of a table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            lacking = [name for name in needed if name not in (reader.fieldnames or ())]
            if lacking:
                raise DsfError(f"{path}: no column {', '.join(lacking)}, need {', '.join(needed)}")
            for row in reader:
                if None in row or None in row.values():
                    cells = len(reader.fieldnames or ())
                    raise DsfError(f"{path}: line {reader.line_num}: need {cells} cells")
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DsfError(f"{path}: damaged ({one_line(error)}), need a UTF-8 CSV") from None
