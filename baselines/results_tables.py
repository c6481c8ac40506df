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


def write_rows(kind: type[Row], rows: Iterable[Row], classes: Sequence[str] = ()) -> str:
    """Write named tuples under the names of their fields; numbers as exact as they are.

    A field that holds numbers of every class becomes as many columns, ``score_CLASS`` and so on;
    the cell of a class without one is empty.
    """
    hints = get_type_hints(kind)
    header = [column for name, hint in hints.items() for column in _columns(name, hint, classes)]
    cells = ([cell for value in row for cell in _cells(value)] for row in rows)
    return as_csv([header, *cells])


def read_rows(path: Path, kind: type[Row], classes: Sequence[str] = ()) -> tuple[Row, ...]:
    """Read named tuples; none where there is no such file.

    Raises
    ------
    DsfError
        If a column is missing, or a line holds something else.
    """
    if not path.is_file():
        return ()
    hints = {
        name: (hint, _columns(name, hint, classes)) for name, hint in get_type_hints(kind).items()
    }
    needed = [column for _, columns in hints.values() for column in columns]
    return tuple(
        kind(*(_value(path, line, row, *field) for field in hints.values()))
        for line, row in _rows(path, needed)
    )


def _columns(name: str, hint: Any, classes: Sequence[str]) -> list[str]:
    """Name the columns of a field."""
    return [name] if hint in (str, int, float) else [f"{name}_{one}" for one in classes]


def _cells(value: Any) -> list[str]:
    """Write a field."""
    if isinstance(value, tuple):
        return ["" if number is None else repr(number) for number in value]
    return [value if isinstance(value, str) else repr(value)]


def _value(path: Path, line: int, row: dict[str, str], hint: Any, columns: list[str]) -> Any:
    """Read the cells of a field as its type."""
    if hint is str:
        return row[columns[0]]
    if hint in (int, float):
        return hint(_number(path, line, columns[0], row[columns[0]]))
    return tuple(_number(path, line, name, row[name]) if row[name] else None for name in columns)


def _number(path: Path, line: int, name: str, cell: str) -> float:
    """Read a finite number."""
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DsfError(f"{path}: line {line}: {name} {one_line(cell)}, need a number")
    return number


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
