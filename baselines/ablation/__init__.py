"""What the resolution of the spectrogram is worth: one system, trained at many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.baselines.ablation.ablation import Ablation
    from deepspectrum_features.baselines.ablation.running import run_ablation

__all__ = ["Ablation", "run_ablation"]

__getattr__, __dir__ = names_of(__name__, {"Ablation": "ablation", "run_ablation": "running"})
