"""How loud a frame is, and how its power is spread over three wide bands."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

#: The whole spectrum, and what is low, middle and high in it.
_BANDS_HZ = ((0.0, None), (250.0, 1000.0), (1000.0, 5000.0), (5000.0, None))


class Energy(nn.Module):
    """Logarithms of power: the frame's, and band against band.

    Attributes
    ----------
    weights : Tensor, (bins, 4)
        Of the bins in the sums that `forward` takes.
    """

    floors: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        bins_per_hz = 2 * (front_end.bins - 1) / front_end.sample_rate
        self.weights = torch.zeros(front_end.bins, len(_BANDS_HZ))
        for band, (low, high) in enumerate(_BANDS_HZ):
            last = front_end.bins if high is None else round(high * bins_per_hz)
            self.weights[round(low * bins_per_hz) : last, band] = 1.0
        self.register_buffer("floors", definitions.floor * self.weights.sum(dim=0))

    def forward(self, sums: Tensor) -> dict[str, Tensor]:
        """Map ``sums (..., 4)`` to streams ``(...)``."""
        energy, low, middle, high = torch.log(sums + self.floors).unbind(dim=-1)
        return {"energy": energy, "low_mid_ratio": low - middle, "mid_high_ratio": middle - high}
