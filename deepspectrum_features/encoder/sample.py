"""Streams over the frames that count: what statistics over time have in common."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]

#: Streams that deviate by less than this share of 1 + |mean| count as constant.
_CONSTANT = 1e-4


class Sample:
    """Values of some streams over some frames; nothing is computed twice, or in vain.

    Everything is summed up in double precision, in the order of the frames, so that equal values
    give equal numbers to the bit.

    Parameters
    ----------
    values : ndarray, (streams, frames), float
        At least one frame.
    places : ndarray, (frames,), int64
        Numbers of the frames in the utterance, rising.

    Attributes
    ----------
    frames : int

    Examples
    --------
    >>> sample = Sample(np.array([[1, 2, 6], [4, 4, 4]], np.float32), np.arange(3))
    >>> sample.mean.tolist(), sample.percentile(50).tolist()
    ([3.0, 4.0], [2.0, 4.0])
    """

    def __init__(self, values: NDArray[np.floating[Any]], places: NDArray[np.int64]) -> None:
        self._values, self._places = values, places
        self.frames: int = values.shape[1]

    def percentile(self, percent: float) -> Numbers:
        """Return a percentile, ``(streams,)``, on the line between its neighbours in order."""
        place = percent / 100 * (self.frames - 1)
        below = int(place)
        low = self._sorted[:, below].astype(np.float64)
        high = self._sorted[:, min(below + 1, self.frames - 1)]
        return np.asarray(low + (place - below) * (high - low))

    def moment(self, order: int) -> Numbers:
        """Return the mean of standardised values to the third or fourth power, 0 if constant."""
        other = self._centred if order == 3 else self._squares
        raw = np.einsum("sf,sf->s", self._squares, other) / self.frames
        return np.asarray(raw / self.scale**order)

    def autocorrelation(self, lag: int) -> Numbers:
        """Return the mean product of standardised values so many frames apart, 0 if constant."""
        if self.frames <= lag:
            return np.zeros(len(self._values))
        early, late = self._centred[:, :-lag], self._centred[:, lag:]
        raw = np.einsum("sf,sf->s", early, late) / (self.frames - lag)
        return np.asarray(raw / self.scale**2)

    def correlations(self) -> Numbers:
        """Return the correlation of every two streams, ``(streams, streams)``, 0 if constant."""
        raw = np.einsum("sf,tf->st", self._centred, self._centred) / self.frames
        return np.asarray(raw / np.outer(self.scale, self.scale))

    def acceleration(self) -> Numbers:
        """Return the mean absolute second difference of frames between two neighbours."""
        inner = self._places[2:] - self._places[:-2] == 2
        before, at, behind = self._values[:, :-2], self._values[:, 1:-1], self._values[:, 2:]
        bends = np.abs(behind - 2 * at + before)
        return np.asarray(np.einsum("sf,f->s", bends, inner / max(inner.sum(), 1)))

    def mean_with(self, weights: Numbers) -> Numbers:
        """Return the mean product of centred values and ``weights (frames,)``."""
        return np.asarray(np.einsum("sf,f->s", self._centred, weights) / self.frames)

    @cached_property
    def mean(self) -> Numbers:
        """Mean, ``(streams,)``."""
        return np.asarray(self._values.sum(axis=1, dtype=np.float64) / self.frames)

    @cached_property
    def deviation(self) -> Numbers:
        """Standard deviation, ``(streams,)``."""
        return np.asarray(np.sqrt(self._squares.sum(axis=1) / self.frames))

    @cached_property
    def time(self) -> Numbers:
        """From -1 at the first frame to 1 at the last, ``(frames,)``; 0 of a single one."""
        steps = np.arange(self.frames, dtype=np.float64)
        return np.asarray(2 * steps / max(self.frames - 1, 1) - (self.frames > 1))

    @cached_property
    def slope(self) -> Numbers:
        """Slope of the straight line through the values over time, ``(streams,)``."""
        return np.asarray(self.mean_with(self.time) / max(self.time_power, np.finfo(float).tiny))

    @cached_property
    def time_power(self) -> float:
        """Mean of the squares of time."""
        return float(np.sum(self.time**2)) / self.frames

    @cached_property
    def scale(self) -> Numbers:
        """What standardises: the deviation, or infinity for what counts as constant."""
        constant = self.deviation < _CONSTANT * (1 + np.abs(self.mean))
        return np.where(constant, np.inf, self.deviation)

    @cached_property
    def _sorted(self) -> NDArray[np.floating[Any]]:
        return np.sort(self._values, axis=1)

    @cached_property
    def _centred(self) -> Numbers:
        return np.asarray(self._values - self.mean[:, None])

    @cached_property
    def _squares(self) -> Numbers:
        return np.asarray(self._centred**2)
