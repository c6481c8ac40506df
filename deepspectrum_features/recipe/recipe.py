"""Everything that changes a number, as frozen dataclasses that travel as JSON.

A recipe is written whole into every training run, exported encoder and feature file.
Defaults and limits live beside the fields and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.recipe.descriptors import Descriptors
from deepspectrum_features.recipe.document import build, plain
from deepspectrum_features.recipe.front_ends import FrontEndRecipe, PowerSpectrogram
from deepspectrum_features.recipe.systems import SYSTEMS, NetworkRecipe
from deepspectrum_features.recipe.training import Training
from deepspectrum_features.recipe.zhao2018_asmmc import Zhao2018Asmmc


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The whole road from waveform to embedding, and how its weights came about."""

    preset: str = "paper"
    front_end: FrontEndRecipe = field(default_factory=PowerSpectrogram)
    network: NetworkRecipe = field(default_factory=Zhao2018Asmmc)
    training: Training = field(default_factory=Training)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values."""
        return plain(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any], where: str = "recipe") -> Recipe:
        """Build a recipe from JSON values; fields left out keep their defaults.

        Raises
        ------
        RecipeError
            Naming every unknown field, every value of a wrong type and every impossible one.
        """
        return build(cls, values, where=where, error=RecipeError)

    def problems(self) -> Iterator[str]:
        """Yield what keeps front end, network and training from going together."""
        view, changes = self.network.view, self.training.augmentation
        yield from view.problems_with(self.front_end)
        if isinstance(view, Descriptors) and (changes.stretch or changes.masked_bands):
            yield (
                f"training.augmentation: stretch {changes.stretch:g}, masked_bands "
                f"{changes.masked_bands}, need 0 of both for network.view.kind {view.kind}, which "
                "have no frequency axis"
            )


#: The recipes that come with the package, by system and size.
PRESETS: dict[str, dict[str, Recipe]] = {
    name: {
        preset: Recipe(
            preset=preset, front_end=one.front_end, network=one.network, training=one.training
        )
        for preset, one in system.presets.items()
    }
    for name, system in SYSTEMS.items()
}
