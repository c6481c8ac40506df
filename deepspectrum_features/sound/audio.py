"""Recordings opened, and what their headers announce."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from deepspectrum_features.errors import AudioError
from deepspectrum_features.extras import install
from deepspectrum_features.sound.containers.ffmpeg import FfmpegSound, installed
from deepspectrum_features.sound.containers.kinds import MPEG, Door, Kind, kind_in
from deepspectrum_features.sound.containers.mpeg import may_hold_frames, open_mpeg
from deepspectrum_features.sound.containers.views import open_whole
from deepspectrum_features.sound.decoder import Decoder

_BUFFER = 4096  # bytes; to find a good size by itself takes Python half as long again
_RATES = (1_000, 1_000_000)  # Hz; beyond them a header is damaged


@dataclass(frozen=True, slots=True)
class AudioHeader:
    """What the header announces: decoded length may differ for truncated files.

    ``lost`` samples are announced, but seen not to be there. ``remark`` is a clause that is worth a
    notice, or empty. ``modified`` is when the file was written last, in seconds since 1970; headers
    that differ in it alone are equal.
    """

    frames: int
    sample_rate: int
    channels: int
    bytes: int
    lost: int = 0
    remark: str = ""
    modified: float = field(default=0.0, compare=False)

    @property
    def seconds(self) -> float:
        """Announced duration in seconds."""
        return self.frames / self.sample_rate


def scan(path: Path) -> AudioHeader:
    """Read a recording's header; decode it only to count what no header announces.

    Raises
    ------
    AudioError
        If there is no such file, it is empty, or no decoder knows it.
    """
    with open_sound(path) as sound:
        facts = (sound.frames, sound.sample_rate, sound.channels)
        file = path.stat()
        header = AudioHeader(*facts, file.st_size, sound.lost, sound.remark, file.st_mtime)
    if header.frames <= 0:
        raise AudioError("no samples, need at least one", stage="open")
    if not _RATES[0] <= header.sample_rate <= _RATES[1]:
        raise AudioError(
            f"sample rate {header.sample_rate} Hz, need {_RATES[0]} to {_RATES[1]} Hz", stage="open"
        )
    return header


def open_sound(path: Path) -> Decoder:
    """Open a recording for reading, or raise `AudioError` that says in one line why not."""
    try:
        if path.stat().st_size == 0:  # a pipe too, which would wait for ever
            raise AudioError("0 bytes, need a recording", stage="open")
        with path.open("rb", _BUFFER) as file:
            return _open_kind(path, file, kind_in(file))
    except OSError as error:
        raise AudioError(f"{error.strerror or error}".lower(), stage="open") from None


def _open_kind(path: Path, file: BinaryIO, kind: Kind) -> Decoder:
    """Open a file by what reads its kind."""
    if kind.door is Door.NONE:
        advice = f" ({kind.advice})" if kind.advice else ""
        raise AudioError(f"{kind.words}, need a recording{advice}", "open")
    if kind.door is Door.FFMPEG:
        return FfmpegSound(path, kind.words)
    return _by_libsndfile(path, file, kind)


def _by_libsndfile(path: Path, file: BinaryIO, kind: Kind) -> Decoder:
    """Open a file by libsndfile, or by FFmpeg where its codec is one that libsndfile lacks."""
    if kind.words == MPEG or (not kind.words and may_hold_frames(path)):
        return open_mpeg(path)
    try:
        return open_whole(path, file)
    except AudioError as error:
        reason = error
    if not kind.words:
        raise reason
    if not installed():
        raise AudioError(f"{reason}, FFmpeg may ({install('av')})", "open")
    with suppress(AudioError):
        return FfmpegSound(path, kind.words)
    raise reason
