"""What a person sees: progress bars, names that are safe to show, lists and tables in text."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def progress_bar(total: float, unit: str, wanted: bool, **details: Any) -> Any:
    """Return a tqdm bar; silent unless wanted, and at a terminal or in a notebook."""
    from tqdm import tqdm

    notebook = _notebook_bar() if wanted else None
    shown = notebook or (wanted and sys.stderr is not None and sys.stderr.isatty())
    bar = notebook or tqdm
    return bar(total=total, unit=unit, disable=not shown, dynamic_ncols=True, **details)


def _notebook_bar() -> Any:
    """Return what draws bars in a notebook, a widget where ipywidgets is there; elsewhere None."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if not shell or "IPKernelApp" not in shell.config:
        return None
    from tqdm.notebook import IProgress, std_tqdm, tqdm_notebook

    return std_tqdm if IProgress is None else tqdm_notebook


def printable(text: str) -> str:
    """Return text with control characters escaped: names from files must not steer a terminal."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def shortened(text: str) -> str:
    """Return text without the middle of words that no name has: damaged files hold such.

    Examples
    --------
    >>> len(shortened("a" * 5000 + ": unknown")), shortened("a.wav: unknown")
    (211, 'a.wav: unknown')
    """
    return re.sub(r"\S{500,}", lambda word: f"{word[0][:100]}...{word[0][-100:]}", text)


def is_utf8(name: str | Path) -> bool:
    """Whether a name can be stored: names on disk may hold bytes that are not UTF-8."""
    return str(name) == showable(name)


def showable(name: str | Path) -> str:
    """Return a name with bytes that are not UTF-8 as backslash escapes."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def one_line(text: object) -> str:
    """Return text that a terminal shows on one line: names may hold line ends."""
    return showable(str(text).replace("\r", "\\r").replace("\n", "\\n"))


def first_few(names: Sequence[str], separator: str = ", ") -> str:
    """Name the first three, and say that there are more.

    Examples
    --------
    >>> first_few(["a", "b", "c", "d"])
    'a, b, c, ...'
    """
    return separator.join([*names[:3], *(["..."] if len(names) > 3 else [])])


def counted(count: int, noun: str) -> str:
    """Write how many of something there are.

    Examples
    --------
    >>> counted(1, "speaker"), counted(9, "epoch"), counted(2, "stretch")
    ('1 speaker', '9 epochs', '2 stretches')
    """
    plural = "es" if noun.endswith("tch") else "s"
    return f"{count} {noun}" + plural * (count != 1)


def table_size(rows: int, columns: int) -> str:
    """Write how large a table is.

    Examples
    --------
    >>> table_size(1, 88), table_size(2, 1)
    ('1 row x 88 columns', '2 rows x 1 column')
    """
    return f"{counted(rows, 'row')} x {counted(columns, 'column')}"


def counts(values: Iterable[str]) -> str:
    """Name every value and how often it occurs, twelve at most.

    Examples
    --------
    >>> counts(["sad", "calm", "calm", ""])
    '(none) 1, calm 2, sad 1'
    """
    found = sorted(Counter(values).items())
    shown = ", ".join(f"{name or '(none)'} {count}" for name, count in found[:12])
    return shown + (f", ... ({len(found)} in all)" if len(found) > 12 else "")


def spread(numbers: Sequence[float]) -> str:
    """Say from where to where numbers go, and how many there are; NaN is none.

    Examples
    --------
    >>> spread([2.5, float("nan"), 1.0])
    '1 to 2.5, 2 of 3'
    """
    found = [number for number in numbers if not math.isnan(number)]
    ends = f"{min(found):g} to {max(found):g}, " if found else ""
    return f"{ends}{len(found)} of {len(numbers)}"


def duration(seconds: float) -> str:
    """Write a duration in seconds, or in hours where there are some."""
    return f"{seconds / 3600:.2f} h" if seconds >= 3600 else f"{seconds:.1f} s"


def ends(names: Sequence[str]) -> str:
    """Name the first and the last."""
    return " ... ".join((names[0], names[-1])) if names else "none"


def lined_up(rows: Sequence[Sequence[str]]) -> str:
    """Write a table, a line each row, a blank cell as a hyphen.

    Examples
    --------
    >>> print(lined_up([("f0_mean", "Hz", "mean"), ("f0_skew", "", "skewness")]))
    f0_mean  Hz  mean
    f0_skew  -   skewness
    """
    shown = [[printable(cell) or "-" for cell in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*shown, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    )


def aligned(rows: Iterable[tuple[str, str]]) -> str:
    """Write names and values as two columns, a line each."""
    return "\n".join(printable(f"{name:<11}{value}".rstrip()) for name, value in rows)
