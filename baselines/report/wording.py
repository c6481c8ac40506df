"""How a report writes numbers and names."""

from __future__ import annotations

#: Stands where there is nothing to say.
NONE = "\N{EN DASH}"
PERCENT = "\N{NARROW NO-BREAK SPACE}%"


def number(value: float | None) -> str:
    """Write a score.

    Examples
    --------
    >>> number(0.3856)
    '0.386'
    """
    return NONE if value is None else f"{value:.3f}"


def signed(value: float) -> str:
    """Write a difference between two scores.

    Examples
    --------
    >>> signed(0.25)
    '+0.250'
    """
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def p_value(value: float) -> str:
    """Write a p-value.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00001)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def counted(count: int, noun: str) -> str:
    """Write how many of something there are.

    Examples
    --------
    >>> counted(1, "speaker"), counted(9, "speaker")
    ('1 speaker', '9 speakers')
    """
    return f"{count} {noun}" + "s" * (count != 1)


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
