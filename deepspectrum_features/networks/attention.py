"""Attention over time, and over cells of time and frequency, that gives padding no weight."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.encoding import at_least_single, valid_steps


class LinearAttention(nn.Module):
    """``alpha = softmax_t(w . h_t)``, ``c = sum_t alpha_t h_t``: a linear score, no bias.

    The sums are over the frames that are marked.

    References
    ----------
    Zhao et al. 2018, doi 10.1145/3267935.3267948, section on the attention layer; Zhao et al. 2018,
    doi 10.21437/Interspeech.2018-1477, likewise.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, h: Tensor, marked: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``h (batch, time, dim)``, ``marked (batch, time)``, to the context and ``alpha``.

        The context is ``(batch, dim)``, ``alpha`` is ``(batch, time)`` and zero elsewhere.
        """
        scores = at_least_single(self.score(h).squeeze(-1))
        alpha = scores.masked_fill(~marked, float("-inf")).softmax(dim=1)
        return (alpha.unsqueeze(1) @ h).squeeze(1), alpha


class TanhAttention(nn.Module):
    """``e_i = u . tanh(W a_i + b)``, ``alpha = softmax_i(scale e_i)``, ``c = sum_i alpha_i a_i``.

    The sum is over the cells as they are, not over what the tanh makes of them. A scale below 1
    spreads the weights.

    References
    ----------
    Zhao et al. 2019, doi 10.1109/ACCESS.2019.2928625, attention over the FCN's output [B]; Zhang et
    al. 2018, arXiv 1806.01506, likewise [A].
    """

    def __init__(self, dim: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.hidden = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, x: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``x (batch, dim, time, bands)`` to the context ``(batch, dim)`` and ``alpha``.

        ``cells (batch,)`` are valid along time; ``alpha`` is ``(batch, time, bands)``.
        """
        a = x.permute(0, 2, 3, 1)  # (batch, time, bands, dim)
        e = at_least_single(self.score(torch.tanh(self.hidden(a))).squeeze(-1))
        padding = ~valid_steps(cells, a.shape[1]).unsqueeze(-1)
        e = (self.scale * e).masked_fill(padding, float("-inf"))
        # a softmax over two axes, neither of which may lose its size on the way into ONNX
        weights = torch.exp(e - e.amax(dim=(1, 2), keepdim=True))
        alpha = weights / weights.sum(dim=(1, 2), keepdim=True)  # (batch, time, bands)
        return (alpha.unsqueeze(-1) * a).sum(dim=(1, 2)), alpha


class TimeFeatureAttention(nn.Module):
    """Attention over time and, beside it, over the features of every step.

    Over time, a step counts by how it answers to the last one: ``alpha = softmax_t(o_T . (o_t
    W_T))`` and ``sum_t alpha_t o_t``. Over features, each step weighs its own: ``s_t =
    softmax_d(tanh(o_t W_F) V_F)`` and ``sum_t s_t * o_t``, which grows with the utterance.

    References
    ----------
    Xie et al. 2019, doi 10.1109/TASLP.2019.2925934, has the two side by side [A]; the formulas are
    those of a re-implementation by others [C].
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.time, self.feature, self.feature_score = (
            nn.Linear(dim, dim, bias=False) for _ in range(3)
        )

    def forward(self, o: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``o (batch, time, dim)`` to both contexts ``(batch, 2 dim)`` and ``alpha``."""
        valid = valid_steps(steps, o.shape[1])
        last = o.gather(1, (steps - 1)[:, None, None].expand(-1, 1, o.shape[2]))  # (batch, 1, dim)
        scores = (o @ self.time(last).transpose(1, 2)).squeeze(2)  # o_t . (W_T o_T), the same
        alpha = at_least_single(scores).masked_fill(~valid, float("-inf")).softmax(dim=1)
        shares = at_least_single(self.feature_score(torch.tanh(self.feature(o)))).softmax(dim=2)
        weighed = shares * o
        features = (weighed * valid.unsqueeze(2)).sum(dim=1)
        return torch.cat([(alpha.unsqueeze(1) @ o).squeeze(1), features], dim=1), alpha
