"""Samples of one channel: brought to a rate, and refused where they give no frame."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.errors import AudioError
from deepspectrum_features.terminal import counted

Waveform = NDArray[np.float32]


def resample(waveform: Waveform, rate: int, wanted: int) -> Waveform:
    """Bring a waveform from one rate to another (soxr HQ); at the same rate it stays as it is."""
    if rate == wanted or len(waveform) == 0:
        return waveform
    return np.asarray(soxr.resample(waveform, rate, wanted, quality="HQ"), np.float32)


def resampled_length(samples: int, rate: int, wanted: int) -> int:
    """Return how many samples `resample` makes of so many: half a sample rounds up.

    Examples
    --------
    >>> sound = np.ones(44102, np.float32)
    >>> resampled_length(len(sound), 44100, 16000), len(resample(sound, 44100, 16000))
    (16001, 16001)
    """
    return (2 * samples * wanted + rate) // (2 * rate)


def check_length(samples: int, least: int, sample_rate: int) -> None:
    """Refuse so many samples that are too few to give a single frame."""
    if samples < least:
        milliseconds = round(1000 * least / sample_rate, 3)
        raise AudioError(
            f"{counted(samples, 'sample')}, need at least {least} "
            f"({milliseconds:g} ms at {sample_rate} Hz)",
            stage="frame",
        )


def samples_of(samples: Any, rate: float) -> NDArray[np.floating[Any]]:
    """Return samples that were given with their rate as an array.

    Raises
    ------
    TypeError, ValueError
        If they are not a row of floats, or have no rate.
    """
    samples = np.asarray(samples)
    if not isinstance(rate, Real):
        arguments.refuse("rate", rate, "the samples' rate in Hz", TypeError)
    if not 0 < rate < math.inf:
        arguments.refuse("rate", rate, "the samples' rate in Hz", ValueError)
    if samples.ndim != 1 or samples.dtype.kind != "f":
        raise ValueError(
            f"samples: {samples.dtype} {samples.shape}, need floats (samples,), full scale 1"
        )
    found: NDArray[np.floating[Any]] = samples
    return found


def check_finite(waveform: NDArray[np.floating[Any]]) -> None:
    """Refuse a waveform with samples that are no numbers."""
    if not np.isfinite(waveform).all():
        bad = int(np.count_nonzero(~np.isfinite(waveform)))
        raise AudioError(f"{counted(bad, 'sample')} NaN or infinite, need numbers", stage="decode")
