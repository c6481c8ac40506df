"""Recordings that libsndfile decodes: WAV and its kin, FLAC, Ogg, MP3, AIFF, AU, CAF."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from io import BufferedReader
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.containers.quiet import quiet
from deepspectrum_features.sound.decoder import Closing

_EXACT = ("PCM", "FLOAT", "DOUBLE")  # other codecs decode from the start: seeks are off to 5e-4
#: What libsndfile takes one step of 16 bits for.
_OF_16_BITS = np.float32(2.0**-15)


class SndfileSound(Closing):
    """A recording opened by libsndfile: a `Decoder`.

    Parameters
    ----------
    source : Path or binary file
        A file is closed with the recording.

    Raises
    ------
    AudioError
        If libsndfile does not know it.
    """

    lost = 0
    remark = ""

    def __init__(self, source: Path | BufferedReader) -> None:
        self._source = source
        try:
            with quiet:
                self._sound = _Forward(source)
        except soundfile.LibsndfileError as error:
            self._release()
            raise AudioError(
                f"not a recording that libsndfile reads ({_reason_of(error)})", "open"
            ) from None
        self.sample_rate = int(self._sound.samplerate)
        self.channels = int(self._sound.channels)
        self.frames = int(self._sound.frames)
        self._position = 0

    @cached_property
    def exact_seeks(self) -> bool:
        """Whether decoding from the middle gives the same numbers as from the start."""
        return bool(self._sound.subtype.startswith(_EXACT))

    def read(self, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decode the next samples into ``out (samples, channels)``; fewer only at the end."""
        if self.exact_seeks:  # what stands behind the last frame of a FLAC may be no sound
            out = out[: max(self.frames - self._position, 0)]
        try:
            with quiet:
                block = self._decode(out)
        except soundfile.LibsndfileError as error:
            with suppress(soundfile.LibsndfileError):
                self._position = self._sound.tell()
            raise self._stop(error) from None
        self._position += len(block)
        return block

    def seek(self, position: int) -> None:
        """Go to a sample."""
        self._position = position
        try:
            with quiet:
                self._sound.seek(position)
        except soundfile.LibsndfileError as error:
            raise self._stop(error) from None

    def tell(self) -> int:
        """Return the number of the sample that is read next."""
        return self._position

    def close(self) -> None:
        """Give the file back."""
        self._sound.close()
        self._release()

    def _decode(self, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Let libsndfile fill ``out``, but for the scale of 16 bits, which it is slow to change."""
        if self._sound.subtype != "PCM_16":
            block: NDArray[np.float32] = self._sound.read(out=out)
            return block
        steps: NDArray[np.int16] = self._sound.read(out=np.empty(out.shape, np.int16))
        return np.multiply(steps, _OF_16_BITS, out=out[: len(steps)])

    def _release(self) -> None:
        """Close the file that this was opened from."""
        if isinstance(self._source, BufferedReader):
            self._source.close()

    def _stop(self, error: soundfile.LibsndfileError) -> AudioError:
        """Return what says that decoding stopped, where and why."""
        return AudioError(f"decoding stopped at sample {self._position} ({_reason_of(error)})")


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """Never seeks by itself: soundfile's seek after a read spoils the joints of MP3 and Opus."""

    def seekable(self) -> bool:
        """Say no, so that blocks are read one behind the other."""
        return False


def _reason_of(error: soundfile.LibsndfileError) -> str:
    """Return libsndfile's own words as part of a sentence."""
    words = str(error.error_string).strip().rstrip(".").lower().removeprefix("error : ")
    return words or "damaged or cut off"
