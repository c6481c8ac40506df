"""How the voice sounds: clear, breathy or hoarse."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepspectrum_features.networks.streams.autocorrelation import power_weights
from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd

_LEAST_POWER = 1e-9
#: Periods that the cepstral peak is looked for at are so many samples apart.
_PERIOD_STEP = 2
_REFERENCE_HZ = 100.0
#: Added to either side of harmonics to noise: at most 17 dB (3.9 nats) up and down.
_LEAST_SHARE = 0.02


class Voice(nn.Module):
    """Harmonics against noise, the cepstrum's peak, and the first harmonic against the second."""

    transform: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, definitions: Definitions) -> None:
        super().__init__()
        self.bin_hz = front_end.long_bin_hz
        transform = _prominence(front_end, definitions)
        self.register_buffer("transform", torch.from_numpy(transform).float())

    def forward(self, power: Tensor, f0: Tensor, voicing: Tensor) -> dict[str, Tensor]:
        """Map ``power (batch, time, bins)`` and ``(batch, time)`` streams to more of these."""
        logarithm = torch.log(power + _LEAST_POWER)
        first = _REFERENCE_HZ / self.bin_hz * torch.exp(math.log(2) * f0)  # in bins
        harmonics = [_near(logarithm, number * first) for number in (1, 2)]
        return {
            "hnr": torch.log((voicing + _LEAST_SHARE) / (1 + _LEAST_SHARE - voicing)),
            "cpp": (logarithm @ self.transform).amax(dim=-1),
            "h1_h2": harmonics[0] - harmonics[1],
        }


def _near(logarithm: Tensor, place: Tensor) -> Tensor:
    """Return the largest value at the three bins around a place ``(batch, time)``."""
    middle = place.round().long().clamp(1, logarithm.shape[-1] - 2)  # of NaN too
    three = middle.unsqueeze(-1) + torch.arange(-1, 2, device=place.device)
    return logarithm.gather(-1, three).amax(dim=-1)


def _prominence(front_end: SpectrogramFrontEnd, definitions: Definitions) -> NDArray[np.float64]:
    """Return what makes a log spectrum a cepstrum less its straight line: ``(bins, periods)``."""
    weights = power_weights(front_end, definitions)
    share = weights / weights.sum()
    rate = front_end.sample_rate
    shortest, longest = rate / definitions.highest_hz, rate / definitions.lowest_hz
    periods = np.arange(round(shortest), math.floor(longest) + 1, _PERIOD_STEP)
    angle = 2 * np.pi * front_end.long_bin_hz / rate * np.arange(len(share))
    cosines = np.cos(np.outer(angle, periods))
    cepstrum = share[:, None] * (cosines - share @ cosines)  # of the spectrum less its mean
    line = np.vander(np.linspace(-1, 1, len(periods)), 2)
    found: NDArray[np.float64] = cepstrum - cepstrum @ line @ np.linalg.pinv(line)
    return found
