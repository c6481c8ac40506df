"""Exported encoders, and the only door to onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.encoder.bundled import BUNDLED
    from deepspectrum_features.encoder.embedding import Embedding, Encoded
    from deepspectrum_features.encoder.encoder import Encoder

__all__ = [
    "BUNDLED",
    "Embedding",
    "Encoded",
    "Encoder",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "BUNDLED": "bundled",
        "Embedding": "embedding",
        "Encoded": "embedding",
        "Encoder": "encoder",
    },
)
