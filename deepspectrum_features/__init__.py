"""Deep spectrum features: recordings in, an HDF5 table of features out.

Public names load on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deepspectrum_features.corpus import Corpus
    from deepspectrum_features.difference import differences
    from deepspectrum_features.encoder import Encoder
    from deepspectrum_features.errors import DsfError
    from deepspectrum_features.extraction import extract
    from deepspectrum_features.features import FeatureFile, load, load_facts
    from deepspectrum_features.recipe import Recipe
    from deepspectrum_features.sharding import merge
    from deepspectrum_features.verification import verify

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

_HOMES = {
    "Corpus": "corpus",
    "DsfError": "errors",
    "Encoder": "encoder",
    "FeatureFile": "features",
    "Recipe": "recipe",
    "differences": "difference",
    "extract": "extraction",
    "load": "features",
    "load_facts": "features",
    "merge": "sharding",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
