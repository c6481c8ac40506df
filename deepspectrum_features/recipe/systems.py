"""The systems there are: a new one is a file here, a file in ``networks``, and its name below."""

from __future__ import annotations

from typing import TypeAlias

from deepspectrum_features.recipe import (
    xie2019_taslp,
    zhang2018_apsipa,
    zhao2018_asmmc,
    zhao2018_interspeech,
    zhao2019_access,
)
from deepspectrum_features.recipe.system import System
from deepspectrum_features.recipe.xie2019_taslp import Xie2019Taslp
from deepspectrum_features.recipe.zhang2018_apsipa import Zhang2018Apsipa
from deepspectrum_features.recipe.zhao2018_asmmc import Zhao2018Asmmc
from deepspectrum_features.recipe.zhao2018_interspeech import Zhao2018Interspeech
from deepspectrum_features.recipe.zhao2019_access import Zhao2019Access

#: What a recipe's network may be.
NetworkRecipe: TypeAlias = (
    Zhao2018Asmmc | Zhao2018Interspeech | Zhao2019Access | Xie2019Taslp | Zhang2018Apsipa
)

SYSTEMS: dict[str, System] = {
    one.SYSTEM.name: one.SYSTEM
    for one in (
        zhao2018_asmmc,
        zhao2018_interspeech,
        zhao2019_access,
        xie2019_taslp,
        zhang2018_apsipa,
    )
}
