"""Convolution blocks along time, over all features at once, whose padding never shows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.fcn import MaskedBatchNorm


class TemporalBlock(nn.Module):
    """Convolution, batch norm, ReLU; zero on padding if the input is.

    Weights begin he-uniform.

    References
    ----------
    Karim et al. 2018, "LSTM fully convolutional networks for time series classification",
    doi 10.1109/ACCESS.2017.2779939.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels_in, channels_out, kernel, padding="same", bias=False)
        self.norm = MaskedBatchNorm(channels_out)
        nn.init.kaiming_uniform_(self.convolution.weight, nonlinearity="relu")

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Map ``x (batch, channels_in, time)`` where ``valid (batch, time)`` to other channels."""
        cells = self.convolution(x).unsqueeze(-1)  # (batch, channels_out, time, 1)
        return torch.relu(self.norm(cells, valid)).squeeze(-1)


class TemporalFCN(nn.Module):
    """A stack of blocks and the average over time."""

    def __init__(self, dim_in: int, filters: tuple[int, ...], kernels: tuple[int, ...]) -> None:
        super().__init__()
        widths = zip((dim_in, *filters), filters, kernels, strict=False)
        self.blocks = nn.ModuleList(TemporalBlock(*width) for width in widths)

    def forward(self, x: Tensor, frames: Tensor) -> Tensor:
        """Map ``x (batch, time, dim_in)``, zero on padding, to ``(batch, filters[-1])``."""
        valid = valid_steps(frames, x.shape[1])
        x = x.transpose(1, 2)  # (batch, dim_in, time)
        for block in self.blocks:
            x = block(x, valid)
        return x.sum(dim=2) / frames.unsqueeze(1)
