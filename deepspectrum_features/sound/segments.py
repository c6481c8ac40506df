"""Stretches cut from a recording: decoded in one pass, mixed down, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.audio import open_sound
from deepspectrum_features.sound.decoder import Decoder
from deepspectrum_features.sound.spans import Span, check_channel, check_times, check_whole
from deepspectrum_features.sound.waveform import Waveform, check_finite

if TYPE_CHECKING:
    from deepspectrum_features.sound.content import ContentDigest
    from deepspectrum_features.sound.front_end import FrontEnd

_BLOCK = 1 << 16  # samples of all channels decoded at a time: bounds memory and loss
_BEYOND = 2.0**60  # samples: no recording has as many


@dataclass(frozen=True)
class Segment:
    """One cut of a recording: ``waveform (samples,)`` at ``sample_rate``, from start to end."""

    waveform: Waveform
    sample_rate: int
    start: float
    end: float

    def frames(self, front_end: FrontEnd) -> NDArray[np.float32]:
        """Return the frames of a front end, ``(frames, dim)``.

        Raises
        ------
        AudioError
            If the segment is too short, or gives no finite numbers.
        """
        return front_end.frames(self.waveform, self.sample_rate)


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
        rate = sound.sample_rate
        cuts = []
        for index, span in enumerate(spans):
            try:
                check_channel(span, sound.channels)
                cuts.append(_Cut(index, span, rate))
            except AudioError as error:
                yield index, error
        if digest is None and sound.exact_seeks:
            position = min((min(cut.first, sound.frames) for cut in cuts), default=0)
            sound.seek(position)
        else:
            position = 0
        size = max(_BLOCK // sound.channels, 1)
        while cuts or digest is not None:
            block, failure = _decode(sound, size, position)
            monos = {
                channel: _mix_down(block, channel) for channel in {cut.span.channel for cut in cuts}
            }
            if digest is not None:
                digest.update(block)
            at_end = len(block) < size and failure is None
            for cut in list(cuts):
                if cut.take(monos[cut.span.channel], position, at_end):
                    cuts.remove(cut)
                    yield cut.index, cut.finish(position + len(block), sound)
            position += len(block)
            if failure is not None:
                raise failure
            if at_end:
                return


class _Cut:
    """One span on its way through the blocks of a decoder."""

    def __init__(self, index: int, span: Span, rate: int) -> None:
        self.index, self.span, self.rate = index, span, rate
        self.first = round(min(span.start * rate, _BEYOND))
        self.last = None if span.end is None else round(min(span.end * rate, _BEYOND))
        self.pieces: list[Waveform] = []

    def take(self, mono: Waveform, position: int, at_end: bool) -> bool:
        """Keep what the block that begins at ``position`` holds; True when complete."""
        stop = position + len(mono)
        last = stop if self.last is None else min(self.last, stop)
        if last > max(self.first, position):
            self.pieces.append(mono[max(self.first - position, 0) : last - position])
        return at_end or (self.last is not None and self.last <= stop)

    def finish(self, decoded: int, sound: Decoder) -> Segment | AudioError:
        """Join the pieces, or say why there is nothing to join."""
        try:
            if self.span.end is None:  # what is announced may have to be counted
                check_whole(self.span, self.rate, decoded, sound.frames + sound.lost)
            check_times(self.span, self.rate, decoded)
            waveform = self._joined()
            check_finite(waveform)
        except AudioError as error:
            return error
        end = decoded / self.rate if self.span.end is None else self.span.end
        return Segment(np.ascontiguousarray(waveform), self.rate, self.span.start, end)

    def _joined(self) -> Waveform:
        """Return the pieces as one waveform."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        return np.concatenate([np.zeros(0, np.float32), *self.pieces])


def _decode(
    sound: Decoder, size: int, position: int
) -> tuple[NDArray[np.float32], AudioError | None]:
    """Decode the next block ``(samples, channels)``; shorter than ``size`` only at the end.

    Where decoding stops, what was decoded before it comes with the error.
    """
    block = np.empty((size, sound.channels), np.float32)
    try:
        return sound.read(block), None
    except AudioError as error:
        return block[: min(max(sound.tell() - position, 0), size)], error


def _mix_down(block: NDArray[np.float32], channel: int) -> Waveform:
    """Return one channel (counted from 1), or the mean of all (0)."""
    if block.shape[1] == 1:
        return block[:, 0]
    if channel:
        return block[:, channel - 1]
    mean: Waveform = block.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mean
