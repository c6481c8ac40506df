"""Everything that changes a number: see `Recipe`."""

from deepspectrum_features.recipe.default_table import DEFAULT_TABLE
from deepspectrum_features.recipe.descriptors import Descriptors
from deepspectrum_features.recipe.front_ends import (
    FrontEndRecipe,
    LongWindow,
    OpensmileLld,
    PowerSpectrogram,
)
from deepspectrum_features.recipe.functionals import FunctionalTable
from deepspectrum_features.recipe.recipe import PRESETS, Recipe
from deepspectrum_features.recipe.systems import SYSTEMS, NetworkRecipe
from deepspectrum_features.recipe.training import Augmentation, Training
from deepspectrum_features.recipe.views import LogBins, LogMel, ViewRecipe
from deepspectrum_features.recipe.xie2019_taslp import Xie2019Taslp
from deepspectrum_features.recipe.zhang2018_apsipa import Zhang2018Apsipa
from deepspectrum_features.recipe.zhao2018_asmmc import Zhao2018Asmmc
from deepspectrum_features.recipe.zhao2018_interspeech import Zhao2018Interspeech
from deepspectrum_features.recipe.zhao2019_access import Zhao2019Access

__all__ = [
    "DEFAULT_TABLE",
    "PRESETS",
    "SYSTEMS",
    "Augmentation",
    "Descriptors",
    "FrontEndRecipe",
    "FunctionalTable",
    "LogBins",
    "LogMel",
    "LongWindow",
    "NetworkRecipe",
    "OpensmileLld",
    "PowerSpectrogram",
    "Recipe",
    "Training",
    "ViewRecipe",
    "Xie2019Taslp",
    "Zhang2018Apsipa",
    "Zhao2018Asmmc",
    "Zhao2018Interspeech",
    "Zhao2019Access",
]


def __dir__() -> list[str]:
    return sorted(__all__)
