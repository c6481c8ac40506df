"""A corpus in, a feature file out, in parts that survive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.extraction.options import ExtractionOptions
    from deepspectrum_features.extraction.outcome import Extraction
    from deepspectrum_features.extraction.run import extract
    from deepspectrum_features.extraction.sharding import merge

__all__ = [
    "Extraction",
    "ExtractionOptions",
    "extract",
    "merge",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "Extraction": "outcome",
        "ExtractionOptions": "options",
        "extract": "run",
        "merge": "sharding",
    },
)
