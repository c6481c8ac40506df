"""Networks as an encoder file shows them: the same inputs, the outputs of one level."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from deepspectrum_features.encoder.encoder_file import front_end_of, front_end_of_embedding
from deepspectrum_features.encoder.signature import CELL_OUTPUTS, FREE_AXES, INPUTS, LEVEL_OUTPUTS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.networks import Network
from deepspectrum_features.networks.streams import StreamNetwork
from deepspectrum_features.recipe import FunctionalTable
from deepspectrum_features.recipe.document import build
from deepspectrum_features.sound import FrontEnd
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd
from deepspectrum_features.training.branches import join

OPSET = 17


class LevelGraph(nn.Module):
    """What computes one level.

    Attributes
    ----------
    level : str
    outputs : tuple of str
        Their names, in the order that it returns them.
    dim : int
        How many of a frame's numbers it reads, from the first on.
    checked_frames : tuple of int
        Lengths of utterances that it is to be checked on beside those of every graph.
    """

    level: str
    outputs: tuple[str, ...]
    dim: int
    checked_frames: tuple[int, ...] = ()


class EmbeddingGraph(LevelGraph):
    """Everything that a trained network gives."""

    level = "embedding"

    def __init__(self, network: Network, front_end: FrontEnd) -> None:
        super().__init__()
        self.network, self.dim = network, front_end.dim
        self.checked_frames = network.checked_frames
        has_cells = network.cells(front_end) is not None
        self.outputs = (*LEVEL_OUTPUTS[self.level], *(CELL_OUTPUTS if has_cells else ()))

    def forward(self, frames_in: Tensor, frames: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the level, in their order."""
        encoding = self.network.forward_features(self.network.prepare(frames_in), frames)
        logits = self.network.forward_head(encoding.embedding)
        outputs = (
            encoding.embedding,
            encoding.frame_embedding,
            encoding.steps.clone(),
            encoding.attention,
            logits,
        )
        if encoding.attention_tf is None or encoding.cells is None:
            return outputs
        return (*outputs, encoding.attention_tf, encoding.cells.clone())


class FunctionalsGraph(LevelGraph):
    """Streams and masks; the statistics are taken outside of the graph."""

    level = "functionals"
    outputs = LEVEL_OUTPUTS["functionals"]

    def __init__(self, network: StreamNetwork, dim: int) -> None:
        super().__init__()
        self.network, self.dim = network, dim

    def forward(self, frames_in: Tensor, frames: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the level, in their order."""
        streams, masks = self.network(frames_in, frames)
        return streams, masks


def level_graphs(network: Network | None, path: Path, metadata: dict[str, Any]) -> list[LevelGraph]:
    """Return the graphs of the levels that an encoder's metadata tell of.

    Raises
    ------
    EncoderError
        If front end or table do not fit.
    ValueError
        If there is no level, or functionals without a long window.
    """
    graphs: list[LevelGraph] = []
    front_end = metadata["front_end"]
    if network is not None:
        graphs.append(EmbeddingGraph(network, front_end_of_embedding(path, front_end)))
    if "functionals" in metadata:
        table = build(
            FunctionalTable,
            metadata["functionals"],
            where=f"{path}: functionals",
            error=EncoderError,
        )
        both = front_end_of(path, front_end)
        if not isinstance(both, SpectrogramFrontEnd) or not both.long_bins:
            raise ValueError("metadata: functionals need a power-spectrogram with a long window")
        graphs.append(FunctionalsGraph(StreamNetwork(both, table), both.dim))
    if not graphs:
        raise ValueError("no network, and no functionals in the metadata, need one of them")
    return [graph.eval() for graph in graphs]


def write_graphs(graphs: list[LevelGraph], path: Path) -> onnx.ModelProto:
    """Trace graphs and put them into one, by way of a file at ``path``."""
    models = {}
    for graph in graphs:
        _trace(graph, path)
        models[graph.level] = onnx.load(str(path))
    if len(models) == 1:
        return models[graphs[0].level]
    return join(models, {graph.level: graph.dim for graph in graphs})


def _trace(graph: LevelGraph, path: Path) -> None:
    """Trace a graph on an example whose sizes stay out of the file."""
    with warnings.catch_warnings():
        # The dynamo exporter pins time axes (torch 2.13); the older one warns that it is old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            (torch.ones(2, 50, graph.dim), torch.tensor([50, 31])),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(graph.outputs),
            dynamic_axes={name: FREE_AXES[name] for name in (*INPUTS, *graph.outputs)},
        )
