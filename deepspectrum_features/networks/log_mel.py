"""Power spectrogram to z-normed log mel bands, inside the network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.mel import mel_filterbank
from deepspectrum_features.recipe import LogMel
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class LogMelBands(nn.Module):
    """``log(max(power @ filterbank, floor))``, then z-norm with the training set's statistics.

    The filterbank is librosa's, HTK scale, triangles of peak 1. With ``centre`` every utterance's
    own mean is subtracted first.
    """

    filterbank: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(self, front_end: SpectrogramFrontEnd, mel: LogMel) -> None:
        super().__init__()
        self.floor, self.centre = mel.floor, mel.centre
        filterbank = mel_filterbank(front_end, mel.bands, mel.low_hz, mel.high_hz)
        self.register_buffer("filterbank", filterbank)
        self.register_buffer("mean", torch.zeros(mel.bands))
        self.register_buffer("deviation", torch.ones(mel.bands))

    def forward(self, power: Tensor) -> Tensor:
        """Map ``power (..., bins)`` to log mel bands ``(..., bands)``."""
        return torch.log(torch.clamp(power @ self.filterbank, min=self.floor))

    def fit(self, utterances: Sequence[Tensor]) -> None:
        """Take mean and deviation of every band from training ``utterances (time, bands)``."""
        count = sum(len(one) for one in utterances)
        centred = [self._centred(one.double()) for one in utterances]
        mean = sum((bands.sum(dim=0) for bands in centred), torch.zeros(()).double()) / count
        spread = (((bands - mean) ** 2).sum(dim=0) for bands in centred)
        squares = sum(spread, torch.zeros(())) / count
        self.mean.copy_(mean)
        self.deviation.copy_(squares.sqrt().clamp(min=1e-5))

    def normalise(self, bands: Tensor, frames: Tensor) -> Tensor:
        """Z-norm ``bands (batch, time, bands)`` and zero the padding."""
        valid = valid_steps(frames, bands.shape[1]).unsqueeze(-1)
        if self.centre:
            # double: the order of a sum depends on the batch, and the BLSTM amplifies its rounding
            total = (bands * valid).sum(dim=1, keepdim=True, dtype=torch.float64)
            bands = bands - (total / frames[:, None, None]).to(bands.dtype)
        return (bands - self.mean) / self.deviation * valid

    def _centred(self, bands: Tensor) -> Tensor:
        """Do to one utterance ``(time, bands)`` what `normalise` does to it in a batch."""
        return bands - bands.mean(dim=0) if self.centre else bands
