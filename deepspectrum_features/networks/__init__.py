"""The networks, one file per published system, built from shared masked blocks.

`Network` says what every one of them has: a view of front-end frames, features and a head.
"""

from __future__ import annotations

from deepspectrum_features.networks.encoding import Encoding
from deepspectrum_features.networks.network import Network
from deepspectrum_features.recipe import SYSTEMS, Recipe
from deepspectrum_features.sound import make_front_end


def build_network(recipe: Recipe, classes: int) -> Network:
    """Build the recipe's network with fresh weights.

    Parameters
    ----------
    recipe : Recipe
    classes : int
        Width of the class scores.

    Examples
    --------
    >>> build_network(Recipe(), classes=6).dim
    512
    """
    network_class = SYSTEMS[recipe.network.system].network_class()
    front_end = make_front_end(recipe.front_end)
    network: Network = network_class(front_end, recipe.network, classes)
    return network


__all__ = ["Encoding", "Network", "build_network"]


def __dir__() -> list[str]:
    return sorted(__all__)
