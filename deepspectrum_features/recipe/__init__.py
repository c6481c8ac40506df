"""Everything that changes a number: see `Recipe`."""

from deepspectrum_features.recipe.default_table import DEFAULT_TABLE
from deepspectrum_features.recipe.front_ends import (
    FrontEndRecipe,
    LongWindow,
    OpensmileLld,
    PowerSpectrogram,
)
from deepspectrum_features.recipe.functionals import FunctionalTable
from deepspectrum_features.recipe.log_mel import LogMel
from deepspectrum_features.recipe.recipe import PRESETS, Recipe
from deepspectrum_features.recipe.systems import SYSTEMS, NetworkRecipe
from deepspectrum_features.recipe.training import Augmentation, Training
from deepspectrum_features.recipe.zhao2018_asmmc import Zhao2018Asmmc

__all__ = [
    "DEFAULT_TABLE",
    "PRESETS",
    "SYSTEMS",
    "Augmentation",
    "FrontEndRecipe",
    "FunctionalTable",
    "LogMel",
    "LongWindow",
    "NetworkRecipe",
    "OpensmileLld",
    "PowerSpectrogram",
    "Recipe",
    "Training",
    "Zhao2018Asmmc",
]
