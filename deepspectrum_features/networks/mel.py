"""The mel filterbank of a front end's spectrum."""

from __future__ import annotations

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
