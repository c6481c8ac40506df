"""The systems there are: a new one is a file here, a file in ``networks``, and its name below."""

from __future__ import annotations

from typing import TypeAlias

from deepspectrum_features.recipe import zhao2018_asmmc
from deepspectrum_features.recipe.system import System
from deepspectrum_features.recipe.zhao2018_asmmc import Zhao2018Asmmc

#: What a recipe's network may be.
NetworkRecipe: TypeAlias = Zhao2018Asmmc

SYSTEMS: dict[str, System] = {system.name: system for system in (zhao2018_asmmc.SYSTEM,)}
