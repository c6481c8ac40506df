"""Fully convolutional blocks over time and frequency whose padding never shows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepspectrum_features.encoder.clocks import Cells, Clock
from deepspectrum_features.networks.encoding import at_least_single, valid_steps

#: Keeps the slope of a deviation finite.
_LEAST_VARIANCE = 1e-6


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over valid cells only; gives zeros on padding."""

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:  # type: ignore[override]
        """Normalise ``x (batch, channels, time, bands)`` where ``valid (batch, time)``."""
        if not self.training:
            return super().forward(x) * valid[:, None, :, None]
        batch, channels, time, bands = x.shape
        # channels last in memory: frames are rows, which are copied whole, and convolutions of it
        # are faster
        frames = x.permute(0, 2, 3, 1).reshape(batch * time, bands * channels)
        rows = valid.flatten().nonzero().squeeze(1)
        cells = frames.index_select(0, rows).view(1, len(rows), bands, channels)
        normed = nn.functional.batch_norm(
            cells.permute(0, 3, 1, 2),
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=True,
            momentum=0.1,
            eps=self.eps,
        )
        normed = normed.permute(0, 2, 3, 1).reshape(len(rows), bands * channels)
        padded = torch.zeros_like(frames).index_copy(0, rows, normed)
        return padded.view(batch, time, bands, channels).permute(0, 3, 1, 2)


class MaskedConvBlock(nn.Module):
    """Convolution, batch norm, 2x2 max pooling, ReLU, dropout, in the order of the paper.

    The input must be zero on padding, and so is the output: padding is zeroed before pooling, the
    pooling's odd last frame and band are kept (ceil mode), and ReLU makes zero the smallest value
    there is, so a padded frame never wins against a valid one.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels_out, kernel, padding="same", bias=False)
        self.norm = MaskedBatchNorm(channels_out)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``x (batch, channels, time, bands)`` and its lengths to half of both axes."""
        x = self.norm(self.convolution(x), valid_steps(frames, x.shape[2]))
        x = nn.functional.max_pool2d(x, 2, ceil_mode=True)
        return self.dropout(torch.relu(x)), (frames + 1) // 2


class MaskedConvBlocks(nn.ModuleList):
    """A stack of blocks: frames and bands to cells of time and frequency with many channels."""

    def __init__(self, filters: tuple[int, ...], kernels: tuple[int, ...], dropout: float) -> None:
        super().__init__(
            MaskedConvBlock(channels_in, channels_out, kernel, dropout)
            for channels_in, channels_out, kernel in zip(
                (1, *filters), filters, kernels, strict=False
            )
        )

    def forward(self, x: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``x (batch, time, bands)``, zero on padding, to its cells and their lengths.

        Cells are ``(batch, filters[-1], time, bands)``, each axis halved by every block.
        """
        x = x.unsqueeze(1)  # (batch, 1, time, bands)
        for block in self:
            x, frames = block(x, frames)
        return x, frames

    def cells(self, clock: Clock, hz: Sequence[float]) -> Cells:
        """Say where the cells are: in the middle of the frames and bands that poolings join.

        Parameters
        ----------
        clock : Clock
            Of the frames.
        hz : sequence of float, Hz
            Centre of each band.
        """
        joined = 2 ** len(self)
        groups = (hz[first : first + joined] for first in range(0, len(hz), joined))
        return Cells(
            step_seconds=joined * clock.step_seconds,
            first_step_centre_seconds=(
                clock.first_step_centre_seconds + (joined - 1) / 2 * clock.step_seconds
            ),
            hz=[sum(group) / len(group) for group in groups],
        )


class MaskedFCN(nn.Module):
    """A stack of blocks and one global pooling over time and frequency: ``(batch, dim)``.

    Pooled are the cells of time that hold a marked frame.
    """

    def __init__(
        self, filters: tuple[int, ...], kernels: tuple[int, ...], dropout: float, pooling: str
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.dim = filters[-1] * (2 if pooling == "statistics" else 1)
        self.blocks = MaskedConvBlocks(filters, kernels, dropout)

    def forward(self, x: Tensor, frames: Tensor, marked: Tensor) -> Tensor:
        """Map ``x (batch, time, bands)``, zero on padding, to ``(batch, dim)``.

        ``marked (batch, time)`` says which frames are to be pooled.
        """
        x = at_least_single(self.blocks(x, frames)[0])
        cells = marked.to(x.dtype).unsqueeze(1)  # (batch, 1, time)
        for _ in self.blocks:
            cells = nn.functional.max_pool1d(cells, 2, ceil_mode=True)
        x = x * cells.unsqueeze(3)
        if self.pooling == "max":  # ReLU comes before: zeros never win
            return x.amax(dim=(2, 3))
        count = cells.sum(dim=2) * x.shape[3]  # (batch, 1)
        mean = x.sum(dim=(2, 3)) / count
        if self.pooling == "average":
            return mean
        off = (x - mean[:, :, None, None]) * cells.unsqueeze(3)
        variance = (off**2).sum(dim=(2, 3)) / count
        return torch.cat([mean, (variance + _LEAST_VARIANCE).sqrt()], dim=1)
