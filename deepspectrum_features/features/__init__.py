"""The feature file: written, read, verified, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.features.difference import differences
    from deepspectrum_features.features.feature_file import FeatureFile
    from deepspectrum_features.features.loading import load, load_facts
    from deepspectrum_features.features.verification import verify

__all__ = [
    "FeatureFile",
    "differences",
    "load",
    "load_facts",
    "verify",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "FeatureFile": "feature_file",
        "differences": "difference",
        "load": "loading",
        "load_facts": "loading",
        "verify": "verification",
    },
)
