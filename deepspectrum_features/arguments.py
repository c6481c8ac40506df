"""What functions are given in Python: an argument that does not fit is named in one line.

A wrong type is a `TypeError`, a wrong value a `ValueError`: mistakes of the program that calls,
which are no part of the family in `deepspectrum_features.errors`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NoReturn

_LONGEST = 60


def whole_number(name: str, value: Any, at_least: int = 1) -> int | None:
    """Return a whole number as Python's own, NumPy's too; None stays.

    Examples
    --------
    >>> whole_number("jobs", 0)
    Traceback (most recent call last):
    ValueError: jobs=0, need a whole number, at least 1
    """
    needed = f"a whole number, at least {at_least}"
    if value is None:
        return None
    if not isinstance(value, Integral) or isinstance(value, bool):
        refuse(name, value, needed, TypeError)
    number = int(value)
    return number if number >= at_least else refuse(name, value, needed, ValueError)


def seconds(name: str, value: Any) -> float | None:
    """Return a number of seconds as Python's own, NumPy's too; None stays."""
    if value is None:
        return None
    if not isinstance(value, Real) or isinstance(value, bool):
        refuse(name, value, "seconds", TypeError)
    return float(value) if math.isfinite(value) else refuse(name, value, "seconds", ValueError)


def flag(name: str, value: Any) -> bool:
    """Return a truth value; texts such as ``no`` are none."""
    if type(value).__name__ not in ("bool", "bool_"):  # of Python, of NumPy
        refuse(name, value, "True or False", TypeError)
    return bool(value)


def text(name: str, value: Any) -> str | None:
    """Return text, that of a path too; None stays."""
    if not isinstance(value, str | os.PathLike | None):
        refuse(name, value, "text", TypeError)
    return None if value is None else os.fspath(value)


def texts(name: str, value: Any) -> list[str] | None:
    """Return a list of some texts; one text is none, and None stays."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence):
        refuse(name, value, "a list of texts", TypeError)
    if not value:
        refuse(name, value, "one text or more", ValueError)
    return [one if isinstance(one, str) else refuse(name, one, "texts", TypeError) for one in value]


def path(name: str, value: Any) -> Path:
    """Return a path that was given as text or as one."""
    if not isinstance(value, str | os.PathLike):
        refuse(name, value, "a path", TypeError)
    return Path(value)


def optional_path(name: str, value: Any) -> Path | None:
    """Return a path; None and empty text are none."""
    return None if value is None or (isinstance(value, str) and not value) else path(name, value)


def choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """Return one of a few names."""
    if not isinstance(value, str) or value not in choices:
        refuse(name, value, f"one of {', '.join(choices)}", ValueError)
    return value


def function(name: str, value: Any) -> Callable[..., Any]:
    """Return what can be called."""
    if not callable(value):
        refuse(name, value, "a function", TypeError)
    called: Callable[..., Any] = value
    return called


def refuse(name: str, value: Any, needed: str, error: type[Exception]) -> NoReturn:
    """Raise an error that names the argument and its value, or its type where that is long."""
    shown = repr(value)
    if len(shown) > _LONGEST or "\n" in shown:
        shown = type(value).__name__
    raise error(f"{name}={shown}, need {needed}")
