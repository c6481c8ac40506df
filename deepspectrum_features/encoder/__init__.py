"""Exported encoders, and the only door to onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.encoder.encoder import BUNDLED, Encoded, Encoder

__all__ = [
    "BUNDLED",
    "Encoded",
    "Encoder",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "BUNDLED": "encoder",
        "Encoded": "encoder",
        "Encoder": "encoder",
    },
)
