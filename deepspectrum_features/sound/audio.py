"""The only door for sound: scan headers, decode, mix down, cut."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.truncation import lost_samples
from deepspectrum_features.sound.waveform import Waveform, check_finite

#: What libsndfile decodes, by suffix.
READABLE = frozenset(
    ".wav .wave .flac .ogg .oga .opus .mp3 .aiff .aif .aifc .au .snd .caf .w64 .rf64".split()
)
#: Sound that libsndfile cannot decode: named in the ledger, never skipped in silence.
UNREADABLE = frozenset(".m4a .mp4 .aac .wma .avi .webm .mov .mkv .3gp .amr".split())

_BLOCK = 1 << 16  # samples of all channels decoded at a time: bounds memory and loss
_BEYOND = 2.0**60  # samples: no recording has as many
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


def scan(path: Path) -> AudioHeader:
    """Read a recording's header without decoding it.

    Raises
    ------
    AudioError
        If there is no such file, it is empty, or libsndfile does not know it.
    """
    with _open(path) as sound:
        facts = (sound.samplerate, sound.channels, path.stat().st_size, lost_samples(sound))
        header = AudioHeader(sound.frames, *facts)
    if header.frames <= 0:
        raise AudioError("no samples, need at least one", stage="open")
    if not _RATES[0] <= header.sample_rate <= _RATES[1]:
        raise AudioError(
            f"sample rate {header.sample_rate} Hz, need {_RATES[0]} to {_RATES[1]} Hz", stage="open"
        )
    return header


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
    with _open(path) as sound:
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


class ContentDigest:
    """A recording's identity by what it sounds like, whatever its container.

    The first 8 bytes, in hex, of the sha256 over the whole recording at its own rate: mean of
    the channels x 32768, rounded half to even, clipped, little-endian int16.
    """

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def update(self, block: NDArray[np.float32]) -> None:
        """Feed the next ``block (samples, channels)``."""
        mean = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore"):  # NaN recordings are refused elsewhere
            whole = np.clip(np.rint(mean * 32768), -32768, 32767).astype("<i2")
        self._sha256.update(whole.tobytes())

    def hexdigest(self) -> str:
        """Return the 16 hex digits."""
        return self._sha256.hexdigest()[:16]


def content_digest(path: Path) -> str:
    """Decode a whole recording and return its content digest, 16 hex digits."""
    digest = ContentDigest()
    for _ in read_segments(path, [], digest=digest):
        pass
    return digest.hexdigest()


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


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """Never seeks by itself: soundfile's seek after a read spoils the joints of MP3 and Opus."""

    def seekable(self) -> bool:
        """Say no, so that blocks are read one behind the other."""
        return False


def _open(path: Path) -> soundfile.SoundFile:
    """Open a recording, or say in one line why not."""
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
            f"not a recording that libsndfile reads ({_reason(error)})", "open"
        ) from None


def _reason(error: soundfile.LibsndfileError) -> str:
    """Return libsndfile's own words as part of a sentence."""
    words = str(error.error_string).strip().rstrip(".").lower().removeprefix("error : ")
    return words or "damaged or cut off"


def _seek(sound: soundfile.SoundFile, position: int) -> None:
    """Go to a sample, or say in one line why that cannot be."""
    try:
        sound.seek(position)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"decoding stopped at sample {position} ({_reason(error)})") from None


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
        reason = AudioError(f"decoding stopped at sample {stop} ({_reason(error)})")
        return block[: min(max(stop - position, 0), size)], reason


def _mix_down(block: NDArray[np.float32], channel: int) -> Waveform:
    """Return one channel (counted from 1), or the mean of all (0)."""
    if block.shape[1] == 1:
        return block[:, 0]
    if channel:
        return block[:, channel - 1]
    mean: Waveform = block.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mean
