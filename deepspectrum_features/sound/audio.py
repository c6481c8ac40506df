"""Recordings opened, and what their headers announce."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import soundfile

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.truncation import lost_samples

#: What libsndfile decodes, by suffix.
READABLE = frozenset(
    ".wav .wave .flac .ogg .oga .opus .mp3 .aiff .aif .aifc .au .snd .caf .w64 .rf64".split()
)
#: Sound that libsndfile cannot decode: named in the ledger, never skipped in silence.
UNREADABLE = frozenset(".m4a .mp4 .aac .wma .avi .webm .mov .mkv .3gp .amr".split())

_RATES = (1_000, 1_000_000)  # Hz; beyond them a header is damaged


@dataclass(frozen=True)
class AudioHeader:
    """What the header announces: decoded length may differ for truncated or VBR files.

    ``lost`` samples are announced, but libsndfile sees that they are not there.
    """

    frames: int
    sample_rate: int
    channels: int
    bytes: int
    lost: int = 0

    @property
    def seconds(self) -> float:
        """Announced duration in seconds."""
        return self.frames / self.sample_rate


def scan(path: Path) -> AudioHeader:
    """Read a recording's header without decoding it.

    Raises
    ------
    AudioError
        If there is no such file, it is empty, or libsndfile does not know it.
    """
    with open_sound(path) as sound:
        facts = (sound.samplerate, sound.channels, path.stat().st_size, lost_samples(sound))
        header = AudioHeader(sound.frames, *facts)
    if header.frames <= 0:
        raise AudioError("no samples, need at least one", stage="open")
    if not _RATES[0] <= header.sample_rate <= _RATES[1]:
        raise AudioError(
            f"sample rate {header.sample_rate} Hz, need {_RATES[0]} to {_RATES[1]} Hz", stage="open"
        )
    return header


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """Never seeks by itself: soundfile's seek after a read spoils the joints of MP3 and Opus."""

    def seekable(self) -> bool:
        """Say no, so that blocks are read one behind the other."""
        return False


def open_sound(path: Path) -> soundfile.SoundFile:
    """Open a recording for reading, or raise `AudioError` that says in one line why not."""
    try:
        if path.stat().st_size == 0:  # a pipe too, which would wait for ever
            raise AudioError("0 bytes, need a recording", stage="open")
        return _Forward(path)
    except OSError as error:
        raise AudioError(f"{error.strerror or error}".lower(), stage="open") from None
    except soundfile.LibsndfileError as error:
        if not os.access(path, os.R_OK):  # libsndfile says "system error"
            raise AudioError("permission denied", stage="open") from None
        raise AudioError(
            f"not a recording that libsndfile reads ({reason_of(error)})", "open"
        ) from None


def reason_of(error: soundfile.LibsndfileError) -> str:
    """Return libsndfile's own words as part of a sentence."""
    words = str(error.error_string).strip().rstrip(".").lower().removeprefix("error : ")
    return words or "damaged or cut off"
