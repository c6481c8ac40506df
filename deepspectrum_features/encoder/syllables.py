"""Syllables, as far as energy tells them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.sample import Numbers

#: Energies further below the largest, in nats, are raised to there.
_DEPTH = 8.0
#: How far a peak rises above the valleys on either side, in nats: 3 dB.
_RISE = 0.7
_SMOOTHING = np.hanning(13)[1:-1] / np.hanning(13).sum()


def smoothed(energy: Numbers) -> Numbers:
    """Smooth energies ``(frames,)`` in nats over about 60 ms; silence is -inf."""
    raised = np.maximum(energy, energy.max() - _DEPTH)
    beyond = np.ones(len(_SMOOTHING) // 2)
    raised = np.concatenate([raised[0] * beyond, raised, raised[-1] * beyond])
    return np.convolve(raised, _SMOOTHING, "valid")


def syllables(energy: Numbers) -> NDArray[np.int64]:
    """Return the frames of peaks that rise above the valleys between them.

    Examples
    --------
    >>> syllables(np.array([0, 2, 1.5, 1.9, 0, 3, 0])).tolist()
    [1, 5]
    """
    rising = energy[1:-1] > energy[:-2]
    peaks = np.flatnonzero(rising & (energy[1:-1] >= energy[2:])) + 1
    nats: list[float] = energy.tolist()  # of few values Python is faster than numpy
    found: list[int] = []
    for peak in peaks.tolist():
        if not found:
            found.append(peak)
            continue
        valley = min(nats[found[-1] : peak])
        if min(nats[found[-1]], nats[peak]) - valley >= _RISE:
            found.append(peak)
        elif nats[peak] > nats[found[-1]]:
            found[-1] = peak
    return np.array(found, np.int64)
