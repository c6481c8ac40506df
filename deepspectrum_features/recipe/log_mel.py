"""The fields of a network's view of the spectrogram.

Grades of choices: **[B]** read off low-resolution page images, **[I]** our choice where the paper
is silent.
"""

from __future__ import annotations

from dataclasses import dataclass

from deepspectrum_features.recipe.limits import limited


@dataclass(frozen=True, kw_only=True)
class LogMel:
    """Power spectrogram to log mel bands, inside the encoder: ``log(max(mel, floor))``.

    Attributes
    ----------
    bands : int
        40, best of 30, 40, 60, 80 and 100 in the paper [B].
    low_hz, high_hz : float, Hz
        Outer edges of the filterbank (HTK mel scale [B], peak 1 [I]).
    floor : float
        Smallest power the logarithm sees [I].
    centre : bool
        Subtract each utterance's own mean from every band before the z-norm: takes level and
        long-term spectrum of speaker and microphone out. Off in the paper network [I].
    """

    bands: int = limited(40, at_least=1)
    low_hz: float = limited(0.0, at_least=0)
    high_hz: float = 8000.0
    floor: float = limited(1e-10, more_than=0)
    centre: bool = False
