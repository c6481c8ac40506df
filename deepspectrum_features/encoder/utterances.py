"""Streams of utterances behind each other, for what is computed of several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.stretches import Marks, Places

Streams = NDArray[np.float32]


@dataclass(frozen=True)
class Utterances:
    """Streams and masks of some utterances, one behind the other, without padding.

    Attributes
    ----------
    streams : ndarray, (frames, streams), float32
    masks : ndarray, (frames, 3), bool
        Voiced, active, and all frames that count.
    counts : ndarray, (utterances,), int64
        Frames of each.
    """

    streams: Streams
    masks: Marks
    counts: Places

    @classmethod
    def joined(cls, utterances: Sequence[tuple[Streams, Marks]]) -> Utterances:
        """Put utterances behind each other, each ``(streams, masks)``."""
        streams, masks = zip(*utterances, strict=True)
        counts = np.array([len(one) for one in streams], np.int64)
        return cls(np.concatenate(streams), np.concatenate(masks), counts)

    @property
    def firsts(self) -> Places:
        """First frame of each."""
        return np.asarray(np.cumsum(self.counts) - self.counts)

    def __iter__(self) -> Iterator[tuple[Streams, Marks]]:
        """Yield streams and masks of each, without a copy."""
        for first, count in zip(self.firsts, self.counts, strict=True):
            frames = slice(first, first + count)
            yield self.streams[frames], self.masks[frames]

    def counted(self, mask: int) -> tuple[Places, Places]:
        """Return the frames of all that one mask marks, and how many of them each has."""
        marks = self.masks[:, mask]
        return np.flatnonzero(marks), np.add.reduceat(marks, self.firsts, dtype=np.int64)
