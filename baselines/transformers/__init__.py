"""Features as steps of scikit-learn's pipelines: recordings in, a matrix out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.transformers.deep_spectrum import DeepSpectrum
    from deepspectrum_features.baselines.transformers.opensmile import Functionals

__all__ = ["DeepSpectrum", "Functionals"]

__getattr__, __dir__ = names_of(
    __name__, {"DeepSpectrum": "deep_spectrum", "Functionals": "opensmile"}
)
