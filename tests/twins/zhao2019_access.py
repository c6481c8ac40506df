"""Zhao et al. 2019 once more, step by step as in the paper."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from twins.blocks import (
    Numbers,
    Weights,
    blstm,
    conv_block,
    dense,
    linear_attention,
    log_mel,
    tanh_attention,
)

from deepspectrum_features.recipe import Zhao2019Access


class Found(NamedTuple):
    """What the twin gives for one utterance."""

    embedding: Numbers
    frame_embedding: Numbers
    attention: Numbers
    attention_tf: Numbers
    logits: Numbers


def zhao2019_access(power: Numbers, weights: Weights, recipe: Zhao2019Access) -> Found:
    """Encode the power spectra ``(time, bins)`` of one utterance."""
    bands = log_mel(power, weights, recipe.view.floor, recipe.view.centre)
    cells = bands[None]  # one channel
    for block in range(len(recipe.filters)):
        cells = conv_block(cells, weights, f"fcn.{block}")
    spectral, alpha_tf = tanh_attention(cells, weights, "cell_attention", recipe.attention_scale)
    states = blstm(bands, weights, "blstm", recipe.lstm_layers)
    temporal, alpha = linear_attention(states, weights, "attention")
    embedding = np.concatenate([spectral, temporal])
    hidden = np.maximum(dense(embedding, weights, "head.0"), 0)
    return Found(embedding, states, alpha, alpha_tf, dense(hidden, weights, "head.2"))
