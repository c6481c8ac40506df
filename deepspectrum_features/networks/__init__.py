"""The networks, one file per published system, built from shared masked blocks.

Every network has four methods and two facts. ``prepare`` turns front-end frames into what is
cached for training; ``fit_statistics`` takes from the prepared training utterances what normalises
frames; ``forward_features`` turns prepared frames into an `Encoding`; ``forward_head`` turns
embeddings into class scores. ``dim`` is the embedding's length, ``column_names`` names its columns.
"""

from __future__ import annotations

from typing import TypeAlias

from deepspectrum_features.networks.encoding import Encoding
from deepspectrum_features.networks.zhao2018_asmmc import Zhao2018AsmmcNetwork
from deepspectrum_features.recipe import SYSTEMS, Recipe
from deepspectrum_features.sound import make_front_end

Network: TypeAlias = Zhao2018AsmmcNetwork


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
