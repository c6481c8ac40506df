"""How a report writes numbers and names."""

from __future__ import annotations

from collections.abc import Sequence

from deepspectrum_features.baselines.records import Score
from deepspectrum_features.baselines.results_text import shown_ends

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


def interval_text(score: Score) -> str:
    """Write the interval of a score; empty where there is none, or none that has a width.

    Examples
    --------
    >>> interval_text(Score(0.386, 0.31, 0.46)), interval_text(Score(1.0, 1.0, 1.0))
    ('[0.310, 0.460]', '')
    """
    if score.low is None or score.high is None or not score.low < score.high:
        return ""
    return f"[{', '.join(map(minus, shown_ends(score.low, score.high)))}]"


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


def axis_names(explained: Sequence[float]) -> tuple[str, str]:
    """Name the components, with the share of the variance that each holds.

    Examples
    --------
    >>> axis_names([0.202, 0.1])[0].replace(PERCENT, " %"), axis_names([])[1]
    ('1st component, 20 %', '2nd component')
    """
    held = [f", {100 * share:.0f}{PERCENT}" for share in explained] or ["", ""]
    return f"1st component{held[0]}", f"2nd component{held[1]}"


def minus(text: str) -> str:
    """Write the sign of a number as wide as its plus."""
    return text.replace("-", "\N{MINUS SIGN}")
