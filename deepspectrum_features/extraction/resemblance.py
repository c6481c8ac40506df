"""Copies that nobody named: rows that have the name and the length of what an encoder heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.names import path_without_suffix, stem
from deepspectrum_features.corpus.utterance import Stretch
from deepspectrum_features.encoder.heard import HeardUtterance

_CLOSE_SECONDS = 0.01
_DEALT = 1000  # lengths that tell what chance does: more would cost time, and tell no more


def resembling(
    heard: Sequence[HeardUtterance], stretches: Iterable[Stretch], seen: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Find rows whose recording has the stem and the length of one that was heard.

    Coding changes a recording's content, but hardly its length, and copies keep their names. Many
    corpora count their recordings, though, so names agree by chance, and then lengths may. Among
    the recordings not seen otherwise whose stem was heard, more than half must agree in length, and
    more than twice as many as would if the lengths at hand were dealt among them at random. Else
    nothing is found.

    Parameters
    ----------
    heard : sequence of HeardUtterance
        What the encoder was trained on.
    stretches : iterable of (file, start, end, channel), (rows,)
        A recording is as long as its last row's end.
    seen : ndarray, (rows,), int32
        As `seen_in_training` gives it.

    Returns
    -------
    ndarray, (rows,), bool
    """
    known: dict[str, set[float]] = defaultdict(set)
    for one in heard:
        if one.path and one.seconds is not None:
            known[stem(one.path)].add(one.seconds)
    ends: dict[str, float] = defaultdict(float)
    files: list[str] = []
    for (file, _, end, _), met in zip(stretches, seen.tolist(), strict=True):
        files.append(file)
        if not met and end is not None and stem(path_without_suffix(file)) in known:
            ends[file] = max(ends[file], end)
    dealt = np.array([*ends.values()])[:: len(ends) // _DEALT + 1]
    found, by_chance = set(), 0.0
    for file, seconds in ends.items():
        lengths = np.array([*known[stem(path_without_suffix(file))]])
        by_chance += float(_close(dealt, lengths).mean())
        if _close(np.array([seconds]), lengths).any():
            found.add(file)
    if len(found) <= max(len(ends) / 2, 2 * by_chance):
        found.clear()
    return np.array([file in found for file in files], bool)


def _close(lengths: NDArray[np.float64], heard: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which of some lengths are close to one that was heard."""
    apart = np.abs(lengths[:, None] - heard)  # (lengths, heard)
    return np.asarray((apart <= _CLOSE_SECONDS).any(axis=1))
