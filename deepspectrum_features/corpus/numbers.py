"""Numbers in the cells of tables, and labels that are numbers rather than classes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

#: Cells that hold nothing, as R, pandas, Excel and databases write them.
BLANK = frozenset(
    [
        "",
        "NaT",
        "NaN",
        "nan",
        "NAN",
        "-nan",
        "-NaN",
        "NA",
        "N/A",
        "n/a",
        "#N/A",
        "#NA",
        "#NV",
        "<NA>",
        "None",
        "NONE",
        "NULL",
        "Null",
        "null",
        "-",
    ]
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MOST_CLASSES = 20


def read_number(text: str) -> float:
    """Read a finite decimal number, such as ``-0.5`` or ``1e3``.

    Raises
    ------
    ValueError
        If the text is anything else; ``float`` alone would take ``1_0`` for 10.
    """
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def read_numbers(cells: Iterable[str]) -> list[float] | None:
    """Read a column of numbers, NaN where a cell is blank; None where it is no such column.

    Examples
    --------
    >>> read_numbers(["1", "", "2.5"]), read_numbers(["1", "low"]), read_numbers(["", ""])
    ([1.0, nan, 2.5], None, None)
    """
    try:
        found = [math.nan if cell in BLANK else read_number(cell) for cell in cells]
    except ValueError:
        return None
    return None if all(map(math.isnan, found)) else found


def odd_cell(cells: Iterable[str]) -> str:
    """Return the first cell that is no number in a column where most are; else an empty text.

    Examples
    --------
    >>> odd_cell(["1", "x", "2.5"]), odd_cell(["low", "high", "3"])
    ('x', '')
    """
    filled = [cell for cell in cells if cell not in BLANK]
    odd = [cell for cell in filled if read_numbers([cell]) is None]
    return odd[0] if odd and 2 * len(odd) < len(filled) else ""


def looks_continuous(labels: Iterable[str]) -> bool:
    """Say whether labels are measurements rather than names of classes.

    They are where all are numbers, and one of them is not whole or more than 20 of them differ:
    ratings from 1 to 7 are classes, mean ratings are not. Blank labels do not count.

    Examples
    --------
    >>> looks_continuous(["1", "2", "7"]), looks_continuous(["1.0", "2.33", ""])
    (False, True)
    """
    numbers = read_numbers(set(labels))
    if numbers is None:
        return False
    found = {number for number in numbers if not math.isnan(number)}
    return len(found) > _MOST_CLASSES or not all(map(float.is_integer, found))
