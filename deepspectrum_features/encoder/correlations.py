"""How streams go together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deepspectrum_features.encoder.sample import Numbers, Sample
from deepspectrum_features.encoder.stretches import Places
from deepspectrum_features.encoder.utterances import Utterances

#: Correlations are drawn towards 0 as if there were so many more frames without any.
_FRAMES_WITHOUT = 5
_LARGEST = 0.99


@dataclass(frozen=True)
class CorrelationsOf:
    """Computes how every two of some streams go together over the frames of a mask.

    ``streams`` and ``mask`` are places on the last axes of streams and masks.
    """

    streams: list[int]
    mask: int

    @cached_property
    def _pairs(self) -> tuple[Places, Places]:
        """Which streams go together, each pair once."""
        first, second = np.triu_indices(len(self.streams), 1)
        return first, second

    def __call__(self, utterances: Utterances) -> Numbers:
        """Return the correlations through artanh, ``(pairs, utterances)``."""
        places, counts = utterances.counted(self.mask)
        chosen = utterances.streams[places][:, self.streams]
        found = Sample(np.ascontiguousarray(chosen.T), places, counts).correlations(*self._pairs)
        drawn = found * counts / (counts + _FRAMES_WITHOUT)
        return np.asarray(np.arctanh(np.clip(drawn, -_LARGEST, _LARGEST)))
