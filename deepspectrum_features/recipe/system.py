"""What the package knows of a published system without loading its network."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from deepspectrum_features.recipe.front_ends import FrontEndRecipe, PowerSpectrogram
from deepspectrum_features.recipe.training import Training


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A size of a system that comes with the package."""

    network: Any
    front_end: FrontEndRecipe = field(default_factory=PowerSpectrogram)
    training: Training = field(default_factory=Training)


@dataclass(frozen=True, kw_only=True)
class System:
    """A published system.

    Attributes
    ----------
    recipe : type
        The dataclass of its fields; the default of its field ``system`` is the system's name.
    network : str
        The torch module, as ``package.module:Class``; called with front end, fields and the number
        of classes.
    front_ends : tuple of type
        What its network takes frames of.
    presets : dict
        By name, the paper's first.
    """

    recipe: type[Any]
    network: str
    front_ends: tuple[type[Any], ...]
    presets: dict[str, Preset]

    @property
    def name(self) -> str:
        """What recipes and the command line call it."""
        return str(self.recipe.system)

    def network_class(self) -> Any:
        """Import the network, and torch with it."""
        module, name = self.network.split(":")
        return getattr(import_module(module), name)
