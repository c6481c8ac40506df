"""A corpus in, a feature file out, in parts that survive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.extraction.pipeline import Extraction
    from deepspectrum_features.extraction.run import extract
    from deepspectrum_features.extraction.sharding import merge

__all__ = [
    "Extraction",
    "extract",
    "merge",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "Extraction": "pipeline",
        "extract": "run",
        "merge": "sharding",
    },
)
