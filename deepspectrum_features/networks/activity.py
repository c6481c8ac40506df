"""Which frames of an utterance are speech-active: loud enough, measured by the utterance itself."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.recipe.streams import Definitions

_BELOW_ALL = -1e9


def active_frames(log_power: Tensor, frames: Tensor, floor: float) -> Tensor:
    """Mark the active frames ``(batch, time)`` of ``log_power (batch, time, bands)``.

    A frame is active where its loudest band is within 6 nats of the 95th percentile of the loudest
    bands; frames of digital silence, all of whose bands are at the ``floor``, play no part. Where
    fewer than ten are active, all that sound are.
    """
    valid = valid_steps(frames, log_power.shape[1])
    loudest = log_power.amax(dim=2)
    sounding = or_if_fewer(valid & (loudest > math.log(floor) + 1e-3), valid, 1)
    return loud_frames(loudest, sounding, Definitions())


def loud_frames(level: Tensor, sounding: Tensor, known: Definitions) -> Tensor:
    """Mark those of the sounding frames whose ``level (batch, time)`` is near their loud ones'."""
    loud = percentile(level, sounding, known.active_percentile)
    active = sounding & (level > loud - known.active_nats)
    return or_if_fewer(active, sounding, known.fewest_frames)


def or_if_fewer(mask: Tensor, other: Tensor, fewest: int) -> Tensor:
    """Return each utterance's mask, the other one where it holds fewer frames."""
    enough = mask.sum(dim=1, keepdim=True) >= fewest
    return (mask & enough) | (other & ~enough)


def percentile(values: Tensor, chosen: Tensor, percent: float) -> Tensor:
    """Return a percentile of each row's chosen values, ``(batch, 1)``, interpolated linearly."""
    falling, _ = values.masked_fill(~chosen, _BELOW_ALL).sort(dim=1, descending=True)
    last = chosen.sum(dim=1, keepdim=True) - 1
    place = last * (1 - percent / 100)
    above = place.floor().long()
    below = torch.minimum(above + 1, last)
    upper, lower = falling.gather(1, above), falling.gather(1, below)
    return upper + (place - above) * (lower - upper)
