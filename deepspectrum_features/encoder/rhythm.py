"""Facts of the rhythm: voiced stretches and gaps, pauses, syllables, and how F0 goes along.

`deepspectrum_features.recipe.rhythm` says what each of them is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.sample import Numbers
from deepspectrum_features.encoder.stretches import Marks, stretches
from deepspectrum_features.encoder.syllables import smoothed, syllables

_PAUSE_SECONDS = 0.1


class Rhythm:
    """An utterance from its first to its last active frame.

    Parameters
    ----------
    f0 : ndarray, (frames,), float32
        In octaves.
    energy : ndarray, (frames,), float32
        In nats.
    masks : ndarray, (frames, 3), bool
        Voiced, active, and all frames that count, each with at least one.
    step_seconds : float, s
        From frame to frame.

    Attributes
    ----------
    voiced, active : ndarray, (frames,), bool
    seconds : float
    """

    def __init__(
        self,
        f0: NDArray[np.float32],
        energy: NDArray[np.float32],
        masks: Marks,
        step_seconds: float,
    ) -> None:
        there = np.flatnonzero(masks[:, 1])
        span = slice(there[0], there[-1] + 1)
        self.voiced, self.active, whole = masks[span].T
        self.seconds = len(self.voiced) * step_seconds
        self._step = step_seconds
        self._f0 = f0[span].astype(np.float64)
        self._energy = smoothed(np.where(whole, energy[span], -np.inf))

    @cached_property
    def lengths(self) -> Numbers:
        """Lengths of voiced stretches, seconds."""
        first, behind = self._stretches
        return np.asarray((behind - first) * self._step)

    @cached_property
    def gaps(self) -> Numbers:
        """Lengths of what lies between voiced stretches, seconds."""
        first, behind = self._stretches
        return np.asarray((first[1:] - behind[:-1]) * self._step)

    @cached_property
    def pauses(self) -> Numbers:
        """Lengths of pauses, seconds."""
        first, behind = stretches(~self.active)
        lengths = np.asarray((behind - first) * self._step)
        return lengths[lengths > _PAUSE_SECONDS - self._step / 2]

    @cached_property
    def syllables(self) -> int:
        """How many syllables there are."""
        voiced = self.voiced.tolist()  # of few values Python is faster than numpy
        return sum(any(voiced[max(peak - 2, 0) : peak + 3]) for peak in self._peaks)

    @cached_property
    def intervals(self) -> Numbers:
        """Times from one peak of the energy to the next, seconds."""
        return np.asarray(np.diff(self._peaks) * self._step)

    @cached_property
    def steps(self) -> Numbers:
        """Absolute changes of F0 between neighbours that are voiced, octaves."""
        both = self.voiced[1:] & self.voiced[:-1]
        return np.asarray(np.abs(np.diff(self._f0))[both])

    @cached_property
    def _stretches(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return stretches(self.voiced)

    @cached_property
    def _peaks(self) -> NDArray[np.int64]:
        return syllables(self._energy)


def _mean(values: Numbers) -> float:
    """Return the mean, 0 of nothing."""
    return float(values.mean()) if len(values) else 0.0


def _deviation(values: Numbers) -> float:
    """Return the standard deviation, 0 of nothing."""
    return float(values.std()) if len(values) else 0.0


def _percentile(values: Numbers, percent: float) -> float:
    """Return a percentile, 0 of nothing."""
    if not len(values):
        return 0.0
    ordered, place = np.sort(values), percent / 100 * (len(values) - 1)
    below = int(place)
    low, high = ordered[below], ordered[min(below + 1, len(values) - 1)]
    return float(low + (place - below) * (high - low))


def _length(seconds: float) -> float:
    """Return the logarithm of a length, or of a share."""
    return float(np.log(seconds + 0.02))


def _rate(rhythm: Rhythm, count: int) -> float:
    """Return the logarithm of how many there are in a second."""
    return float(np.log(count / rhythm.seconds + 0.2))


RHYTHM: dict[str, Callable[[Rhythm], float]] = {
    "duration": lambda rhythm: _length(rhythm.seconds),
    "active_share": lambda rhythm: rhythm.active.mean(),
    "voiced_share": lambda rhythm: rhythm.voiced.sum() / rhythm.active.sum(),
    "voiced_rate": lambda rhythm: _rate(rhythm, len(rhythm.lengths)),
    "voiced_mean": lambda rhythm: _length(_mean(rhythm.lengths)),
    "voiced_deviation": lambda rhythm: _length(_deviation(rhythm.lengths)),
    "gap_mean": lambda rhythm: _length(_mean(rhythm.gaps)),
    "pause_share": lambda rhythm: _length(rhythm.pauses.sum() / rhythm.seconds),
    "syllable_rate": lambda rhythm: _rate(rhythm, rhythm.syllables),
    "syllable_deviation": lambda rhythm: _length(_deviation(rhythm.intervals)),
    "f0_step_mean": lambda rhythm: _mean(rhythm.steps),
    "f0_step_p90": lambda rhythm: _percentile(rhythm.steps, 90),
}
