"""The streams of MPEG audio in a file, found by walking from frame to frame.

Most files hold one; several that were joined hold one each. Nothing is decoded, and only a small
part of the file is in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from deepspectrum_features.sound.containers.mpeg_frames import (
    DECODER_DELAY,
    LONGEST,
    SYNC,
    EncoderNumbers,
    FrameHeader,
    encoder_numbers,
    frame_header,
    leans_back,
)
from deepspectrum_features.sound.containers.tags import HEAD, tag_length, tags_before, tags_behind

_CHUNK = 1 << 18  # bytes
_FAR = 1 << 20  # bytes in front of a first frame: what has as many is something else
_SURE = 3 * LONGEST  # bytes in which frames show that they are some
_NUMBERS = frozenset({b"Xing", b"Info"})


@dataclass
class MpegStream:
    """Frames that one encoder wrote.

    Attributes
    ----------
    four : bytes
        Header of the first frame.
    header : FrameHeader
        The same, read.
    numbers : EncoderNumbers or None
    first : int
        The byte it begins with, at its frame of numbers if it has one.
    pieces : list of (int, int)
        Bytes of the frames of sound, first and behind the last; several where something else stands
        between them.
    frames : int
        How many frames of sound there are.
    breaks_off : bool
        Whether it ends in the middle of a frame.
    """

    four: bytes
    header: FrameHeader
    numbers: EncoderNumbers | None
    first: int
    pieces: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 0
    breaks_off: bool = False

    @property
    def stop(self) -> int:
        """The byte behind its last frame."""
        return self.pieces[-1][1]

    @property
    def left(self) -> int:
        """How many of the frames that were announced are not there; below 0 where none were."""
        announced = self.numbers.frames if self.numbers else 0
        return announced - self.frames if announced else -1

    @property
    def trimmed(self) -> tuple[int, int] | None:
        """Samples that encoding added in front and behind, of the frames that are there."""
        if self.numbers is None or self.numbers.trimmed is None:
            return None
        front, behind = self.numbers.trimmed
        return front, behind if self.left == 0 else DECODER_DELAY

    @property
    def samples(self) -> int:
        """Samples of each channel that its frames decode to."""
        return self._samples(self.frames, self.trimmed)

    @property
    def lost(self) -> int:
        """Samples that an encoder announced and that are not there; a frame, if one breaks off."""
        if self.numbers and self.left > 0 and not self._is_complete():
            announced = self._samples(self.numbers.frames, self.numbers.trimmed)
            return max(announced - self.samples, 0)
        return self.header.samples if self.breaks_off else 0

    def _is_complete(self) -> bool:
        """Whether all is there, because the writer counted its frame of numbers too."""
        return (
            self.numbers is not None
            and self.left == 1
            and not self.breaks_off
            and self.numbers.length <= self.stop - self.first
        )

    def _samples(self, frames: int, trimmed: tuple[int, int] | None) -> int:
        """Return how many samples of each channel are left of some frames."""
        if trimmed is None:
            return frames * self.header.samples
        behind = max(trimmed[1] - DECODER_DELAY, 0)
        return max(frames * self.header.samples - trimmed[0] - DECODER_DELAY - behind, 0)


class MpegWalk:
    """A walk through a file from frame to frame.

    Attributes
    ----------
    streams : list of MpegStream
        Those with sound.
    strange : int
        Bytes that are neither frames nor tags nor zeros in front.
    breaks_off : bool
        Whether the last stream ends within a frame, or before its sound begins.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.streams: list[MpegStream] = []
        self.strange = 0
        self._file = file
        self._position = tags_before(file)
        self._stop = max(tags_behind(file), self._position)
        far = self._position + _FAR
        while self._position < (self._stop if self.streams else min(self._stop, far)):
            self._position += self._pass(self._chunk())
        last = self.streams[-1] if self.streams else None
        self.breaks_off = last is not None and (last.breaks_off or not last.samples)
        self.streams = [stream for stream in self.streams if stream.samples]

    def _chunk(self) -> bytes:
        """Read what comes next."""
        size = min(_CHUNK, self._stop - self._position)
        self._file.seek(self._position)
        chunk = self._file.read(size)
        if len(chunk) < size:  # it is cut off just now
            self._stop = self._position + len(chunk)
        return chunk

    def _pass(self, chunk: bytes) -> int:
        """Return the bytes of what a chunk begins with: frames, a tag, or what is neither."""
        if passed := self._follow(chunk) or tag_length(chunk[:HEAD]):
            return passed
        if self._is_stream(chunk, 0):
            return self._begin(chunk)
        passed = self._search(chunk)
        if self.streams or chunk[:passed].strip(b"\0"):
            self.strange += passed
        return passed

    def _follow(self, chunk: bytes) -> int:
        """Count the frames that go on with the last stream, and return their bytes."""
        if not self.streams:
            return 0
        stream = self.streams[-1]
        frames, size, begun = _frames_in(stream, chunk)
        self._count(stream, frames, size)
        if begun and self._is_last(chunk):
            stream.breaks_off = True
            return len(chunk)
        return size

    def _count(self, stream: MpegStream, frames: int, size: int) -> None:
        """Add the next frames to a stream."""
        if frames:
            first, stop = self._position, self._position + size
            if stream.pieces and stream.stop == first:
                first = stream.pieces.pop()[0]
            stream.pieces.append((first, stop))
            stream.frames += frames

    def _begin(self, chunk: bytes) -> int:
        """Begin a stream, and return the bytes of its frame of numbers."""
        header = frame_header(chunk[:4])
        if header is None:
            return 0
        numbers = encoder_numbers(header, chunk[: header.length])
        self.streams.append(MpegStream(chunk[:4], header, numbers, self._position))
        return header.length if numbers else 0

    def _search(self, chunk: bytes) -> int:
        """Return how far it is to the next frame, as far as a chunk shows."""
        for sync in SYNC.finditer(chunk, 1):
            if self._is_stream(chunk, sync.start()):
                return sync.start()
        return len(chunk) if self._is_last(chunk) else len(chunk) - _SURE

    def _is_stream(self, chunk: bytes, offset: int, doubts: int = 2) -> bool:
        """Whether a frame begins here, and behind it two of its kind, a tag or the end."""
        header = frame_header(chunk[offset : offset + 4])
        if header is None or not doubts:
            return header is not None
        behind = offset + header.length
        if behind >= len(chunk):
            return self._is_last(chunk) and (behind == len(chunk) or doubts == 1)
        if tag_length(chunk[behind : behind + HEAD]):
            return True
        following = frame_header(chunk[behind : behind + 4])
        same = following is not None and following.stream == header.stream
        return same and self._is_stream(chunk, behind, doubts - 1)

    def _is_last(self, chunk: bytes) -> bool:
        """Whether nothing comes behind a chunk."""
        return self._position + len(chunk) == self._stop


def _frames_in(stream: MpegStream, chunk: bytes) -> tuple[int, int, bool]:
    """Count the frames of a stream that a chunk begins with, their bytes, and say if more is begun.

    They end where a new stream begins: at a frame of numbers, or where all that were announced are
    there and the next one leans on none of them.
    """
    kind, numbers_at, left = stream.header.stream, stream.header.numbers_at, stream.left
    offset = frames = 0
    while (header := frame_header(chunk[offset : offset + 4])) and header.stream == kind:
        if chunk[offset + numbers_at : offset + numbers_at + 4] in _NUMBERS or (
            frames == left and not leans_back(chunk[offset : offset + HEAD])
        ):
            return frames, offset, False
        if offset + header.length > len(chunk):
            return frames, offset, True
        offset += header.length
        frames += 1
    rest = chunk[offset : offset + 4]
    return frames, offset, 0 < len(rest) < 4 and stream.four.startswith(rest[:2])
