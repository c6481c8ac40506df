"""The recipes that come with the package, by system and size."""

from __future__ import annotations

from deepspectrum_features.recipe.recipe import Recipe
from deepspectrum_features.recipe.systems import SYSTEMS

PRESETS: dict[str, dict[str, Recipe]] = {
    name: {
        preset: Recipe(
            preset=preset, front_end=one.front_end, network=one.network, training=one.training
        )
        for preset, one in system.presets.items()
    }
    for name, system in SYSTEMS.items()
}
