"""Zhao et al. 2018 (ASMMC-MMAC) once more, step by step as in the paper."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from twins.blocks import Numbers, Weights, blstm, conv_block, dense, linear_attention, log_mel

from deepspectrum_features.recipe import Zhao2018Asmmc


class Found(NamedTuple):
    """What the twin gives for one utterance."""

    embedding: Numbers
    frame_embedding: Numbers
    attention: Numbers
    logits: Numbers


def zhao2018_asmmc(power: Numbers, weights: Weights, recipe: Zhao2018Asmmc) -> Found:
    """Encode the power spectra ``(time, bins)`` of one utterance."""
    bands = log_mel(power, weights, recipe.view.floor, recipe.view.centre)
    cells = bands[None]  # one channel
    for block in range(len(recipe.filters)):
        cells = conv_block(cells, weights, f"fcn.blocks.{block}")
    pool = np.max if recipe.global_pooling == "max" else np.mean
    spectral = np.array([pool(channel) for channel in cells])
    states = blstm(bands, weights, "blstm", recipe.lstm_layers)
    context, alpha = linear_attention(states, weights, "attention")
    embedding = np.concatenate([spectral, context])
    hidden = np.maximum(dense(embedding, weights, "head.0"), 0)
    return Found(embedding, states, alpha, dense(hidden, weights, "head.2"))
