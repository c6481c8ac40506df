"""Zhang et al. 2018 once more: AlexNet's convolutions, and attention to the cells they leave."""

from __future__ import annotations

import numpy as np
from twins.blocks import Numbers, Weights, tanh_attention

from deepspectrum_features.recipe import Recipe


def zhang2018_apsipa(power: Numbers, weights: Weights, recipe: Recipe) -> tuple[Numbers, Numbers]:
    """Return embedding and attention ``(steps, bands)`` of ``power (frames, bins)``."""
    picture = log_bins(power, weights, recipe)
    x = np.stack([picture] * recipe.network.channels)  # (channels, frames, bins)
    for number, (stride, around) in enumerate([(4, 2), (1, 2), (1, 1), (1, 1), (1, 1)]):
        name = f"alexnet.convolutions.{number}"
        x = convolved(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride, around)
        if recipe.network.norm == "batch":
            x = batch_normed(x, weights, f"alexnet.batch_norms.{number}")
        x = np.maximum(x, 0)
        if recipe.network.norm == "response" and number < 2:
            x = response_normed(x)
        if number in (0, 1, 4):
            x = pooled(x)
    return tanh_attention(x, weights, "attention", recipe.network.attention_scale)


def log_bins(power: Numbers, weights: Weights, recipe: Recipe) -> Numbers:
    """Return z-normed logarithms of the bins in the view's range, filled up to 63 both ways."""
    view, front_end = recipe.network.view, recipe.front_end
    rows: list[Numbers] = []
    for k in range(power.shape[1]):
        if view.low_hz <= k * front_end.sample_rate / front_end.n_fft < view.high_hz:
            row = np.log(np.maximum(power[:, k], view.floor))
            row = row - row.mean() if view.centre else row
            row = row - weights["view.mean"][len(rows)]
            rows.append(row / weights["view.deviation"][len(rows)])
    bins, frames = len(rows), len(power)
    return np.pad(np.array(rows).T, [(0, max(63 - frames, 0)), (0, max(63 - bins, 0))])


def convolved(x: Numbers, kernels: Numbers, bias: Numbers, stride: int, around: int) -> Numbers:
    padded = np.pad(x, [(0, 0), (around, around), (around, around)])
    size = kernels.shape[2]
    frames, bins = ((length - size) // stride + 1 for length in padded.shape[1:])
    out = np.zeros((len(kernels), frames, bins))
    for t in range(frames):
        for f in range(bins):
            seen = padded[:, stride * t : stride * t + size, stride * f : stride * f + size]
            for c in range(len(kernels)):
                out[c, t, f] = (kernels[c] * seen).sum() + bias[c]
    return out


def batch_normed(x: Numbers, weights: Weights, name: str) -> Numbers:
    out = np.zeros_like(x)
    for c in range(len(x)):
        spread = np.sqrt(weights[f"{name}.running_var"][c] + 1e-5)
        normal = (x[c] - weights[f"{name}.running_mean"][c]) / spread
        out[c] = weights[f"{name}.weight"][c] * normal + weights[f"{name}.bias"][c]
    return out


def response_normed(x: Numbers) -> Numbers:
    out = np.zeros_like(x)
    for c in range(len(x)):
        near = x[max(c - 2, 0) : c + 3]
        out[c] = x[c] / (2 + 1e-4 * (near**2).sum(axis=0)) ** 0.75
    return out


def pooled(x: Numbers) -> Numbers:
    frames, bins = ((length - 3) // 2 + 1 for length in x.shape[1:])
    out = np.zeros((len(x), frames, bins))
    for t in range(frames):
        for f in range(bins):
            out[:, t, f] = x[:, 2 * t : 2 * t + 3, 2 * f : 2 * f + 3].max(axis=(1, 2))
    return out
