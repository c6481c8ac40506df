"""What the package knows of a published system without loading its network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from deepspectrum_features.recipe.front_ends import FrontEndRecipe, PowerSpectrogram
from deepspectrum_features.recipe.study import Study
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
        The dataclass of its fields; the default of its field ``system`` is the system's name, and
        ``view`` says what it sees of which front ends' frames.
    network : str
        The torch module, as ``package.module:Class``; called with front end, fields and the number
        of classes.
    presets : dict
        By name, the paper's first.
    studies : tuple of Study
        What its paper did with it.
    for_pretrained : callable or None
        Changes the fields into those of a network that weights brought by the user fit; None where
        training begins with fresh ones.
    """

    recipe: type[Any]
    network: str
    presets: dict[str, Preset]
    studies: tuple[Study, ...] = ()
    for_pretrained: Callable[[Any], Any] | None = None

    @property
    def name(self) -> str:
        """What recipes and the command line call it."""
        return str(self.recipe.system)

    def network_class(self) -> Any:
        """Import the network, and torch with it."""
        module, name = self.network.split(":")
        return getattr(import_module(module), name)
