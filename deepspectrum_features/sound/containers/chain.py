"""Several recordings in one file, read one behind the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.decoder import Closing, Decoder

Opener = Callable[[], Decoder]


class Chain(Closing):
    """Parts that stand one behind the other in a file, as one recording: a `Decoder`.

    Those are read that have the rate and the number of channels of the first; ``remark`` says what
    is left out.

    Parameters
    ----------
    openers : sequence of callables
        Each gives the decoder of a part, as often as it is called.

    Raises
    ------
    AudioError
        If no part can be opened.
    """

    def __init__(self, openers: Sequence[Opener]) -> None:
        self.sample_rate = self.channels = self.lost = 0
        self.exact_seeks = True
        self._openers: list[Opener] = []
        self._starts = [0]  # of all parts, and the end of the last
        self._sound: Decoder | None = None
        self.remark = self._survey(openers)
        self.frames = self._starts[-1]
        self._go(0)

    def read(self, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decode the next samples into ``out (samples, channels)``; fewer only at the end."""
        filled = 0
        while self._sound is not None and filled < len(out):
            try:
                filled += len(self._sound.read(out[filled:]))
            except AudioError as error:
                parts = f"part {self._number + 1} of {len(self._openers)}"
                raise AudioError(f"{parts}: {error}", error.stage) from None
            if filled < len(out):
                self._go(self._number + 1, self.tell())
        return out[:filled]

    def seek(self, position: int) -> None:
        """Go to a sample."""
        number = min(bisect_right(self._starts, position) - 1, len(self._openers) - 1)
        self._go(number, self._starts[number])
        if self._sound is not None:
            self._sound.seek(position - self._starts[number])

    def tell(self) -> int:
        """Return the number of the sample that is read next."""
        return self._first + (0 if self._sound is None else self._sound.tell())

    def close(self) -> None:
        """Give the file back."""
        if self._sound is not None:
            self._sound.close()
        self._sound = None

    def _survey(self, openers: Sequence[Opener]) -> str:
        """Open every part once, and return what is odd about them."""
        failures: list[AudioError] = []
        left_out: list[float] = []
        remarks: list[str] = []
        for opener in openers:
            try:
                with opener() as part:
                    if self._takes(part):
                        self._openers.append(opener)
                        remarks.append(part.remark)
                    else:
                        left_out.append(part.frames / part.sample_rate)
            except AudioError as error:
                failures.append(error)
        if not self._openers:
            raise failures[0]
        of_all = f"of {len(openers)} parts"
        if left_out:
            remarks.append(
                f"{len(left_out)} {of_all} with another rate or number of channels left out "
                f"({sum(left_out):.3f} s)"
            )
        if failures:
            remarks.append(f"{len(failures)} {of_all} cannot be read ({failures[0]})")
        return "; ".join(remark for remark in dict.fromkeys(remarks) if remark)

    def _takes(self, part: Decoder) -> bool:
        """Count a part in, if it has the form of the first."""
        if not self._openers:
            self.sample_rate, self.channels = part.sample_rate, part.channels
        if (part.sample_rate, part.channels) != (self.sample_rate, self.channels):
            return False
        self._starts.append(self._starts[-1] + part.frames)
        self.lost += part.lost
        self.exact_seeks &= part.exact_seeks
        return True

    def _go(self, number: int, first: int = 0) -> None:
        """Open a part, whose first sample is number ``first`` of all; none behind the last."""
        self.close()
        self._number, self._first = number, first
        if number < len(self._openers):
            self._sound = self._openers[number]()
