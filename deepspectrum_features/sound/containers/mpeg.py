"""MP3 and its elder kin: libsndfile gets the frames alone, and how many there are."""

from __future__ import annotations

from functools import partial
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.containers.byte_ranges import Piece, view
from deepspectrum_features.sound.containers.chain import Chain
from deepspectrum_features.sound.containers.libsndfile import SndfileSound
from deepspectrum_features.sound.containers.mpeg_frames import (
    LONGEST,
    frame_of_numbers,
    is_free_format,
)
from deepspectrum_features.sound.containers.mpeg_streams import MpegStream, MpegWalk
from deepspectrum_features.sound.containers.tags import tags_before
from deepspectrum_features.sound.decoder import Decoder

_SUFFIXES = frozenset(".mp1 .mp2 .mp3 .mpa .mpga".split())


def may_hold_frames(path: Path) -> bool:
    """Whether a file whose first bytes tell nothing may hold MPEG audio: by its name or a tag.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        return path.suffix.lower() in _SUFFIXES or tags_before(file) > 0


def open_mpeg(path: Path) -> Decoder:
    """Open a file of MPEG audio frames: all of them, in all streams that were joined in it.

    Raises
    ------
    AudioError
        If there are none, or libsndfile does not know them.
    """
    with path.open("rb") as file:
        walk = MpegWalk(file)
        file.seek(tags_before(file))
        four = file.read(4)
    if not walk.streams:
        if is_free_format(four):
            return SndfileSound(path)
        raise AudioError("no frames of MPEG sound, need a recording", "open")
    strange = f"{walk.strange} bytes that are no MPEG frames are not read" if walk.strange else ""
    broken = "breaks off within a frame" if walk.breaks_off else ""
    remark = "; ".join(filter(None, (strange, broken)))
    if len(walk.streams) == 1:
        return MpegSound(path, walk.streams[0], remark)
    return Chain([partial(MpegSound, path, stream, remark) for stream in walk.streams])


class MpegSound(SndfileSound):
    """One stream of frames: a `Decoder`."""

    def __init__(self, path: Path, stream: MpegStream, remark: str) -> None:
        super().__init__(_frames_alone(path, stream))
        self.frames, self.lost, self.remark = stream.samples, stream.lost, remark

    def read(self, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decode the next samples into ``out (samples, channels)``; fewer only at the end."""
        return super().read(out[: max(self.frames - self.tell(), 0)])


def _frames_alone(path: Path, stream: MpegStream) -> BufferedReader:
    """Return what libsndfile reads.

    It trims both ends where a frame in front says how many follow, and reads no more than those.
    Else it guesses from the size, and reads no more than that: so the size must be no limit. It
    knows a frame by the next one: so the head of one follows the last.
    """
    pieces: list[Piece] = [*stream.pieces, stream.four]
    if stream.trimmed is None:
        return view(path, pieces, claimed=(stream.frames + 1) * LONGEST)
    numbers = frame_of_numbers(stream.four, stream.frames, stream.trimmed)
    return view(path, [numbers, *pieces])
