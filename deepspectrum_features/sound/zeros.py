"""Digital zeros at the ends of stretches: counted in samples at hand, or looked for in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from deepspectrum_features.sound.audio import open_sound
from deepspectrum_features.sound.decoder import Decoder
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.sound.waveform import Waveform

#: Digital zeros in front of sound or behind it, in seconds, that are worth a notice.
LEAST_ZEROS = 0.1

_BLOCK = 1 << 16  # samples decoded at a time

_Ranges = Iterable[tuple[int, int]]  # first sample of each, and that behind its last


def zero_ends(waveform: Waveform, rate: int) -> tuple[float, float]:
    """Return how many seconds of digital zeros stand before and behind the sound.

    Less than `LEAST_ZEROS` is none; of nothing but zeros all stand before.

    Examples
    --------
    >>> sound = np.float32([0] * 3 + [1, 0, 0, 0, 0, 1] + [0] * 2)
    >>> zero_ends(sound, rate=10)
    (0.3, 0.2)
    """
    found = waveform != 0
    if not found.any():
        before, behind = len(waveform) / rate, 0.0
    else:
        before, behind = found.argmax() / rate, found[::-1].argmax() / rate
    return _worth_it(before), _worth_it(behind)


def zeros_at_ends(path: Path, spans: Sequence[Span]) -> set[int]:
    """Find the spans of a recording whose first or last 0.1 s are nothing but zeros.

    Where a decoder cannot go back, ends that overlap with others are not looked at.

    Parameters
    ----------
    path : Path
    spans : sequence of Span

    Returns
    -------
    set of int
        Positions in ``spans``.

    Raises
    ------
    AudioError
        If the recording cannot be read as far as that.
    """
    return _with_zeros(path, dict(enumerate(spans)), _ends)


def all_zeros(path: Path, spans: Mapping[int, Span]) -> set[int]:
    """Find the spans of a recording that hold nothing but zeros, each read up to what is none.

    As `zeros_at_ends` otherwise, but spans are called by their keys.
    """
    return _with_zeros(path, spans, lambda span, sound: [_whole(span, sound)])


def _with_zeros(
    path: Path, spans: Mapping[int, Span], ranges_of: Callable[[Span, Decoder], _Ranges]
) -> set[int]:
    """Walk once over a recording; return the spans of which a range is nothing but zeros."""
    with open_sound(path) as sound:
        ranges = sorted(
            (*one, key) for key, span in spans.items() for one in ranges_of(span, sound)
        )
        return {
            key for first, last, key in ranges if _is_silent(sound, first, last, spans[key].channel)
        }


def _worth_it(seconds: float) -> float:
    """Return a time, or 0 where it is too short to be said."""
    return float(seconds) if seconds >= LEAST_ZEROS else 0.0


def _ends(span: Span, sound: Decoder) -> _Ranges:
    """Return where the first and the last 0.1 s of a span are, in samples."""
    first, last = _whole(span, sound)
    count = round(LEAST_ZEROS * sound.sample_rate)
    return [(first, first + count), (last - count, last)] if first + count <= last else []


def _whole(span: Span, sound: Decoder) -> tuple[int, int]:
    """Return where a span begins and ends, in samples."""
    last = sound.frames if span.end is None else round(span.end * sound.sample_rate)
    return round(span.start * sound.sample_rate), min(last, sound.frames)


def _is_silent(sound: Decoder, first: int, last: int, channel: int) -> bool:
    """Whether the samples of a range are there and zeros."""
    _go_to(first, sound)
    if sound.tell() != first:
        return False
    while (size := min(last - sound.tell(), _BLOCK)) > 0:
        block = sound.read(np.empty((size, sound.channels), np.float32))
        part = block[:, channel - 1 if channel else slice(None)]
        if len(block) < size or part.any():
            return False
    return True


def _go_to(first: int, sound: Decoder) -> None:
    """Go to a sample; where jumps are not exact, by decoding up to it."""
    if sound.exact_seeks:
        sound.seek(first)
    while sound.tell() < first:
        size = min(first - sound.tell(), _BLOCK)
        if len(sound.read(np.empty((size, sound.channels), np.float32))) < size:
            return
