"""Batches of utterances of similar length: little padding, bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

#: Frames in a batch, padding included: bounds memory (the paper network takes 35 KB a frame).
BATCH_FRAMES = 2400


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
