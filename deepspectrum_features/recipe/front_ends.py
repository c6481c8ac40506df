"""What the first step from sound to frames depends on.

Grades of choices: **[A]** legible in the paper, **[B]** read off low-resolution page images,
**[I]** our choice where the paper is silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from deepspectrum_features.recipe.document import limited


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
    """

    kind: str = "power-spectrogram"
    sample_rate: int = limited(16000, at_least=1)
    window_samples: int = limited(400, at_least=1)
    hop_samples: int = limited(160, at_least=1)
    n_fft: int = limited(512, at_least=1)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if self.n_fft < self.window_samples:
            yield f"n_fft: {self.n_fft}, need at least {self.window_samples}"
        if self.n_fft % 2:
            yield f"n_fft: {self.n_fft}, need an even number"


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


FrontEndRecipe: TypeAlias = PowerSpectrogram | OpensmileLld
