"""Zhao et al. 2018 (Interspeech) once more, step by step as in the paper."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from twins.blocks import Numbers, Weights, blstm, dense, linear_attention


class Found(NamedTuple):
    """What the twin gives for one utterance."""

    embedding: Numbers
    frame_embedding: Numbers
    attention: Numbers
    logits: Numbers


def zhao2018_interspeech(frames: Numbers, weights: Weights) -> Found:
    """Encode the descriptors ``(time, dim)`` of one utterance."""
    x = whitened(frames, weights)
    maps = x
    for block in range(sum(name.endswith("convolution.weight") for name in weights)):
        maps = temporal_block(maps, weights, f"fcn.blocks.{block}")
    states = blstm(x, weights, "blstm", layers=1)
    context, alpha = linear_attention(states, weights, "attention")
    embedding = np.concatenate([maps.mean(axis=0), context])
    hidden = np.maximum(dense(embedding, weights, "head.0"), 0)
    return Found(embedding, states, alpha, dense(hidden, weights, "head.2"))


def whitened(frames: Numbers, weights: Weights) -> Numbers:
    """Move, scale and turn every frame."""
    turn, mean, scale = (weights[f"view.{name}"] for name in ("projection", "mean", "scale"))
    return np.array([turn.T @ ((x - mean) * scale) for x in frames])


def temporal_block(x: Numbers, weights: Weights, name: str) -> Numbers:
    """Convolve along time, zeros around; normalise with the running statistics; ReLU."""
    kernel = weights[f"{name}.convolution.weight"]  # (out, in, width)
    width = kernel.shape[2]
    before = (width - 1) // 2  # of 8 frames: 3 before, the frame, 4 behind
    out = np.zeros((len(x), len(kernel)))
    for t in range(len(x)):
        for j in range(width):
            if 0 <= t + j - before < len(x):
                out[t] += kernel[:, :, j] @ x[t + j - before]
    mean, variance = weights[f"{name}.norm.running_mean"], weights[f"{name}.norm.running_var"]
    scale, shift = weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"]
    return np.maximum(scale * (out - mean) / np.sqrt(variance + 1e-5) + shift, 0)
