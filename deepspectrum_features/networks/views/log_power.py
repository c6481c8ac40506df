"""What views of the power spectrum have in common: its logarithm, z-normed inside the network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.views.view import View
from deepspectrum_features.recipe import LogBins, LogMel
from deepspectrum_features.sound import FrontEnd


class LogPower(View):
    """``log(max(power, floor))``, then z-norm with the training set's statistics.

    With ``centre`` every utterance's own mean is subtracted first.

    Parameters
    ----------
    front_end : FrontEnd
    recipe : LogMel or LogBins
    hz : tuple of float, Hz
        Centre of each number of a frame.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, front_end: FrontEnd, recipe: LogMel | LogBins, hz: tuple[float, ...]
    ) -> None:
        super().__init__(front_end, recipe)
        self.dim = self.out_dim = len(hz)
        self.hz, self.floor, self.centre = hz, recipe.floor, recipe.centre
        self.register_buffer("mean", torch.zeros(self.dim))
        self.register_buffer("deviation", torch.ones(self.dim))

    @abstractmethod
    def power(self, frames: Tensor) -> Tensor:
        """Map power spectra ``frames (..., bins)`` to the power ``(..., dim)`` to look at."""

    def forward(self, frames: Tensor) -> Tensor:
        """Map power spectra ``frames (..., bins)`` to logarithms ``(..., dim)``."""
        return torch.log(torch.clamp(self.power(frames), min=self.floor))

    def fit(self, utterances: Sequence[Tensor]) -> None:
        """Take mean and deviation of every band from training ``utterances (time, dim)``."""
        count = sum(len(one) for one in utterances)
        centred = [self._centred(one.double()) for one in utterances]
        mean = sum((bands.sum(dim=0) for bands in centred), torch.zeros(()).double()) / count
        spread = (((bands - mean) ** 2).sum(dim=0) for bands in centred)
        squares = sum(spread, torch.zeros(())) / count
        self.mean.copy_(mean)
        self.deviation.copy_(squares.sqrt().clamp(min=1e-5))

    def normalise(self, prepared: Tensor, frames: Tensor) -> Tensor:
        """Z-norm ``prepared (batch, time, dim)`` and zero the padding."""
        bands, valid = prepared, valid_steps(frames, prepared.shape[1]).unsqueeze(-1)
        if self.centre:
            # double: the order of a sum depends on the batch, and the BLSTM amplifies its rounding
            total = (bands * valid).sum(dim=1, keepdim=True, dtype=torch.float64)
            bands = bands - (total / frames[:, None, None]).to(bands.dtype)
        return (bands - self.mean) / self.deviation * valid

    def _centred(self, bands: Tensor) -> Tensor:
        """Do to one utterance ``(time, dim)`` what `normalise` does to it in a batch."""
        return bands - bands.mean(dim=0) if self.centre else bands
