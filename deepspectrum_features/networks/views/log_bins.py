"""Power spectrogram to the z-normed logarithm of its own bins, inside the network."""

from __future__ import annotations

from torch import Tensor

from deepspectrum_features.networks.views.log_power import LogPower
from deepspectrum_features.recipe import LogBins
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class LogBinsOfRange(LogPower):
    """Logarithm of the bins in a range of frequencies."""

    def __init__(self, front_end: SpectrogramFrontEnd, recipe: LogBins) -> None:
        distance = front_end.sample_rate / 2 / (front_end.bins - 1)
        bins = recipe.bins(front_end.recipe)
        super().__init__(front_end, recipe, tuple(distance * number for number in bins))
        self.range = slice(bins.start, bins.stop)

    def power(self, frames: Tensor) -> Tensor:
        """Return the power in the bins of the range."""
        return frames[..., self.range]
