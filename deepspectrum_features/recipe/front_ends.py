"""What the first step from sound to frames depends on.

Grades of choices: **[A]** legible in the paper, **[B]** read off low-resolution page images,
**[I]** our choice where the paper is silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from deepspectrum_features.recipe.limits import limited

#: What a file may ask for: two seconds at 32 kHz, far more than any window here.
_LONGEST_TRANSFORM = 2**16


@dataclass(frozen=True, kw_only=True)
class LongWindow:
    """A second, longer window around the centre of every frame, for what voices do slowly.

    Samples outside of the stretch are zeros; the frame's own mean is subtracted before a periodic
    Hann window, zeros follow up to ``n_fft``, ``|rfft|^2`` unscaled.

    Attributes
    ----------
    window_samples : int
        640 samples are 40 ms at 16 kHz: more than two periods of the lowest voices [I].
    n_fft : int
        1024 [I]: window and longest period fit, so that no lag of its autocorrelation wraps around.
    highest_hz : float, Hz
        4500 [I]: bins above are left off, voices have few harmonics there.
    """

    window_samples: int = limited(640, at_least=1)
    n_fft: int = limited(1024, at_least=1, at_most=_LONGEST_TRANSFORM)
    highest_hz: float = limited(4500.0, more_than=0)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        yield from _transform_problems(self.window_samples, self.n_fft)


@dataclass(frozen=True, kw_only=True)
class PowerSpectrogram:
    """Waveform to power spectrogram: ``S[t, k]`` is the power in bin ``k`` of frame ``t``.

    Frame ``t`` covers samples ``[hop * t, hop * t + window)``; no centring, pre-emphasis or
    dither, a periodic Hamming window, zeros at the end up to ``n_fft``, ``|rfft|^2`` unscaled.

    Attributes
    ----------
    sample_rate : int, Hz
        Recordings at another rate are resampled first (soxr HQ). 16 kHz [B].
    window_samples, hop_samples : int
        400 and 160 samples are 25 ms and 10 ms at 16 kHz [B].
    n_fft : int
        512 [I]; even, at least the window.
    long : LongWindow or None
        Power of a longer window, in bins that follow those of the first; frames, shortest stretch
        and clock stay those of the first. Even distance between the two windows' lengths.
    """

    kind: str = "power-spectrogram"
    sample_rate: int = limited(16000, at_least=1)
    window_samples: int = limited(400, at_least=1)
    hop_samples: int = limited(160, at_least=1)
    n_fft: int = limited(512, at_least=1, at_most=_LONGEST_TRANSFORM)
    long: LongWindow | None = None

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        yield from _transform_problems(self.window_samples, self.n_fft)
        if self.long:
            more = self.long.window_samples - self.window_samples
            if more < 0 or more % 2:
                yield (
                    f"long.window_samples: {self.long.window_samples}, need {self.window_samples} "
                    "and an even number more"
                )
            if self.long.highest_hz > self.sample_rate / 2:
                highest = f"{self.sample_rate / 2:g}"
                yield f"long.highest_hz: {self.long.highest_hz:g}, need at most {highest}"


@dataclass(frozen=True, kw_only=True)
class OpensmileLld:
    """Waveform to openSMILE's low-level descriptors, at the recording's own sample rate.

    Attributes
    ----------
    feature_set : str
        The openSMILE set whose descriptors are taken.
    deltas : bool
        Whether their slopes over time follow them.
    delta_window : int
        Frames on either side that a slope is taken over.
    """

    kind: str = "opensmile-lld"
    feature_set: str = limited("ComParE_2016", choices=("ComParE_2016",))
    deltas: bool = True
    delta_window: int = limited(2, at_least=1)


def _transform_problems(window: int, transform: int) -> Iterator[str]:
    """Yield what is wrong with a transform of a window."""
    if transform < window:
        yield f"n_fft: {transform}, need at least {window}"
    if transform % 2:
        yield f"n_fft: {transform}, need an even number"


FrontEndRecipe: TypeAlias = PowerSpectrogram | OpensmileLld
