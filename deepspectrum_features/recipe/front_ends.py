"""What the first step from sound to frames depends on.

Grades of choices: **[A]** legible in the paper, **[B]** read off low-resolution page images,
**[I]** our choice where the paper is silent.
"""

from __future__ import annotations

from dataclasses import dataclass


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
        512 [I].
    """

    kind: str = "power-spectrogram"
    sample_rate: int = 16000
    window_samples: int = 400
    hop_samples: int = 160
    n_fft: int = 512
