"""Xie et al. 2019 (TASLP) once more, step by step as in its sources."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from twins.blocks import Numbers, Weights, dense, sigmoid, softmax


class Found(NamedTuple):
    """What the twin gives for one utterance."""

    embedding: Numbers
    frame_embedding: Numbers
    attention: Numbers
    logits: Numbers


def xie2019_taslp(frames: Numbers, weights: Weights) -> Found:
    """Encode the descriptors ``(time, dim)`` of one utterance."""
    states = np.array([(frame - weights["view.mean"]) * weights["view.scale"] for frame in frames])
    for layer in range(sum(name.endswith("to_gate") for name in weights)):
        states = cell_gated_lstm(states, weights, f"layers.{layer}.")
    time, alpha = over_time(states, weights["attention.time.weight"])
    feature = over_features(
        states, weights["attention.feature.weight"].T, weights["attention.feature_score.weight"].T
    )
    embedding = np.concatenate([time, feature])
    hidden = np.maximum(dense(embedding, weights, "head.0"), 0)
    return Found(embedding, states, alpha, dense(hidden, weights, "head.2"))


def cell_gated_lstm(x: Numbers, weights: Weights, name: str) -> Numbers:
    """Run one layer from zeros; sums stand in the order g, o."""
    w_c, w_f = weights[name + "from_cell"].T, weights[name + "to_gate"].T
    w_x, w_xo = np.split(weights[name + "from_input.weight"], 2)
    b_g, b_o = np.split(weights[name + "from_input.bias"], 2)
    w_h, w_ho = np.split(weights[name + "from_output"].T, 2)
    h, c, states = np.zeros(len(w_c)), np.zeros(len(w_c)), []
    for frame in x:
        f = sigmoid(w_f @ np.tanh(w_c @ c + weights[name + "cell_bias"]))
        g = np.tanh(w_x @ frame + w_h @ h + b_g)
        o = sigmoid(w_xo @ frame + w_ho @ h + b_o)
        c = f * c + (1 - f) * g
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states)


def over_time(states: Numbers, w_t: Numbers) -> tuple[Numbers, Numbers]:
    """``alpha = softmax_t(o_T . (o_t W_T))``; return ``sum_t alpha_t o_t``, and alpha."""
    alpha = softmax(np.array([states[-1] @ (o @ w_t) for o in states]))
    return sum(a * o for a, o in zip(alpha, states, strict=True)), alpha


def over_features(states: Numbers, w_f: Numbers, v_f: Numbers) -> Numbers:
    """``sum_t s_t * o_t`` with ``s_t = softmax_d(tanh(o_t W_F) V_F)``."""
    return sum(softmax(np.tanh(o @ w_f) @ v_f) * o for o in states)
