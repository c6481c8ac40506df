"""Batches of utterances of similar length: little padding, bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]

#: Frames in a batch, padding included: bounds memory (the paper network takes 35 KB a frame).
BATCH_FRAMES = 2400
#: Frames at hand before they are encoded, 15 MB. The CPU is slow for half a millisecond after every
#: change from reading to encoding, so it should change rarely.
WINDOW_FRAMES = 6 * BATCH_FRAMES


def pad(
    utterances: Sequence[Frames], beyond: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Put utterances into one array with zeros behind each; return it and their lengths.

    Parameters
    ----------
    utterances : sequence of ndarray, (frames, dim)
    beyond : int, optional
        Frames of padding behind the longest.

    Returns
    -------
    batch : ndarray, (batch, longest + beyond, dim), float32
    lengths : ndarray, (batch,), int64
    """
    lengths = np.array([len(frames) for frames in utterances], np.int64)
    batch = np.zeros((len(lengths), lengths.max() + beyond, utterances[0].shape[1]), np.float32)
    for row, frames in zip(batch, utterances, strict=True):
        row[: len(frames)] = frames
    return batch, lengths


def batches(lengths: dict[int, int], most: int = BATCH_FRAMES) -> Iterator[list[int]]:
    """Group rows by length so that a batch holds at most ``most`` frames, padding included.

    Examples
    --------
    >>> list(batches({0: 300, 1: 900, 2: 310, 3: 5000}, most=1000))
    [[0, 2], [1], [3]]
    """
    batch: list[int] = []
    for row in sorted(lengths, key=lambda row: (lengths[row], row)):
        if batch and (len(batch) + 1) * lengths[row] > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def batches_on_the_way(
    utterances: Iterable[tuple[int, Frames]],
    most: int = BATCH_FRAMES,
    window: int = WINDOW_FRAMES,
) -> Iterator[dict[int, Frames]]:
    """Group utterances into batches while they come in, by length among those at hand.

    Whenever ``window`` frames have come together, all batches but the last one go out, which those
    that follow may fill. Memory is bounded by the window and the longest utterance.

    Parameters
    ----------
    utterances : iterable of (row, frames)
        Frames ``(frames, dim)``; rows tell utterances of one length apart.
    most : int, optional
        Frames in a batch, padding included.
    window : int, optional
        Frames to gather.

    Yields
    ------
    batch : dict of int to ndarray
    """
    at_hand: dict[int, Frames] = {}
    for row, frames in utterances:
        at_hand[row] = frames
        if sum(map(len, at_hand.values())) >= window:
            for batch in _grouped(at_hand, most)[:-1]:
                yield {row: at_hand.pop(row) for row in batch}
    for batch in _grouped(at_hand, most):
        yield {row: at_hand.pop(row) for row in batch}


def runs(
    utterances: Iterable[tuple[int, Frames]], window: int = WINDOW_FRAMES
) -> Iterator[list[tuple[int, Frames]]]:
    """Cut a stream of utterances into runs of neighbours, each of about ``window`` frames."""
    run: list[tuple[int, Frames]] = []
    for row, frames in utterances:
        run.append((row, frames))
        if sum(len(one) for _, one in run) >= window:
            yield run
            run = []
    if run:
        yield run


def _grouped(at_hand: dict[int, Frames], most: int) -> list[list[int]]:
    return list(batches({row: len(frames) for row, frames in at_hand.items()}, most))
