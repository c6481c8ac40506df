"""Resonances of the vocal tract: the peaks of a linear prediction's spectral envelope."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepspectrum_features.networks.streams.parabola import top_of
from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

_HIGHEST_HZ = 5500.0
_ORDER = 12
_PRE_EMPHASIS = 0.97
#: Of the power, added as white noise; and how far each resonance is blurred.
_WHITE_NOISE, _BLUR_HZ = 1e-4, 40.0
#: Where the envelope is looked at, and the lowest peak that counts.
_GRID_HZ, _LOWEST_HZ = 50.0, 200.0
#: What stands for a formant that is not found: those of a neutral tract 17 cm long.
_NEUTRAL_KHZ = (0.5, 1.5, 2.5)
_LEAST = 1e-9


class Formants(nn.Module):
    """Frequencies and levels of the first three formants, by linear prediction up to 5.5 kHz.

    Attributes
    ----------
    weights : Tensor, (bins, order + 1)
        Of the bins in the sums that `forward` takes: the autocorrelation after pre-emphasis.
    """

    floors: Tensor
    window: Tensor
    cosines: Tensor
    sines: Tensor
    first: Tensor
    neutral: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.weights = torch.from_numpy(_autocorrelation(front_end)).float()
        self.register_buffer("floors", definitions.floor * self.weights.sum(dim=0))
        lags = torch.arange(_ORDER + 1)
        blur = torch.exp(-0.5 * (math.pi * _BLUR_HZ / _HIGHEST_HZ * lags) ** 2)
        self.register_buffer("window", blur.reshape(-1, 1, 1))
        points = round(_HIGHEST_HZ / _GRID_HZ) + 1
        angle = torch.outer(lags, torch.arange(points)) * (math.pi * _GRID_HZ / _HIGHEST_HZ)
        self.register_buffer("cosines", torch.cos(angle))
        self.register_buffer("sines", torch.sin(angle))
        self.lowest = round(_LOWEST_HZ / _GRID_HZ)
        self.register_buffer("first", torch.arange(points - 1, self.lowest, -1).float())
        self.register_buffer("neutral", torch.tensor(_NEUTRAL_KHZ))

    def forward(self, sums: Tensor) -> dict[str, Tensor]:
        """Map ``sums (batch, time, order + 1)`` to streams ``(batch, time)``."""
        envelope = self._envelope(_prediction(self._normalised(sums)))
        peaks, found = self._peaks(envelope)
        around = envelope.gather(-1, torch.cat([peaks - 1, peaks, peaks + 1], dim=-1))
        below, level, above = around.chunk(3, dim=-1)
        offset, _ = top_of(below, level, above)
        kilohertz = torch.where(found, (peaks + offset) * (_GRID_HZ / 1000), self.neutral)
        level = level * found
        streams = {f"f{number + 1}": kilohertz[..., number] for number in range(3)}
        return streams | {f"f{number + 1}_level": level[..., number] for number in range(3)}

    def _normalised(self, sums: Tensor) -> Tensor:
        """Return the autocorrelation, 1 at lag 0: ``(order + 1, batch, time)``."""
        found = (sums + self.floors).permute(2, 0, 1)
        found = found / found[:1] * self.window
        return torch.cat([found[:1] + _WHITE_NOISE, found[1:]])

    def _envelope(self, predictor: Tensor) -> Tensor:
        """Return the log power of the filter ``1 / A`` on the grid: ``(batch, time, points)``."""
        coefficients = predictor.permute(1, 2, 0)
        real, imaginary = coefficients @ self.cosines, coefficients @ self.sines
        return -torch.log(real * real + imaginary * imaginary + _LEAST)

    def _peaks(self, envelope: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the first three local maxima stand, and whether there are so many."""
        low = self.lowest
        middle = envelope[..., low:-1]
        peak = (middle > envelope[..., low - 1 : -2]) & (middle >= envelope[..., low + 1 :])
        order, place = (peak * self.first).topk(3, dim=-1)
        return place + low, order > 0


def _prediction(correlation: Tensor) -> Tensor:
    """Solve for the predictor by Levinson's recursion: ``(order + 1, batch, time)``."""
    error, nothing = correlation[:1], torch.zeros_like(correlation[:1])
    predictor = nothing + 1
    for order in range(1, len(correlation)):
        short = (predictor * correlation[1 : order + 1].flip(0)).sum(dim=0, keepdim=True)
        reflection = -short / error
        grown = torch.cat([predictor, nothing])
        predictor = grown + reflection * grown.flip(0)
        error = error * (1 - reflection * reflection)
    return predictor


def _autocorrelation(front_end: SpectrogramFrontEnd) -> NDArray[np.float64]:
    """Return the weights of bins up to the highest in an autocorrelation, at twice that rate."""
    rate, bins = front_end.sample_rate, front_end.bins
    last = round(_HIGHEST_HZ / rate * 2 * (bins - 1))
    number = np.arange(last + 1)
    emphasis = 1 + _PRE_EMPHASIS**2 - 2 * _PRE_EMPHASIS * np.cos(np.pi * number / (bins - 1))
    twice = np.where((number == 0) | (number == last), 1, 2)
    cosines = np.cos(np.pi * np.outer(number, np.arange(_ORDER + 1)) / last)
    weights = np.zeros((bins, _ORDER + 1))
    weights[: last + 1] = (twice * emphasis)[:, None] * cosines
    return weights
