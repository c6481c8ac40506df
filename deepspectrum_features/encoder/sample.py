"""Streams over the frames that count: what statistics over time have in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.stretches import Marks, Places

Numbers: TypeAlias = NDArray[np.float64]

#: Streams that deviate by less than this share of 1 + |mean| count as constant.
_CONSTANT = 1e-4


class Sample:
    """Values of some streams over some frames of some utterances; nothing is computed twice.

    Everything is summed up in double precision, utterance by utterance in the order of its frames,
    so that equal values give equal numbers to the bit, whatever stands beside them. Utterances come
    together because most are short: calling numpy for one of them takes longer than it computes.

    Parameters
    ----------
    values : ndarray, (streams, frames), float
        Of one utterance behind the other.
    places : ndarray, (frames,), int64
        Numbers of the frames in their utterance, rising.
    counts : ndarray, (utterances,), int64
        Frames of each utterance, at least one.

    Examples
    --------
    >>> values = np.array([[1, 2, 6, 5, 7], [4, 4, 4, 0, 1]], np.float32)
    >>> sample = Sample(values, np.array([0, 1, 2, 0, 1]), np.array([3, 2]))
    >>> sample.mean.tolist(), sample.percentile(50).tolist()
    ([[3.0, 6.0], [4.0, 0.5]], [[2.0, 6.0], [4.0, 0.5]])
    """

    def __init__(self, values: NDArray[np.floating[Any]], places: Places, counts: Places) -> None:
        self._values, self._places, self._counts = values, places, counts
        self._firsts = np.cumsum(counts) - counts
        self._utterance = np.repeat(np.arange(len(counts)), counts)

    def percentile(self, percent: float) -> Numbers:
        """Return a percentile, ``(streams, utterances)``, between its neighbours in order."""
        place = percent / 100 * (self._counts - 1)
        below = place.astype(np.int64)
        low = self._sorted[:, self._firsts + below].astype(np.float64)
        high = self._sorted[:, self._firsts + np.minimum(below + 1, self._counts - 1)]
        return np.asarray(low + (place - below) * (high - low))

    def moment(self, order: int) -> Numbers:
        """Return the mean of standardised values to the third or fourth power, 0 if constant."""
        other = self._centred if order == 3 else self._squares
        return np.asarray(self._means(self._squares * other) / self.scale**order)

    def autocorrelation(self, lag: int) -> Numbers:
        """Return the mean product of standardised values so many frames apart, 0 if constant."""
        products, of_one = np.zeros(self._values.shape), self._of_one(lag)
        early, late = self._centred[:, :-lag], self._centred[:, lag:]
        np.multiply(early, late, out=products[:, :-lag], where=of_one)
        raw = self._sums(products) / np.maximum(self._counts - lag, 1)
        return np.asarray(raw / self.scale**2)

    def correlations(self, first: Places, second: Places) -> Numbers:
        """Return how streams go together with others, ``(pairs, utterances)``, 0 if constant."""
        raw = self._means(self._centred[first] * self._centred[second])
        return np.asarray(raw / (self.scale[first] * self.scale[second]))

    def acceleration(self) -> Numbers:
        """Return the mean absolute second difference of frames between two neighbours."""
        inner, bends = np.zeros(len(self._places), bool), np.zeros(self._values.shape)
        inner[:-2] = self._of_one(2) & (self._places[2:] - self._places[:-2] == 2)
        before, at, behind = self._values[:, :-2], self._values[:, 1:-1], self._values[:, 2:]
        bends[:, :-2] = np.abs(behind - 2 * at + before)
        bends[:, ~inner] = 0
        count = np.maximum(self._sums(inner[None].astype(np.float64)), 1)
        return np.asarray(self._sums(bends) / count)

    def mean_with(self, weights: Numbers) -> Numbers:
        """Return the mean product of centred values and ``weights (frames,)``."""
        return self._means(self._centred * weights)

    @cached_property
    def mean(self) -> Numbers:
        """Mean, ``(streams, utterances)``."""
        return self._means(self._values.astype(np.float64))

    @cached_property
    def deviation(self) -> Numbers:
        """Standard deviation, ``(streams, utterances)``."""
        return np.asarray(np.sqrt(self._means(self._squares)))

    @cached_property
    def time(self) -> Numbers:
        """From -1 at an utterance's first frame to 1 at its last, ``(frames,)``; 0 of one alone."""
        steps = np.arange(len(self._places)) - self._firsts[self._utterance]
        counts = self._counts[self._utterance]
        return np.asarray(2 * steps / np.maximum(counts - 1, 1) - (counts > 1))

    @cached_property
    def slope(self) -> Numbers:
        """Slope of the straight line through the values over time, ``(streams, utterances)``."""
        power = self._means(self.time[None] ** 2)
        return np.asarray(self.mean_with(self.time) / np.maximum(power, np.finfo(float).tiny))

    @cached_property
    def scale(self) -> Numbers:
        """What standardises: the deviation, or infinity for what counts as constant."""
        constant = self.deviation < _CONSTANT * (1 + np.abs(self.mean))
        return np.where(constant, np.inf, self.deviation)

    def _means(self, values: Numbers) -> Numbers:
        """Return the mean over every utterance's frames."""
        return np.asarray(self._sums(values) / self._counts)

    def _sums(self, values: Numbers) -> Numbers:
        """Sum up every utterance's frames, ``(streams, frames)`` to ``(streams, utterances)``."""
        return np.asarray(np.add.reduceat(values, self._firsts, axis=1))

    def _of_one(self, lag: int) -> Marks:
        """Whether frames and those so many behind them are of one utterance."""
        return np.asarray(self._utterance[:-lag] == self._utterance[lag:])

    def _frames(self) -> Iterator[slice]:
        """Yield where the frames of every utterance stand."""
        for first, count in zip(self._firsts, self._counts, strict=True):
            yield slice(first, first + count)

    @cached_property
    def _sorted(self) -> NDArray[np.floating[Any]]:
        values = self._values.copy()
        for frames in self._frames():
            values[:, frames].sort(axis=1)
        return values

    @cached_property
    def _centred(self) -> Numbers:
        centred = np.empty(self._values.shape)
        for utterance, frames in enumerate(self._frames()):
            mean = self.mean[:, utterance, None]
            np.subtract(self._values[:, frames], mean, out=centred[:, frames])
        return centred

    @cached_property
    def _squares(self) -> Numbers:
        return np.asarray(self._centred**2)
