"""Samples of one channel: brought to a rate, and refused where they give no frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError

Waveform = NDArray[np.float32]


def resample(waveform: Waveform, rate: int, wanted: int) -> Waveform:
    """Bring a waveform from one rate to another (soxr HQ); at the same rate it stays as it is."""
    if rate == wanted or len(waveform) == 0:
        return waveform
    return np.asarray(soxr.resample(waveform, rate, wanted, quality="HQ"), np.float32)


def check_length(waveform: NDArray[np.floating[Any]], least: int, sample_rate: int) -> None:
    """Refuse a waveform that is too short to give a single frame."""
    if len(waveform) < least:
        milliseconds = round(1000 * least / sample_rate, 3)
        raise AudioError(
            f"{len(waveform)} samples, need at least {least} "
            f"({milliseconds:g} ms at {sample_rate} Hz)",
            stage="frame",
        )


def check_finite(waveform: NDArray[np.floating[Any]]) -> None:
    """Refuse a waveform with samples that are no numbers."""
    if not np.isfinite(waveform).all():
        bad = int(np.count_nonzero(~np.isfinite(waveform)))
        raise AudioError(f"{bad} samples are NaN or infinite, need numbers", stage="decode")
