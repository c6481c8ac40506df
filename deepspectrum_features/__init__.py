"""Deep spectrum features: recordings in, an HDF5 table of features out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.evaluation import evaluate
    from deepspectrum_features.baselines.experiment import run_experiment
    from deepspectrum_features.baselines.fitted import Classifier, fit
    from deepspectrum_features.baselines.functionals import functionals
    from deepspectrum_features.baselines.results import Results
    from deepspectrum_features.baselines.transfer.benchmark import run_transfer
    from deepspectrum_features.baselines.transformers import DeepSpectrum, Functionals
    from deepspectrum_features.conversion import convert
    from deepspectrum_features.corpus import Corpus
    from deepspectrum_features.encoder import Encoder
    from deepspectrum_features.errors import DsfError
    from deepspectrum_features.extraction import extract, merge
    from deepspectrum_features.features import FeatureFile, differences, load, load_facts, verify
    from deepspectrum_features.recipe import Recipe

__version__ = "0.1.0"
__all__ = [
    "Classifier",
    "Corpus",
    "DeepSpectrum",
    "DsfError",
    "Encoder",
    "FeatureFile",
    "Functionals",
    "Recipe",
    "Results",
    "convert",
    "differences",
    "evaluate",
    "extract",
    "fit",
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
        "Classifier": "baselines.fitted",
        "Corpus": "corpus",
        "DeepSpectrum": "baselines.transformers",
        "DsfError": "errors",
        "Encoder": "encoder",
        "FeatureFile": "features",
        "Functionals": "baselines.transformers",
        "Recipe": "recipe",
        "Results": "baselines.results",
        "convert": "conversion",
        "differences": "features",
        "evaluate": "baselines.evaluation",
        "extract": "extraction",
        "fit": "baselines.fitted",
        "functionals": "baselines.functionals",
        "load": "features",
        "load_facts": "features",
        "merge": "extraction",
        "run_experiment": "baselines.experiment",
        "run_transfer": "baselines.transfer.benchmark",
        "verify": "features",
    },
)
