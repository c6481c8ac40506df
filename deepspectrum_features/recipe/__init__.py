"""Everything that changes a number: see `Recipe`."""

from deepspectrum_features.recipe.front_ends import PowerSpectrogram
from deepspectrum_features.recipe.presets import PRESETS
from deepspectrum_features.recipe.recipe import Augmentation, Recipe, Training
from deepspectrum_features.recipe.zhao2018_asmmc import LogMel, Zhao2018Asmmc

__all__ = [
    "PRESETS",
    "Augmentation",
    "LogMel",
    "PowerSpectrogram",
    "Recipe",
    "Training",
    "Zhao2018Asmmc",
]
