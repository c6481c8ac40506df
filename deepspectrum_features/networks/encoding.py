"""What every network gives, and the masks that keep padding out of it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Encoding(NamedTuple):
    """One batch of encoded utterances.

    The last two are of networks that attend to cells of time and frequency; others have None.
    """

    embedding: Tensor  # (batch, dim)
    frame_embedding: Tensor  # (batch, steps, dim_f)
    steps: Tensor  # (batch,) int64, valid steps of each utterance
    attention: Tensor  # (batch, steps), sums to 1 over the valid steps
    attention_tf: Tensor | None = None  # (batch, cells, bands), sums to 1 over the valid cells
    cells: Tensor | None = None  # (batch,) int64, valid cells along time


def at_least_single(x: Tensor) -> Tensor:
    """Return what is of half precision in single, all else as it is.

    In training of mixed precision it keeps sums and exponentials from what products are rounded to.
    """
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def valid_steps(steps: Tensor, longest: int) -> Tensor:
    """Mark the valid steps of each utterance: ``(batch, longest)`` bool."""
    return torch.arange(longest, device=steps.device).unsqueeze(0) < steps.unsqueeze(1)
