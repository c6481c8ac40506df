"""What a network sees of front-end frames: the fields of a system's ``view``.

A view says in ``problems_with`` which front ends it can be made from, so that every system may take
every view that its field ``view`` names.

Grades of choices: **[B]** read off low-resolution page images, **[I]** our choice where the paper
is silent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from deepspectrum_features.recipe.descriptors import Descriptors
from deepspectrum_features.recipe.front_ends import FrontEndRecipe, PowerSpectrogram
from deepspectrum_features.recipe.limits import limited


@dataclass(frozen=True, kw_only=True)
class LogMel:
    """Power spectrogram to log mel bands, inside the encoder: ``log(max(mel, floor))``.

    Attributes
    ----------
    bands : int
        40, best of 30, 40, 60, 80 and 100 in the paper [B].
    low_hz, high_hz : float, Hz
        Outer edges of the filterbank (HTK mel scale [B], peak 1 [I]).
    floor : float
        Smallest power the logarithm sees [I].
    centre : bool
        Subtract each utterance's own mean from every band before the z-norm: takes level and
        long-term spectrum of speaker and microphone out. Off in the paper network [I].
    """

    kind: str = "log-mel"
    bands: int = limited(40, at_least=1)
    low_hz: float = limited(0.0, at_least=0)
    high_hz: float = 8000.0
    floor: float = limited(1e-10, more_than=0)
    centre: bool = False

    def problems_with(self, front_end: FrontEndRecipe) -> Iterator[str]:
        """Yield why the view cannot be made from a front end."""
        yield from range_problems(self.kind, self.low_hz, self.high_hz, front_end)


@dataclass(frozen=True, kw_only=True)
class LogBins:
    """The power spectrogram's own bins, inside the encoder: ``log(max(power, floor))``.

    Their distance is the sample rate over the front end's ``n_fft``.

    Attributes
    ----------
    low_hz, high_hz : float, Hz
        The bins from one frequency up to, and without, the other; 0 to 8 kHz [I].
    floor : float
        Smallest power the logarithm sees [I].
    centre : bool
        As in `LogMel`.
    """

    kind: str = "log-bins"
    low_hz: float = limited(0.0, at_least=0)
    high_hz: float = 8000.0
    floor: float = limited(1e-10, more_than=0)
    centre: bool = False

    def bins(self, front_end: PowerSpectrogram) -> range:
        """Return the numbers of the bins.

        Examples
        --------
        >>> LogBins(high_hz=4000.0).bins(PowerSpectrogram(window_samples=640, n_fft=800))
        range(0, 200)
        """
        per_hz = front_end.n_fft / front_end.sample_rate
        return range(math.ceil(self.low_hz * per_hz), math.ceil(self.high_hz * per_hz))

    def problems_with(self, front_end: FrontEndRecipe) -> Iterator[str]:
        """Yield why the view cannot be made from a front end."""
        problems = list(range_problems(self.kind, self.low_hz, self.high_hz, front_end))
        yield from problems
        if not problems and isinstance(front_end, PowerSpectrogram) and not self.bins(front_end):
            yield (
                f"network.view: no bin of a {front_end.n_fft}-point transform from "
                f"{self.low_hz:g} to {self.high_hz:g} Hz, need a wider range"
            )


def range_problems(
    kind: str, low_hz: float, high_hz: float, front_end: FrontEndRecipe
) -> Iterator[str]:
    """Yield why a view of a range of frequencies cannot be made from a front end."""
    if not isinstance(front_end, PowerSpectrogram):
        needed = PowerSpectrogram.kind
        yield f"front_end.kind: {front_end.kind}, need {needed} for network.view.kind {kind}"
    elif not low_hz < high_hz <= front_end.sample_rate / 2:
        yield (
            f"network.view: {low_hz:g} to {high_hz:g} Hz, need a rising range up to "
            f"at most {front_end.sample_rate / 2:g} Hz"
        )


#: What a system may see of frames.
ViewRecipe: TypeAlias = LogMel | LogBins | Descriptors
