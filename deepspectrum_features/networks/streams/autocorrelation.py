"""The normalised autocorrelation of the long window at lags that are steps of pitch."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

#: Keeps the window's own autocorrelation, which divides, from vanishing at long lags.
_LEAST_WINDOW = 1e-3


class Autocorrelation(nn.Module):
    """A cosine transform of the power spectrum, less a cost for each octave of lag.

    The window's own autocorrelation divides it, so that a periodic sound has as much at every
    period as at lag 0.

    Attributes
    ----------
    bins : int
        How many of the long window's bins it takes.
    highest_hz, lags_per_octave : float, int
        Lag m stands for ``highest_hz * 2 ** ((1 - m) / lags_per_octave)``: the first and the last
        are there to interpolate.
    cost : Tensor, (lags,)
        What a peak of height 1 loses at each lag.
    """

    transform: Tensor
    cost: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.highest_hz = definitions.highest_hz
        self.lags_per_octave = definitions.lags_per_octave
        octaves = math.log2(definitions.highest_hz / definitions.lowest_hz)
        steps = np.arange(-1, math.ceil(octaves * self.lags_per_octave) + 2) / self.lags_per_octave
        lags = front_end.sample_rate / self.highest_hz * 2**steps  # in samples
        weights = power_weights(front_end, definitions)
        self.bins = len(weights)
        angle = 2 * np.pi * front_end.long_bin_hz / front_end.sample_rate * np.arange(self.bins)
        own = _own(front_end.long_window, lags) + _LEAST_WINDOW
        cosines = np.cos(np.outer(angle, lags)) / own
        cost = definitions.octave_cost * steps
        transform = weights[:, None] * np.column_stack([cosines - cost, np.ones(self.bins)])
        self.register_buffer("transform", torch.from_numpy(transform).float())
        self.register_buffer("cost", torch.from_numpy(cost).float())

    def forward(self, power: Tensor) -> Tensor:
        """Map ``power (..., bins)`` to every lag's value less its cost, then lag 0 itself."""
        return power @ self.transform


def power_weights(front_end: SpectrogramFrontEnd, definitions: Definitions) -> NDArray[np.float64]:
    """Return what every bin of the long window's one-sided spectrum counts, ``(bins,)``.

    The weight of power rises from 0 to 1 where voices begin, so that rumble plays no part, and
    falls to 0 above their harmonics; bins above are left off.
    """
    hertz = np.arange(front_end.long_bins) * front_end.long_bin_hz
    rise = (hertz - definitions.none_below_hz) / (
        definitions.full_above_hz - definitions.none_below_hz
    )
    fall = (definitions.none_above_hz - hertz) / (
        definitions.none_above_hz - definitions.full_below_hz
    )
    twice = np.where((hertz == 0) | (hertz == front_end.sample_rate / 2), 1.0, 2.0)
    weights: NDArray[np.float64] = twice * np.clip(np.minimum(rise, fall), 0, 1)
    return np.trim_zeros(weights, "b")


def _own(window: NDArray[np.float32], lags: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a window's own autocorrelation at some lags, 1 at lag 0."""
    samples = window.astype(np.float64)
    whole = np.correlate(samples, samples, "full")[len(samples) - 1 :]
    found: NDArray[np.float64] = np.interp(lags, np.arange(len(samples)), whole / whole[0])
    return found
