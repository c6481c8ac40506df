"""The shape of the vocal tract in twenty numbers: the mel cepstrum."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.mel import mel_filterbank
from deepspectrum_features.recipe.streams import CEPSTRA, Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class Cepstrum(nn.Module):
    """Cosine transform (DCT-II) of log mel bands.

    Attributes
    ----------
    weights : Tensor, (bins, bands)
        Of the bins in the sums that `forward` takes.
    """

    cosines: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.floor, bands = definitions.floor, definitions.mel_bands
        self.weights = mel_filterbank(front_end, bands, 0.0, front_end.sample_rate / 2)
        phase = torch.outer(torch.arange(bands) + 0.5, torch.arange(CEPSTRA)) * math.pi / bands
        self.register_buffer("cosines", math.sqrt(2 / bands) * torch.cos(phase.double()).float())

    def forward(self, bands: Tensor) -> dict[str, Tensor]:
        """Map mel ``bands (..., bands)`` to streams ``(...)``."""
        coefficients = torch.log(bands + self.floor) @ self.cosines
        return {f"cepstrum_{k:02d}": coefficients[..., k] for k in range(CEPSTRA)}
