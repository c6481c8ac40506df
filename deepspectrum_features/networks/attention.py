"""Attention over time that gives padding no weight."""

from __future__ import annotations

from torch import Tensor, nn

from deepspectrum_features.networks.encoding import valid_steps


class LinearAttention(nn.Module):
    """``alpha = softmax_t(w . h_t)``, ``c = sum_t alpha_t h_t``: a linear score, no bias.

    References
    ----------
    Zhao et al. 2018, doi 10.1145/3267935.3267948, section on the attention layer.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, h: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``h (batch, time, dim)`` to the context ``(batch, dim)`` and ``alpha``."""
        padding = ~valid_steps(steps, h.shape[1])
        alpha = self.score(h).squeeze(-1).masked_fill(padding, float("-inf")).softmax(dim=1)
        return (alpha.unsqueeze(1) @ h).squeeze(1), alpha
