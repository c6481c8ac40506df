"""Stretches cut from a recording: decoded in one pass, mixed down, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.audio import open_sound, reason_of
from deepspectrum_features.sound.truncation import lost_samples
from deepspectrum_features.sound.waveform import Waveform, check_finite

if TYPE_CHECKING:
    from deepspectrum_features.sound.content import ContentDigest

_BLOCK = 1 << 16  # samples of all channels decoded at a time: bounds memory and loss
_BEYOND = 2.0**60  # samples: no recording has as many


@dataclass(frozen=True)
class Segment:
    """One cut of a recording: ``waveform (samples,)`` at ``sample_rate``, from start to end."""

    waveform: Waveform
    sample_rate: int
    start: float
    end: float


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


def read_segments(
    path: Path, spans: Sequence[Span], digest: ContentDigest | None = None
) -> Iterator[tuple[int, Segment | AudioError]]:
    """Decode the spans of one recording in a single pass, each as soon as it is complete.

    Parameters
    ----------
    path : Path
    spans : sequence of Span
        Of any channels; they may overlap.
    digest : ContentDigest, optional
        Fed with the whole recording when given (all of it is then decoded).

    Yields
    ------
    index : int
        Position in ``spans``.
    segment : Segment or AudioError
        The cut, or why this span gives none.

    Raises
    ------
    AudioError
        If the recording itself cannot be read; spans not yet yielded are lost.
    """
    with open_sound(path) as sound:
        rate = sound.samplerate
        cuts = []
        for index, span in enumerate(spans):
            if 0 <= span.channel <= sound.channels:
                cuts.append(_Cut(index, span, rate))
            else:
                lacking = f"{sound.channels} channels, need channel {span.channel}"
                yield index, AudioError(lacking, stage="open")
        if digest is None and sound.subtype.startswith(("PCM", "FLOAT", "DOUBLE")):
            # Other codecs decode from the start: their seeks are off by up to 5e-4.
            position = min((min(cut.first, sound.frames) for cut in cuts), default=0)
            _seek(sound, position)
        else:
            position = 0
        announced = sound.frames + lost_samples(sound)
        size = max(_BLOCK // sound.channels, 1)
        while cuts or digest is not None:
            block, failure = _decode(sound, size, position)
            monos = {
                channel: _mix_down(block, channel) for channel in {cut.channel for cut in cuts}
            }
            if digest is not None:
                digest.update(block)
            at_end = len(block) < size and failure is None
            for cut in list(cuts):
                if cut.take(monos[cut.channel], position, at_end):
                    cuts.remove(cut)
                    yield cut.index, cut.finish(position + len(block), announced)
            position += len(block)
            if failure is not None:
                raise failure
            if at_end:
                return


class _Cut:
    """One span on its way through the blocks of a decoder."""

    def __init__(self, index: int, span: Span, rate: int) -> None:
        self.index, self.rate = index, rate
        self.start, self.end, self.channel = span
        self.first = round(min(self.start * rate, _BEYOND))
        self.last = None if self.end is None else round(min(self.end * rate, _BEYOND))
        self.pieces: list[Waveform] = []

    def take(self, mono: Waveform, position: int, at_end: bool) -> bool:
        """Keep what the block that begins at ``position`` holds; True when complete."""
        stop = position + len(mono)
        last = stop if self.last is None else min(self.last, stop)
        if last > max(self.first, position):
            self.pieces.append(mono[max(self.first - position, 0) : last - position])
        return at_end or (self.last is not None and self.last <= stop)

    def finish(self, decoded: int, announced: int) -> Segment | AudioError:
        """Join the pieces, or say why there is nothing to join."""
        length = decoded / self.rate
        if self.last is None and announced - decoded > self.rate // 100:  # 10 ms, one hop
            return AudioError(
                f"truncated: {round(length, 3):g} s of {round(announced / self.rate, 3):g} s are "
                "there, need the whole recording (or list stretches of it in a manifest)"
            )
        if self.last is not None and self.last > decoded + 1:  # one sample of rounding is fine
            return AudioError(
                f"end {self.end} s, but the recording ends at {round(length, 6)} s", stage="cut"
            )
        if self.first and self.first >= decoded:
            return AudioError(
                f"start {self.start} s, but the recording ends at {round(length, 6)} s", stage="cut"
            )
        waveform = (
            self.pieces[0]
            if len(self.pieces) == 1
            else np.concatenate([np.zeros(0, np.float32), *self.pieces])
        )
        try:
            check_finite(waveform)
        except AudioError as error:
            return error
        end = length if self.end is None else self.end
        return Segment(np.ascontiguousarray(waveform), self.rate, self.start, end)


def _seek(sound: soundfile.SoundFile, position: int) -> None:
    """Go to a sample, or say in one line why that cannot be."""
    try:
        sound.seek(position)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"decoding stopped at sample {position} ({reason_of(error)})") from None


def _decode(
    sound: soundfile.SoundFile, size: int, position: int
) -> tuple[NDArray[np.float32], AudioError | None]:
    """Decode the next block ``(samples, channels)``; shorter than ``size`` only at the end.

    Where decoding stops, what was decoded before it comes with the error.
    """
    block = np.empty((size, sound.channels), np.float32)
    stop = position
    try:
        return sound.read(out=block), None
    except soundfile.LibsndfileError as error:
        with suppress(soundfile.LibsndfileError):
            stop = sound.tell()
        reason = AudioError(f"decoding stopped at sample {stop} ({reason_of(error)})")
        return block[: min(max(stop - position, 0), size)], reason


def _mix_down(block: NDArray[np.float32], channel: int) -> Waveform:
    """Return one channel (counted from 1), or the mean of all (0)."""
    if block.shape[1] == 1:
        return block[:, 0]
    if channel:
        return block[:, channel - 1]
    mean: Waveform = block.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mean
