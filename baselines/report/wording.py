"""How a report writes numbers and names."""

from __future__ import annotations

#: Stands where there is nothing to say.
NONE = "\N{EN DASH}"
PERCENT = "\N{NARROW NO-BREAK SPACE}%"


def number(value: float | None) -> str:
    """Write a score; what rounds to zero has no sign.

    Examples
    --------
    >>> number(0.3856), number(-0.0001)
    ('0.386', '0.000')
    """
    return NONE if value is None else minus(f"{round(value, 3) + 0.0:.3f}")


def signed(value: float) -> str:
    """Write a difference between two scores.

    Examples
    --------
    >>> signed(0.25)
    '+0.250'
    """
    return minus(f"{value:+.3f}")


def tick(value: float) -> str:
    """Write a place on a scale.

    Examples
    --------
    >>> tick(0.25)
    '0.25'
    """
    return minus(f"{value:g}")


def shortened(name: str, length: int) -> str:
    """Cut a name that would not fit.

    Examples
    --------
    >>> shortened("happiness", 6)
    'happi…'
    """
    return name if len(name) <= length else name[: length - 1] + "\N{HORIZONTAL ELLIPSIS}"


def short(value: float) -> str:
    """Write a length in pixels.

    Examples
    --------
    >>> short(3.0), short(2.26)
    ('3', '2.3')
    """
    return f"{value:.1f}".removesuffix(".0")


def minus(text: str) -> str:
    """Write the sign of a number as wide as its plus."""
    return text.replace("-", "\N{MINUS SIGN}")
