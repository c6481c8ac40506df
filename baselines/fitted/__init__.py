"""Classifiers fitted on features, as one ONNX file, and what they say of other recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.fitted.classifier import Classifier
    from deepspectrum_features.baselines.fitted.fitting import fit
    from deepspectrum_features.baselines.fitted.predictions import Decisions, Predictions

__all__ = [
    "Classifier",
    "Decisions",
    "Predictions",
    "fit",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "Classifier": "classifier",
        "Decisions": "predictions",
        "Predictions": "predictions",
        "fit": "fitting",
    },
)
