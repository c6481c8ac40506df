"""Feature files as other programs have them: CSV, Parquet, ARFF, NumPy, MATLAB, TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.conversion.run import convert

__all__ = ["convert"]

__getattr__, __dir__ = names_of(__name__, {"convert": "run"})
