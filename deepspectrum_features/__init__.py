"""Deep spectrum features: recordings in, an HDF5 table of features out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.evaluation import evaluate
    from deepspectrum_features.baselines.experiment import run_experiment
    from deepspectrum_features.baselines.functionals import functionals
    from deepspectrum_features.baselines.results import Results
    from deepspectrum_features.baselines.transfer.benchmark import run_transfer
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
    "Results",
    "differences",
    "evaluate",
    "extract",
    "functionals",
    "load",
    "load_facts",
    "merge",
    "run_experiment",
    "run_transfer",
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
        "Results": "baselines.results",
        "differences": "features",
        "evaluate": "baselines.evaluation",
        "extract": "extraction",
        "functionals": "baselines.functionals",
        "load": "features",
        "load_facts": "features",
        "merge": "extraction",
        "run_experiment": "baselines.experiment",
        "run_transfer": "baselines.transfer.benchmark",
        "verify": "features",
    },
)
