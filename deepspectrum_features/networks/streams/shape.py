"""Where in the spectrum a frame's power lies, how even it is, and how it moves."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

_ROLLOFF_SHARE = 0.85
#: Bins of a band whose power counts as spread evenly within it, for the roll-off.
_BAND_BINS = 4
#: Where straight lines are put through the log spectrum, and what each is called.
_SLOPES_HZ = {
    "slope_0_500": (30, 500),
    "slope_500_1500": (500, 1500),
    "slope_1500_5000": (1500, 5000),
}


class Shape(nn.Module):
    """Moments, entropy, flatness, slopes, roll-off and flux of the power spectrum.

    Attributes
    ----------
    weights : Tensor, (bins, 1 + bands)
        Of the bins in the sums that `forward` takes: kilohertz, then all bins up to a band's end.
    """

    kilohertz: Tensor
    floors: Tensor
    slopes: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.floor = definitions.floor
        self.bin_kilohertz = front_end.sample_rate / 2000 / (front_end.bins - 1)
        number = torch.arange(front_end.bins)
        kilohertz = number * self.bin_kilohertz
        ends = torch.arange(_BAND_BINS, front_end.bins + _BAND_BINS, _BAND_BINS)
        below = (number.unsqueeze(1) < ends).float()
        self.weights = torch.cat([kilohertz.unsqueeze(1), below], dim=1)
        self.register_buffer("kilohertz", kilohertz)
        slopes = [_slope(kilohertz, low / 1000, high / 1000) for low, high in _SLOPES_HZ.values()]
        self.register_buffer("slopes", torch.stack(slopes, dim=1))
        self.register_buffer("floors", self.floor * self.weights.sum(dim=0))

    def forward(self, power: Tensor, sums: Tensor, whole: Tensor) -> dict[str, Tensor]:
        """Map ``power (batch, time, bins)`` and its sums to streams ``(batch, time)``."""
        sums = sums + self.floors
        total = sums[..., -1:]
        relative = (power + self.floor) / (total / power.shape[-1])  # 1 on average
        logarithm = torch.log(relative)
        centroid = sums[..., :1] / total
        slopes = logarithm @ self.slopes
        return {
            **{name: slopes[..., number] for number, name in enumerate(_SLOPES_HZ)},
            "centroid": centroid[..., 0],
            "spread": (relative * (self.kilohertz - centroid) ** 2).mean(dim=-1).sqrt(),
            "entropy": math.log(power.shape[-1]) - (relative * logarithm).mean(dim=-1),
            "flatness": logarithm.mean(dim=-1),
            "rolloff": self._rolloff(sums[..., 1:] / total),
            "flux": _flux(relative.sqrt(), whole),
        }

    def _rolloff(self, below: Tensor) -> Tensor:
        """Return where the share below, given at every band's end, reaches 85 %."""
        short = (below < _ROLLOFF_SHARE).to(below.dtype)
        band = short.sum(dim=-1, keepdim=True).long()  # the one that 85 % are reached in
        before = (below * short).amax(dim=-1, keepdim=True)
        within = (_ROLLOFF_SHARE - before) / (below.gather(-1, band) - before)
        return ((band + within) * _BAND_BINS - 0.5)[..., 0] * self.bin_kilohertz


def _slope(kilohertz: Tensor, low: float, high: float) -> Tensor:
    """Return what a value at every bin adds to the slope of the line through those of a band."""
    inside = (kilohertz >= low) & (kilohertz <= high)
    distance = (kilohertz - kilohertz[inside].mean()) * inside
    return distance / (distance**2).sum()


def _flux(amplitude: Tensor, whole: Tensor) -> Tensor:
    """Return the distance to the frame before; to the one behind, where that is not whole; or 0."""
    before = torch.cat([amplitude[:, :1], amplitude[:, :-1]], dim=1)
    moved = ((amplitude - before) ** 2).mean(dim=-1).sqrt()
    moves = nn.functional.pad(moved, (0, 1))[:, 1:]
    after_whole = nn.functional.pad(whole, (1, 0))[:, :-1]
    before_whole = nn.functional.pad(whole, (0, 1))[:, 1:]
    return torch.where(after_whole, moved, moves * before_whole)
