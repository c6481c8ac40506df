"""The mel filterbank of a front end's spectrum, and where its bands lie."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


def mel_filterbank(
    front_end: SpectrogramFrontEnd, bands: int, low_hz: float, high_hz: float
) -> Tensor:
    """Return librosa's filterbank, HTK scale, triangles of peak 1: ``(bins, bands)``.

    Raises
    ------
    RecipeError
        If some bands hold no bin.
    """
    import librosa.filters  # 2 s to import, wanted only where a filterbank is made

    transform = 2 * (front_end.bins - 1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Empty filters")  # they are refused below
        filterbank = librosa.filters.mel(
            sr=front_end.sample_rate,
            n_fft=transform,
            n_mels=bands,
            fmin=low_hz,
            fmax=high_hz,
            htk=True,
            norm=None,
        )
    if (filterbank.max(axis=1) == 0).any():
        raise RecipeError(
            f"{bands} mel bands: some hold no bin of a {transform}-point transform, "
            "need fewer bands or a longer transform"
        )
    return torch.from_numpy(filterbank.T.copy())


def band_centres(bands: int, low_hz: float, high_hz: float) -> tuple[float, ...]:
    """Return the frequency of the peak of every band, HTK scale.

    Examples
    --------
    >>> [round(hz) for hz in band_centres(3, 0, 8000)]
    [614, 1768, 3934]
    """
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (low_hz, high_hz))
    mels = np.linspace(low, high, bands + 2)[1:-1]
    return tuple((700 * (10 ** (mels / 2595) - 1)).tolist())
