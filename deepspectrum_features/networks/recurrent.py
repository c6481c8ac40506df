"""A bidirectional LSTM that starts backwards at each utterance's own last frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MaskedBLSTM(nn.Module):
    """Stacked BLSTM layers with dropout between them; ``dim`` is ``2 * units``.

    Both directions are plain forward LSTMs; the backward one reads each utterance reversed within
    its own length, so that padding comes last in both and touches no valid step.
    """

    def __init__(self, dim_in: int, units: int, layers: int, dropout: float) -> None:
        super().__init__()
        widths = [dim_in] + [2 * units] * (layers - 1)
        self.dim = 2 * units
        self.ahead = nn.ModuleList(nn.LSTM(width, units, batch_first=True) for width in widths)
        self.behind = nn.ModuleList(nn.LSTM(width, units, batch_first=True) for width in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, frames: Tensor) -> Tensor:
        """Map ``x (batch, time, dim_in)`` to ``(batch, time, dim)``."""
        order = _reversal(frames, x.shape[1])
        for layer, (ahead, behind) in enumerate(zip(self.ahead, self.behind, strict=True)):
            if layer:
                x = self.dropout(x)
            forwards, _ = ahead(x)
            backwards, _ = behind(_reorder(x, order))
            x = torch.cat([forwards, _reorder(backwards, order)], dim=-1)
        return x


def _reversal(frames: Tensor, longest: int) -> Tensor:
    """Row numbers that reverse each utterance in its own length: ``(batch * longest,)``.

    Of 4 frames padded to 6: 3 2 1 0 4 5. The same order undoes itself.
    """
    step = torch.arange(longest, device=frames.device).unsqueeze(0)
    last = frames.unsqueeze(1) - 1
    within = torch.where(step <= last, last - step, step)
    first = torch.arange(frames.shape[0], device=frames.device).unsqueeze(1) * longest
    return (first + within).reshape(-1)


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    """Take the frames of ``x (batch, time, dim)`` in another order."""
    return x.reshape(-1, x.shape[2]).index_select(0, order).reshape(x.shape)
