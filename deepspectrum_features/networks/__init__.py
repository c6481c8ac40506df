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
from deepspectrum_features.recipe import Recipe

Network: TypeAlias = Zhao2018AsmmcNetwork

_SYSTEMS = {"zhao2018-asmmc": Zhao2018AsmmcNetwork}


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
    return _SYSTEMS[recipe.network.system](recipe.front_end, recipe.network, classes)


__all__ = ["Encoding", "Network", "build_network"]
