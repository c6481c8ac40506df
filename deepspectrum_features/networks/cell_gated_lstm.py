"""An LSTM whose one gate over its memory sees nothing but that memory.

.. code-block:: text

    f_t = sigma(W_f tanh(W_c c_{t-1} + b_c))
    g_t = tanh(W_x x_t + W_h h_{t-1} + b_g)
    c_t = f_t c_{t-1} + (1 - f_t) g_t
    o_t = sigma(W_xo x_t + W_ho h_{t-1} + b_o)
    h_t = o_t tanh(c_t)

The paper's figure has the gates [A], a re-implementation by others their exact form [C].

There is no fused kernel for it, so as much as possible is done for all frames in one product: what
``x_t`` adds to both of its sums before the recurrence, and behind it, from the states alone, all
that its gradient needs. The loops over frames run on one thread: their steps are too short to be
shared, and on a busy machine threads that wait for each other at every step take many times as
long. `torch.jit` makes the forward one a ``Loop`` of an exported graph.

References
----------
Y. Xie, R. Liang, Z. Liang, C. Huang, C. Zou and B. Schuller, "Speech emotion classification using
attention-based LSTM", IEEE/ACM TASLP 27(11), 2019, 1675-1685, doi 10.1109/TASLP.2019.2925934.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from deepspectrum_features.networks.encoding import at_least_single


class CellGatedLSTM(nn.Module):
    """One layer; it reads forwards, so padding behind an utterance touches none of its frames.

    Weights begin as those of ``nn.LSTM``, uniform up to ``1 / sqrt(units)`` [I].
    """

    def __init__(self, dim_in: int, units: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(dim_in, 2 * units)  # g, o
        self.from_output = nn.Parameter(torch.empty(units, 2 * units))  # g, o
        self.from_cell = nn.Parameter(torch.empty(units, units))
        self.cell_bias = nn.Parameter(torch.empty(units))
        self.to_gate = nn.Parameter(torch.empty(units, units))
        for weights in self.parameters():
            nn.init.uniform_(weights, -(units**-0.5), units**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x (time, batch, dim_in)`` to ``h (time, batch, units)``."""
        sums = self.from_input(x)
        weights = (self.from_output, self.from_cell, self.cell_bias, self.to_gate)
        h: Tensor
        if torch.onnx.is_in_onnx_export():  # a graph says what is computed, not its gradient
            h, _ = _states(sums, *weights)
            h = h.reshape(x.shape[0], x.shape[1], len(self.cell_bias))  # a Loop forgets widths
        else:
            with torch.autocast(x.device.type, enabled=False):  # rounding adds up over frames
                h = _Recurrence.apply(at_least_single(sums), *weights)  # type: ignore[no-untyped-call]
        return h


@torch.jit.script_if_tracing  # type: ignore[untyped-decorator]
def _states(
    sums: Tensor, from_output: Tensor, from_cell: Tensor, cell_bias: Tensor, to_gate: Tensor
) -> tuple[Tensor, Tensor]:
    """Run all frames of ``sums (time, batch, 2 units)``; return every ``h`` and every ``c``."""
    h = c = torch.zeros_like(sums[0, :, : from_cell.shape[0]])
    every_h: list[Tensor] = []
    every_c: list[Tensor] = []
    for x in sums:
        g, o = torch.addmm(x, h, from_output).chunk(2, dim=1)
        f = torch.sigmoid(torch.tanh(torch.addmm(cell_bias, c, from_cell)) @ to_gate)
        g = torch.tanh(g)
        c = g + f * (c - g)
        h = torch.sigmoid(o) * torch.tanh(c)
        every_h.append(h)
        every_c.append(c)
    return torch.stack(every_h), torch.stack(every_c)


class _Recurrence(torch.autograd.Function):
    """`_states` with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, sums: Tensor, *weights: Tensor) -> Tensor:
        h: Tensor
        with _one_thread():
            h, c = _states(sums, *weights)
        ctx.save_for_backward(h, c, sums, *weights)
        return h

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, h_gradient: Tensor) -> tuple[Tensor, ...]:
        h, c, sums, from_output, from_cell, cell_bias, to_gate = ctx.saved_tensors
        h_before, c_before = _delayed(h), _delayed(c)
        inner = torch.tanh(c_before @ from_cell + cell_bias)
        slopes = _slopes(c, c_before, sums + h_before @ from_output, inner, inner @ to_gate)
        with _one_thread():
            gradients = _through_time(h_gradient, slopes, from_output.T, from_cell.T, to_gate.T)
        return (
            gradients.sums,
            _product(h_before, gradients.sums),
            _product(c_before, gradients.inner),
            gradients.inner.sum(dim=(0, 1)),
            _product(inner, gradients.gate),
        )


class _Slopes(NamedTuple):
    """What a small change becomes on its way back within a frame, ``(time, batch, ...)``."""

    h_to_c: Tensor
    c_to_before: Tensor  # along c_t = f_t c_{t-1}: the gate itself
    c_to_gate: Tensor  # to the sum that sigma makes f of
    gate_to_inner: Tensor  # to the sum within tanh
    to_sums: Tensor  # from c to the sum of g, from h to the sum of o


class _Gradients(NamedTuple):
    """Gradients of all sums, ``(time, batch, ...)``."""

    sums: Tensor
    gate: Tensor
    inner: Tensor


def _slopes(c: Tensor, c_before: Tensor, sums: Tensor, inner: Tensor, gate: Tensor) -> _Slopes:
    """Differentiate all frames at once, from the memory and the sums; ``inner`` is behind tanh."""
    g, o = sums.chunk(2, dim=2)
    g, o, f, seen = torch.tanh(g), torch.sigmoid(o), torch.sigmoid(gate), torch.tanh(c)
    return _Slopes(
        h_to_c=o * (1 - seen**2),
        c_to_before=f,
        c_to_gate=(c_before - g) * f * (1 - f),
        gate_to_inner=1 - inner**2,
        to_sums=torch.cat([(1 - f) * (1 - g**2), seen * o * (1 - o)], dim=2),
    )


def _through_time(
    h_gradient: Tensor, slopes: _Slopes, to_h: Tensor, to_c: Tensor, to_inner: Tensor
) -> _Gradients:
    """Carry the gradient of every ``h`` back through all frames."""
    found = _Gradients(*map(torch.empty_like, (slopes.to_sums, slopes.c_to_gate, slopes.h_to_c)))
    dh, dc = h_gradient[-1], torch.zeros_like(h_gradient[-1])
    for t in reversed(range(len(h_gradient))):
        dc = torch.addcmul(dc, dh, slopes.h_to_c[t])
        torch.mul(torch.cat([dc, dh], dim=1), slopes.to_sums[t], out=found.sums[t])
        torch.mul(dc, slopes.c_to_gate[t], out=found.gate[t])
        torch.mul(found.gate[t] @ to_inner, slopes.gate_to_inner[t], out=found.inner[t])
        dc = torch.addmm(dc * slopes.c_to_before[t], found.inner[t], to_c)
        dh = torch.addmm(h_gradient[t - 1], found.sums[t], to_h)  # of no use where t is 0
    return found


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread, and give back those it had."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _delayed(states: Tensor) -> Tensor:
    """Return the state before each frame: zeros, then all but the last."""
    return torch.cat([torch.zeros_like(states[:1]), states[:-1]])


def _product(inputs: Tensor, gradients: Tensor) -> Tensor:
    """Return the gradient of weights, summed over all frames."""
    return inputs.flatten(0, 1).T @ gradients.flatten(0, 1)
