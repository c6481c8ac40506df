"""The networks' blocks once more: one utterance, explicit loops, double precision, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Weights = Mapping[str, Numbers]


def weights_of(network: Any) -> dict[str, Numbers]:
    """Return everything that a torch module learned or was given, by its name."""
    return {name: value.double().numpy() for name, value in network.state_dict().items()}


def mel_powers(power: Numbers, weights: Weights, floor: float) -> Numbers:
    """Map power spectra ``(time, bins)`` to log mel bands ``(time, bands)`` as they are."""
    filterbank = weights["view.filterbank"]
    bands = np.empty((len(power), filterbank.shape[1]))
    for t, spectrum in enumerate(power):
        for band in range(filterbank.shape[1]):
            bands[t, band] = np.log(max(float(spectrum @ filterbank[:, band]), floor))
    return bands


def log_mel(power: Numbers, weights: Weights, floor: float, centre: bool) -> Numbers:
    """Map power spectra ``(time, bins)`` to z-normed log mel bands ``(time, bands)``."""
    bands = mel_powers(power, weights, floor)
    if centre:
        bands = bands - bands.mean(axis=0)
    return (bands - weights["view.mean"]) / weights["view.deviation"]


def conv_block(x: Numbers, weights: Weights, name: str) -> Numbers:
    """Convolve ``x (channels, time, bands)``, batch norm, ReLU, max pooling 2x2 in ceil mode."""
    kernels = weights[f"{name}.convolution.weight"]  # (filters, channels, k, k)
    size = kernels.shape[2]
    before = (size - 1) // 2
    around = np.pad(x, ((0, 0), (before, size - 1 - before), (before, size - 1 - before)))
    _, frames, bands = x.shape
    out = np.empty((len(kernels), frames, bands))
    for t in range(frames):
        for f in range(bands):
            patch = around[:, t : t + size, f : f + size]
            out[:, t, f] = [(kernel * patch).sum() for kernel in kernels]
    mean, variance = weights[f"{name}.norm.running_mean"], weights[f"{name}.norm.running_var"]
    scale, shift = weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"]
    for channel in range(len(kernels)):
        normal = (out[channel] - mean[channel]) / np.sqrt(variance[channel] + 1e-5)
        out[channel] = np.maximum(scale[channel] * normal + shift[channel], 0)
    pooled = np.empty((len(kernels), -(-frames // 2), -(-bands // 2)))
    for t in range(pooled.shape[1]):
        for f in range(pooled.shape[2]):
            pooled[:, t, f] = out[:, 2 * t : 2 * t + 2, 2 * f : 2 * f + 2].max(axis=(1, 2))
    return pooled


def lstm(x: Numbers, weights: Weights, name: str) -> Numbers:
    """Run torch's LSTM cell over ``x (time, dim)``: ``(time, units)``."""
    into, over = weights[f"{name}.weight_ih_l0"], weights[f"{name}.weight_hh_l0"]
    bias = weights[f"{name}.bias_ih_l0"] + weights[f"{name}.bias_hh_l0"]
    h = c = np.zeros(over.shape[1])
    states = []
    for frame in x:
        i, f, g, o = np.split(into @ frame + over @ h + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states)


def blstm(x: Numbers, weights: Weights, name: str, layers: int) -> Numbers:
    """Run stacked layers ahead and behind: ``(time, 2 units)``."""
    for layer in range(layers):
        ahead = lstm(x, weights, f"{name}.ahead.{layer}")
        behind = lstm(x[::-1], weights, f"{name}.behind.{layer}")[::-1]
        x = np.concatenate([ahead, behind], axis=1)
    return x


def linear_attention(h: Numbers, weights: Weights, name: str) -> tuple[Numbers, Numbers]:
    """Return ``sum_t alpha_t h_t`` and ``alpha = softmax_t(w . h_t)``."""
    (w,) = weights[f"{name}.score.weight"]
    alpha = softmax(np.array([w @ state for state in h]))
    return sum(a * state for a, state in zip(alpha, h, strict=True)), alpha


def tanh_attention(
    x: Numbers, weights: Weights, name: str, scale: float
) -> tuple[Numbers, Numbers]:
    """Return ``sum_i alpha_i a_i`` and ``alpha = softmax_i(scale u . tanh(W a_i + b))``.

    Cells ``a_i`` are the columns of ``x (channels, time, bands)``.
    """
    w, b = weights[f"{name}.hidden.weight"], weights[f"{name}.hidden.bias"]
    (u,) = weights[f"{name}.score.weight"]
    _, frames, bands = x.shape
    cells = [x[:, t, f] for t in range(frames) for f in range(bands)]
    alpha = softmax(np.array([scale * (u @ np.tanh(w @ cell + b)) for cell in cells]))
    context = sum(a * cell for a, cell in zip(alpha, cells, strict=True))
    return context, alpha.reshape(frames, bands)


def dense(x: Numbers, weights: Weights, name: str) -> Numbers:
    """Apply a layer with bias."""
    return weights[f"{name}.weight"] @ x + weights[f"{name}.bias"]


def softmax(scores: Numbers) -> Numbers:
    """Return weights that sum to 1."""
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def sigmoid(x: Numbers) -> Numbers:
    """Return values from 0 to 1."""
    return 1 / (1 + np.exp(-x))
