"""Fundamental frequency and voicing: what frames around agree on, then the frame's own peak."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.streams.autocorrelation import Autocorrelation
from deepspectrum_features.networks.streams.parabola import top_of
from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

#: Keeps frames that hold rounding alone from looking periodic; one bit of 16 has 2e-4.
_LEAST_POWER = 1e-8
#: How many lags a frame's own peak may be away from the peak of all.
_ASIDE = 3
_REFERENCE_HZ = 100.0


class Pitch(nn.Module):
    """The highest peak of an autocorrelation that is averaged over five frames.

    Frames count by the root of their power, and 1, 2, 3, 2, 1; those that are not whole do not.

    Attributes
    ----------
    bins : int
        How many of the long window's bins it takes.
    """

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.autocorrelation = Autocorrelation(front_end, definitions)
        self.bins = self.autocorrelation.bins

    def forward(self, power: Tensor, whole: Tensor) -> dict[str, Tensor]:
        """Map ``power (batch, time, bins)`` to streams ``(batch, time)``."""
        own = self.autocorrelation(power)
        total = own[..., -1:]
        agreed = _around(own * (whole.unsqueeze(-1) / (total + _LEAST_POWER).sqrt()))
        best = agreed[..., 1:-2].argmax(dim=-1, keepdim=True) + 1
        weight = agreed[..., -1:]
        left, middle, right = (agreed.gather(-1, best + step) for step in (-1, 0, 1))
        height = top_of(left, middle, right)[1] + self.autocorrelation.cost[best] * weight
        voicing = (height / (weight + _LEAST_POWER**0.5)).clamp(0.0, 1.0)
        voicing = voicing * (middle >= torch.maximum(left, right))  # else no peak: the edge of one
        return {"f0": self._own_peak(own, total, best), "voicing": voicing[..., 0]}

    def _own_peak(self, own: Tensor, total: Tensor, best: Tensor) -> Tensor:
        """Return the frame's own F0 in octaves, near the one that frames agree on."""
        cost = self.autocorrelation.cost
        aside = torch.arange(-_ASIDE, _ASIDE + 1, device=best.device)
        near = (best + aside).clamp(1, len(cost) - 2)
        height = own.gather(-1, near) + cost[near] * total
        lag = near.gather(-1, height.argmax(dim=-1, keepdim=True))
        three = lag + torch.arange(-1, 2, device=best.device)
        heights = (own.gather(-1, three) + cost[three] * total) / (total + _LEAST_POWER)
        left, middle, right = heights.unbind(dim=-1)
        offset, _ = top_of(left, middle, right)
        steps = (lag[..., 0] - 1 + offset) / self.autocorrelation.lags_per_octave
        return math.log2(self.autocorrelation.highest_hz / _REFERENCE_HZ) - steps


def _around(values: Tensor) -> Tensor:
    """Add up the five frames around every frame of ``(batch, time, n)``, 1 2 3 2 1 times."""
    padded = nn.functional.pad(values, (0, 0, 2, 2))
    three = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return three[:, :-2] + three[:, 1:-1] + three[:, 2:]
