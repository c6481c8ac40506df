"""Stretches of frames that follow each other: where they begin and end, slopes within them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.bool_]
Places = NDArray[np.int64]


def stretches(marks: Marks) -> tuple[Places, Places]:
    """Return the first frame of every stretch of marked frames, and the one behind its last.

    Examples
    --------
    >>> first, behind = stretches(np.array([True, True, False, True]))
    >>> first.tolist(), behind.tolist()
    ([0, 3], [2, 4])
    """
    between = np.zeros(len(marks) + 2, bool)
    between[1:-1] = marks
    edges = np.flatnonzero(between[1:] != between[:-1])
    return edges[::2], edges[1::2]


def deltas(
    streams: NDArray[np.float32], whole: Marks, firsts: Sequence[int] | Places = (0,)
) -> NDArray[np.float32]:
    """Compute how streams change from frame to frame: the regression over two frames either side.

    A stretch of whole frames is taken as if its first and last frame went on beyond its ends, so
    that what is around it changes nothing; so is one of frames that are not whole.

    Parameters
    ----------
    streams : ndarray, (frames, streams), float32
    whole : ndarray, (frames,), bool
        The mask ``all``.
    firsts : sequence of int, optional
        First frames of utterances that stand behind each other, where stretches end too.

    Returns
    -------
    ndarray, (frames, streams), float32
        ``d[t] = (x[t + 1] - x[t - 1] + 2 (x[t + 2] - x[t - 2])) / 10``.
    """
    frames = np.arange(len(whole))
    begins = np.append(True, whole[1:] != whole[:-1])
    begins[np.asarray(firsts)] = True
    bounds = np.append(np.flatnonzero(begins), len(whole))
    lengths = np.diff(bounds)
    low, high = np.repeat(bounds[:-1], lengths), np.repeat(bounds[1:], lengths) - 1
    slopes = [
        distance
        * (
            streams[np.minimum(frames + distance, high)]
            - streams[np.maximum(frames - distance, low)]
        )
        for distance in (1, 2)
    ]
    return np.asarray((slopes[0] + slopes[1]) / 10, np.float32)
