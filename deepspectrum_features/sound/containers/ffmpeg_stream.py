"""The first audio stream of a file as blocks of samples: all that is asked of PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError

if TYPE_CHECKING:
    from av import AudioFrame, FFmpegError
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.index import IndexEntries

Samples = NDArray[np.float32]

#: Containers that FFmpeg may open: none of those that name other files or addresses to read.
_CONTAINERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,dtshd,eac3,flac,flv,iff,ircam,loas,"
    "matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,nistsphere,ogg,rm,shn,tak,truehd,tta,voc,w64,wav,wv"
)
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
#: Codecs with a checksum in every frame; FFmpeg compares it only if it is told to.
_CHECKED = frozenset({"flac", "tta", "wavpack", "ape"})
_LONGEST_PACKET = 2.0  # seconds


class FfmpegStream:
    """The first audio stream of a file, opened and decoded up to its first samples.

    Parameters
    ----------
    path : Path
    kind : str
        What the file is, in words, for the reasons.
    missing : int
        Bytes known to be missing at its end. Where there are any, what is there ends without an
        error.

    Attributes
    ----------
    container : str
        FFmpeg's name of the container, such as ``mov``.
    streams : int
        Audio streams in the file.
    sample_rate, channels : int
        Of the first samples; where others follow, decoding stops.
    announced : int
        Samples of each channel, as the container says of this stream; 0 where it does not.
    indexed : bool
        Whether an index of packets, the last of which is there, bears that out.

    Raises
    ------
    AudioError
        If FFmpeg does not know the file, it has no sound, or its start cannot be decoded.
    """

    def __init__(self, path: Path, kind: str, missing: int) -> None:
        self._missing = missing
        self._container = _open(path, kind, missing)
        try:
            self._frames = self._decoded(_first_stream(self._container, kind))
            self._start()
        except AudioError:
            self._container.close()
            raise

    def blocks(self, end: int) -> Iterator[Samples]:
        """Yield blocks ``(samples, channels)``; the last is cut at ``end`` where that lies in it.

        Raises
        ------
        AudioError
            Where decoding stops before the end.
        """
        return _trimmed(map(_samples, chain([self._first], self._frames)), end)

    def count(self) -> tuple[int, str]:
        """Count the samples of each channel by decoding them, and say where that stops early."""
        count = self._first.samples
        try:
            for frame in self._frames:
                count += frame.samples
        except AudioError as error:
            return count, str(error)
        return count, ""

    def close(self) -> None:
        """Give the file back."""
        self._container.close()

    def _start(self) -> None:
        """Decode the first frame, and describe the stream by it."""
        first = next(self._frames, None)
        if first is None:
            raise AudioError("no samples, need at least one", "open")
        self._first = first
        self.sample_rate, self.channels = first.sample_rate, len(first.layout.channels)
        self.container = self._container.format.name.split(",")[0]
        stream, *others = self._container.streams.audio
        self.streams = 1 + len(others)
        unit = float(stream.time_base or 0)
        seconds = (stream.duration or 0) * unit
        self.announced = max(round(seconds * self.sample_rate), 0)
        self.indexed = _bears_out(stream.index_entries, seconds, unit, self._container.size)

    def _decoded(self, stream: AudioStream) -> Iterator[AudioFrame]:
        """Yield every frame of the stream, or say in one line where decoding stops."""
        import av

        position, reason = 0, ""
        try:
            for packet in self._container.demux(stream):
                if packet.is_corrupt:
                    reason = "damaged or cut off"
                    break
                for frame in packet.decode():
                    self._check_same(frame, position)
                    yield frame
                    position += frame.samples
        except av.FFmpegError as error:
            reason = _reason_of(error)
        except IndexError:  # PyAV's, behind the last frame, where another stream began on the way
            pass
        if reason and not self._missing:
            raise AudioError(f"decoding stopped at sample {position} ({reason})")

    def _check_same(self, frame: AudioFrame, position: int) -> None:
        """Refuse a frame of another rate or number of channels than the first."""
        rate, channels = frame.sample_rate, len(frame.layout.channels)
        if position and (rate, channels) != (self.sample_rate, self.channels):
            change = f"{rate} Hz and {channels} channels from there on"
            raise AudioError(f"decoding stopped at sample {position} ({change})")


def _open(path: Path, kind: str, missing: int) -> InputContainer:
    """Open a file, and nothing that it names."""
    import av

    try:
        return av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace")
    except av.FFmpegError as error:
        reason = f"cut off, {missing} bytes are missing" if missing else _reason_of(error)
        raise AudioError(f"{kind} that FFmpeg does not read ({reason})", "open") from None


def _first_stream(container: InputContainer, kind: str) -> AudioStream:
    """Return the first audio stream, its checksums looked at."""
    if not container.streams.audio:
        raise AudioError(f"{kind} without an audio stream, need a recording", "open")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioError(f"{kind} in a codec that FFmpeg lacks, need another copy", "open")
    if stream.codec_context.name in _CHECKED:
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
    return stream


def _bears_out(index: IndexEntries, seconds: float, unit: float, size: int) -> bool:
    """Whether the packets of an index span a time, and the last of them ends within the file."""
    if not len(index):
        return False
    first, last = index[0], index[-1]
    spanned = (last.timestamp - first.timestamp) * unit
    return abs(seconds - spanned) < _LONGEST_PACKET and last.pos + last.size <= size


def _trimmed(blocks: Iterator[Samples], end: int) -> Iterator[Samples]:
    """Leave out what the last block has beyond the end: what an encoder filled its frame with."""
    position = 0
    for block in blocks:
        reaches_out = position < end < position + len(block)
        following = list(islice(blocks, 1)) if reaches_out else []
        yield block[: end - position] if reaches_out and not following else block
        yield from following
        position += len(block) + sum(map(len, following))


def _samples(frame: AudioFrame) -> Samples:
    """Return a frame's samples ``(samples, channels)``, full scale 1."""
    values = frame.to_ndarray()
    if frame.format.is_planar:
        values = values.T
    else:
        values = values.reshape(frame.samples, -1)
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    full = 2.0 ** (8 * values.dtype.itemsize - 1)
    centre = full if values.dtype.kind == "u" else 0.0
    return ((values - centre) / full).astype(np.float32)


def _reason_of(error: FFmpegError) -> str:
    """Return FFmpeg's own words as part of a sentence."""
    return (error.strerror or "damaged").lower()
