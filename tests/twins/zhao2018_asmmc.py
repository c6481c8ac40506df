"""Zhao et al. 2018 (ASMMC-MMAC) once more, step by step as in the paper."""

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
    mel_powers,
)

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
    marked = np.ones(len(power), bool)
    if recipe.active_alone:
        marked = active(power, weights, recipe.view.floor)
    pooled = halved(marked, len(recipe.filters))
    spectral = pool(cells[:, pooled], recipe.global_pooling)
    states = blstm(bands, weights, "blstm", recipe.lstm_layers)
    context, found = linear_attention(states[marked], weights, "attention")
    alpha = np.zeros(len(power))
    alpha[marked] = found
    embedding = np.concatenate([spectral, context])
    hidden = np.maximum(dense(embedding, weights, "head.0"), 0)
    return Found(embedding, states, alpha, dense(hidden, weights, "head.2"))


def active(power: Numbers, weights: Weights, floor: float) -> Numbers:
    """Mark the frames whose loudest band is within 6 nats of the utterance's loud frames."""
    loudest = np.array([max(one) for one in mel_powers(power, weights, floor)])
    sounding = loudest > np.log(floor) + 1e-3
    sounding = sounding if sounding.any() else np.ones(len(power), bool)
    loud = np.percentile(loudest[sounding], 95)
    found = sounding & (loudest > loud - 6)
    return found if found.sum() >= 10 else sounding


def halved(marked: Numbers, times: int) -> Numbers:
    """Mark the cells that hold a marked frame, each half as many as before."""
    for _ in range(times):
        marked = np.array([marked[at : at + 2].any() for at in range(0, len(marked), 2)])
    return marked


def pool(cells: Numbers, how: str) -> Numbers:
    """Pool ``cells (channels, time, bands)``."""
    if how == "max":
        return np.array([channel.max() for channel in cells])
    mean = np.array([channel.mean() for channel in cells])
    if how == "average":
        return mean
    return np.concatenate([mean, [np.sqrt(channel.var() + 1e-6) for channel in cells]])
