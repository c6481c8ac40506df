"""From recordings to frames: the only room that opens sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.sound.front_end import FrontEnd, make_front_end
    from deepspectrum_features.sound.spectrogram import power_spectrogram

__all__ = [
    "FrontEnd",
    "make_front_end",
    "power_spectrogram",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "FrontEnd": "front_end",
        "make_front_end": "front_end",
        "power_spectrogram": "spectrogram",
    },
)
