"""Recordings that libsndfile does not decode: FFmpeg does, through PyAV (the extra ``ffmpeg``)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from deepspectrum_features.errors import AudioError
from deepspectrum_features.extras import install
from deepspectrum_features.sound.containers.boxes import missing_bytes
from deepspectrum_features.sound.containers.ffmpeg_stream import FfmpegStream, Samples
from deepspectrum_features.sound.decoder import Closing

#: Containers that announce the length of a stream to the sample.
_EXACT = frozenset({"mov", "wv", "tta", "ape"})


class _Length(NamedTuple):
    """Samples that are there, samples that are lost, and where decoding stops before the end."""

    frames: int
    lost: int = 0
    stop: str = ""


def installed() -> bool:
    """Whether PyAV is there."""
    return find_spec("av") is not None


class FfmpegSound(Closing):
    """The first audio stream of a file, decoded by FFmpeg: a `Decoder`.

    The delay of an encoder is trimmed as FFmpeg does it, and so is what MPEG-4 says to be filled up
    behind the sound. Pauses between time stamps are not filled.

    Parameters
    ----------
    path : Path
    kind : str
        What the file is, in words, for the reasons.

    Raises
    ------
    AudioError
        If PyAV is not installed, there is no audio stream, or its start cannot be decoded.
    """

    exact_seeks = False

    def __init__(self, path: Path, kind: str) -> None:
        if not installed():
            raise AudioError(f"{kind}, need FFmpeg to read it ({install('av')})", "open")
        self._path, self._kind = path, kind
        self._missing = missing_bytes(path)
        self._known: _Length | None = None
        self._start()
        self.sample_rate, self.channels = self._stream.sample_rate, self._stream.channels

    @property
    def frames(self) -> int:
        """Samples of each channel: announced to the sample, or counted by decoding them."""
        return self._length.frames

    @property
    def lost(self) -> int:
        """Samples of each channel that the container announces beyond them, but not there."""
        return self._length.lost

    @property
    def remark(self) -> str:
        """That other audio streams are not read, that it is cut off, and where decoding stops."""
        streams = self._stream.streams
        others = f"{streams} audio streams, the first is read" if streams > 1 else ""
        cut = f"bytes missing at its end: {self._missing}" if self._missing else ""
        return ", ".join(filter(None, (others, cut, self._length.stop)))

    def read(self, out: Samples) -> Samples:
        """Decode the next samples into ``out (samples, channels)``; fewer only at the end.

        Raises
        ------
        AudioError
            If decoding stops. What was decoded before stands in ``out``, up to sample `tell`.
        """
        filled = 0
        while filled < len(out) and self._has_more():
            taken = self._take(len(out) - filled)
            out[filled : filled + len(taken)] = taken
            filled += len(taken)
        return out[:filled]

    def seek(self, position: int) -> None:
        """Go to a sample by decoding up to it, from the start where it lies behind."""
        if position < self._position:
            self.close()
            self._start()
        while self._position < position and self._has_more():
            self._take(position - self._position)

    def tell(self) -> int:
        """Return the number of the sample that is read next."""
        return self._position

    def close(self) -> None:
        """Give the file back."""
        self._stream.close()

    @property
    def _length(self) -> _Length:
        """How long the recording is; decoded to know it where the container does not say."""
        if self._known is None:
            known = self._announced and self._stream.indexed and not self._missing
            self._known = _Length(self._announced) if known else self._count()
        return self._known

    @property
    def _announced(self) -> int:
        """Samples that the container announces to the sample; 0 where it does not."""
        return self._stream.announced if self._stream.container in _EXACT else 0

    def _start(self) -> None:
        """Open the file at its first sample."""
        self._stream = FfmpegStream(self._path, self._kind, self._missing)
        self._blocks = self._stream.blocks(self._announced)
        self._block = np.empty((0, self._stream.channels), np.float32)
        self._position = 0

    def _has_more(self) -> bool:
        """Decode the next block where the last is used up; False at the end."""
        if not len(self._block):
            self._block = next(self._blocks, self._block)
            if not len(self._block) and self._known is None:
                self._known = self._counted(self._position)
        return len(self._block) > 0

    def _take(self, count: int) -> Samples:
        """Return up to ``count`` samples of the block in hand."""
        taken, self._block = self._block[:count], self._block[count:]
        self._position += len(taken)
        return taken

    def _count(self) -> _Length:
        """Decode the recording a second time to its end, or to where that stops."""
        stream = FfmpegStream(self._path, self._kind, self._missing)
        try:
            return self._counted(*stream.count())
        finally:
            stream.close()

    def _counted(self, frames: int, stop: str = "") -> _Length:
        """Set what was decoded against what the container announces, if cut not to the sample."""
        share = self._missing / self._path.stat().st_size
        announced = self._stream.announced if self._missing else self._announced
        lost = max(announced - frames, round(frames * share))
        return _Length(frames, lost, stop)
