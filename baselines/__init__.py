"""What deep spectrum features are compared with, and how: functionals, classifiers, evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.evaluation import evaluate
    from deepspectrum_features.baselines.experiment import run_experiment
    from deepspectrum_features.baselines.results import Results

__all__ = [
    "Results",
    "evaluate",
    "run_experiment",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "Results": "results",
        "evaluate": "evaluation",
        "run_experiment": "experiment",
    },
)
