"""Deep spectrum features: recordings in, an HDF5 table of features out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.corpus import Corpus
    from deepspectrum_features.encoder import Encoder
    from deepspectrum_features.errors import DsfError
    from deepspectrum_features.extraction import extract, merge
    from deepspectrum_features.features import FeatureFile, differences, load, load_facts, verify
    from deepspectrum_features.recipe import Recipe

__version__ = "0.1.0"
__all__ = [
    "Corpus",
    "DsfError",
    "Encoder",
    "FeatureFile",
    "Recipe",
    "differences",
    "extract",
    "load",
    "load_facts",
    "merge",
    "verify",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "Corpus": "corpus",
        "DsfError": "errors",
        "Encoder": "encoder",
        "FeatureFile": "features",
        "Recipe": "recipe",
        "differences": "features",
        "extract": "extraction",
        "load": "features",
        "load_facts": "features",
        "merge": "extraction",
        "verify": "features",
    },
)
