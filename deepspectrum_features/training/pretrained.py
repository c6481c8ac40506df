"""Weights that training begins with, from a file that the user brings."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from deepspectrum_features import arguments
from deepspectrum_features.errors import TrainingError, near_path
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.recipe import SYSTEMS, Recipe

#: Of a network that tells pictures apart; what they begin with is not taken over.
_CLASSIFIER = "classifier."


@dataclass(frozen=True)
class PretrainedWeights:
    """A state dict such as torchvision publishes.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of the file.
    state : mapping
        What stands in it: tensors by name, if all is well.
    """

    path: Path
    sha256: str
    state: Mapping[Any, Any]

    @classmethod
    def read(cls, path: Path) -> PretrainedWeights:
        """Read a file; no code that may be in it is run.

        Raises
        ------
        TrainingError
            If it cannot be read, or holds something else.
        """
        try:
            content = path.read_bytes()
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise TrainingError(
                f"{path}: {reason}, need a file of weights{near_path(path)}"
            ) from None
        except Exception:  # what torch meets in a foreign file has no base class but this
            raise TrainingError(
                f"{path}: no weights that torch reads without running code, need a state dict"
            ) from None
        if not isinstance(state, Mapping):
            raise TrainingError(f"{path}: holds a {type(state).__name__}, need a state dict")
        return cls(path, hashlib.sha256(content).hexdigest(), state)

    def recipe(self, recipe: Recipe) -> Recipe:
        """Return the recipe of training that begins with these weights, with their sha256 in it.

        Raises
        ------
        TrainingError
            If its system takes none or its recipe names others, or naming every weight that does
            not fit its network.
        """
        system = SYSTEMS[recipe.network.system]
        if system.for_pretrained is None:
            able = " or ".join(name for name, one in SYSTEMS.items() if one.for_pretrained)
            raise TrainingError(
                f"{self.path}: {system.name} takes no weights, need another system ({able})"
            )
        if recipe.training.pretrained not in ("", self.sha256):
            raise TrainingError(
                f"{self.path}: sha256 {self.sha256[:12]}, need the weights that the recipe names, "
                f"{recipe.training.pretrained[:12]}"
            )
        begun = replace(
            recipe,
            network=system.for_pretrained(recipe.network),
            training=replace(recipe.training, pretrained=self.sha256),
        )
        self.bring(build_network(begun, classes=2))
        return begun

    def bring(self, network: Network) -> None:
        """Copy the weights into a network.

        Raises
        ------
        TrainingError
            Naming every one that is missing, of another shape, not finite or unknown.
        """
        own = network.torchvision_weights()
        if problems := list(self._problems({name: one.shape for name, one in own.items()})):
            raise TrainingError(
                f"{self.path}: {'; '.join(problems)} (torchvision's AlexNet fits the size paper)"
            )
        with torch.no_grad():
            for name, weights in own.items():
                weights.copy_(self.state[name])

    def _problems(self, needed: Mapping[str, torch.Size]) -> Iterator[str]:
        """Yield what does not fit weights of these shapes."""
        for name, shape in needed.items():
            weights = self.state.get(name)
            if weights is None:
                yield f"{name} missing, need {tuple(shape)}"
            elif not isinstance(weights, torch.Tensor) or not weights.is_floating_point():
                yield f"{name} holds no weights, need {tuple(shape)}"
            elif weights.shape != shape:
                yield f"{name} {tuple(weights.shape)}, need {tuple(shape)}"
            elif not weights.isfinite().all():
                yield f"{name} not finite"
        for name in self.state:
            if name not in needed and not str(name).startswith(_CLASSIFIER):
                yield f"{name} unknown"


def brought_weights(recipe: Recipe, path: str | Path | None) -> PretrainedWeights | None:
    """Read the weights that training begins with, None where they are fresh.

    Raises
    ------
    TrainingError
        If the file cannot be read, or there is none and the recipe names one.
    """
    if path is not None:
        return PretrainedWeights.read(arguments.path("pretrained", path))
    if known := recipe.training.pretrained:
        raise TrainingError(
            f"recipe: begins with weights of a file, sha256 {known[:12]}, need it (--pretrained)"
        )
    return None
