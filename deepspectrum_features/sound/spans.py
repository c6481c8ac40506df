"""What to cut from a recording, and whether there is as much of it."""

from __future__ import annotations

from typing import NamedTuple

from deepspectrum_features.errors import AudioError
from deepspectrum_features.terminal import counted


class Span(NamedTuple):
    """What to cut from a recording.

    Attributes
    ----------
    start, end : float, s
        ``end`` is None for "to the end of the file".
    channel : int
        Counted from 1; 0 is the mean of all.
    """

    start: float = 0.0
    end: float | None = None
    channel: int = 0


def check_channel(span: Span, channels: int) -> None:
    """Refuse a channel that a recording lacks."""
    if not 0 <= span.channel <= channels:
        raise AudioError(
            f"{counted(channels, 'channel')}, need channel {span.channel}", stage="open"
        )


def check_whole(span: Span, rate: int, there: int, announced: int) -> None:
    """Refuse a recording that was cut off where it is wanted to its end; 10 ms are no loss.

    Parameters
    ----------
    span : Span
    rate : int, Hz
    there, announced : int
        Samples of each channel.
    """
    if span.end is None and announced - there > _tolerance(rate):
        raise AudioError(
            f"truncated: {round(there / rate, 3):g} s of {round(announced / rate, 3):g} s are "
            "there, need the whole recording (or list stretches of it in a manifest)"
        )


def check_times(span: Span, rate: int, there: int) -> None:
    """Refuse a start or an end that lies behind the samples that are there.

    An end up to 10 ms behind them is the recording's end, written down less exactly.
    """
    length = round(there / rate, 6)
    if span.end is not None and span.end * rate > there + _tolerance(rate) + 0.5:
        raise AudioError(f"end {span.end} s, but the recording ends at {length} s", stage="cut")
    if span.start and span.start * rate >= there - 0.5:
        raise AudioError(f"start {span.start} s, but the recording ends at {length} s", stage="cut")


def _tolerance(rate: int) -> int:
    """Return the samples in 10 ms, one hop."""
    return rate // 100
