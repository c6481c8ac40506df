"""Low-level descriptors of openSMILE with their deltas, as frames for a network.

The clock, measured with clicks: ``step`` is 10 ms in whole samples (half a sample rounds up), and
row ``t`` is smoothed over the windows that begin at ``step * (t - 1)``, ``step * t`` and
``step * (t + 1)``. Windows are 20 ms long, so that row ``t`` is centred 10 ms behind
``step * t``. Those of pitch, voicing and zero crossings are 60 ms long, and centred 20 ms later;
jitter, shimmer and harmonics-to-noise ratio follow the periods of the voice. opensmile-python gives
60 ms from ``step * t`` on as the time of every row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.recipe import OpensmileLld
from deepspectrum_features.sound.opensmile_engine import descriptors, version
from deepspectrum_features.sound.waveform import check_length

#: Descriptors of each feature set, known without openSMILE.
DESCRIPTORS = {"ComParE_2016": 65}


@dataclass(frozen=True)
class DescriptorFrontEnd:
    """The front end of openSMILE's descriptors; `FrontEnd` says what its attributes mean.

    Attributes
    ----------
    recipe : OpensmileLld
    """

    recipe: OpensmileLld
    sample_rate = None
    step_seconds = 0.01
    first_centre_seconds = 0.01
    shortest_seconds = 0.06
    in_threads = False
    slow = True

    @property
    def kind(self) -> str:
        """Its name in recipes and encoder files."""
        return self.recipe.kind

    @property
    def dim(self) -> int:
        """Number of descriptors, and of their deltas."""
        return DESCRIPTORS[self.recipe.feature_set] * (1 + self.recipe.deltas)

    @property
    def summary(self) -> str:
        """A line for people."""
        deltas = " with deltas" if self.recipe.deltas else ""
        return f"openSMILE {self.recipe.feature_set} descriptors{deltas}, 10 ms hop, any rate"

    def check_length(self, samples: int, rate: int) -> None:
        """Refuse a stretch of so many samples that is shorter than 60 ms."""
        check_length(samples, (6 * rate + 50) // 100, rate)  # half a sample rounds up

    def frames(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Compute descriptors, then deltas, at the recording's own rate, ``(frames, dim)``."""
        self.check_length(len(samples), rate)
        rows = descriptors(samples, rate, self.recipe.feature_set)
        if not self.recipe.deltas:
            return rows
        return np.hstack([rows, regression_deltas(rows, self.recipe.delta_window)])

    def versions(self) -> dict[str, str]:
        """Return the version of opensmile-python."""
        return {"opensmile": version()}


def regression_deltas(rows: NDArray[np.float32], window: int) -> NDArray[np.float32]:
    """Compute the slope of every column, ``(frames, columns)``, by regression over 2 window + 1.

    ``d_t = sum_n n (x_{t+n} - x_{t-n}) / (2 sum_n n^2)`` over ``n = 1 ... window``; beyond the
    ends the first and the last row go on.

    Examples
    --------
    >>> regression_deltas(np.float32([[0], [3], [6], [9], [9], [9]]), window=2).T
    array([[1.5, 2.4, 2.4, 1.5, 0.6, 0. ]], dtype=float32)
    """
    count = len(rows)
    padded = np.pad(rows.astype(np.float64), ((window, window), (0, 0)), mode="edge")
    total = np.zeros(rows.shape)
    for n in range(1, window + 1):
        ahead, behind = window + n, window - n
        total += n * (padded[ahead : ahead + count] - padded[behind : behind + count])
    norm = 2 * sum(n * n for n in range(1, window + 1))
    return (total / norm).astype(np.float32)
