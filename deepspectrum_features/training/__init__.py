"""Networks fitted on a corpus, and written as encoder files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.training.exporting import export, to_onnx
    from deepspectrum_features.training.run import train

__all__ = [
    "export",
    "to_onnx",
    "train",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "export": "exporting",
        "to_onnx": "exporting",
        "train": "run",
    },
)
