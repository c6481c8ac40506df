"""What stands in the cells of tables: times, channels, and words for nothing."""

from __future__ import annotations

import math
import re

from deepspectrum_features.corpus.numbers import BLANK, read_number

MOST_CHANNELS = 1024  # of libsndfile
_CHANNEL = re.compile(r"0*(\d{1,4})(?:\.0*)?", re.ASCII)  # 1.0, as pandas writes it beside NaN
_CLOCK = re.compile(
    r"(?P<days>-?\d+) days?(?: \+?(?P<clock>\d+:\d\d:\d\d(?:\.\d+)?))?"
    r"|(?P<alone>\d+:\d\d:\d\d(?:\.\d+)?)",
    re.ASCII,
)


def read_seconds(text: str) -> float | None:
    """Read seconds or a clock time; None where the cell is blank.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> read_seconds("1.5"), read_seconds("0 days 00:01:02.5"), read_seconds("NaT")
    (1.5, 62.5, None)
    """
    if text in BLANK:
        return None
    if time := _CLOCK.fullmatch(text):  # as pandas writes a timedelta; "0 days" alone is zero
        clock = time["clock"] or time["alone"] or "0:0:0"
        hours, minutes, rest = map(float, clock.split(":"))
        seconds = float(time["days"] or 0) * 86400 + hours * 3600 + minutes * 60 + rest
    else:
        seconds = read_number(text)
    if not math.isfinite(seconds):
        raise ValueError(text)
    return seconds


def read_channel(text: str) -> int:
    """Read the number of a channel; 0, the mean of all, where the cell is blank.

    Raises
    ------
    ValueError
        If it is no such number.
    """
    if text in BLANK:
        return 0
    number = _CHANNEL.fullmatch(text)
    if number is None or int(number[1]) > MOST_CHANNELS:
        raise ValueError(text)
    return int(number[1])
