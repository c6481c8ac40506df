"""Write a trained network as one self-contained ONNX encoder, checked against the network."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from deepspectrum_features import arguments
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.encoder_file import (
    FORMAT_VERSION,
    FREE_AXES,
    INPUTS,
    METADATA_KEY,
    OUTPUTS,
    front_end_of,
)
from deepspectrum_features.errors import EncoderError, first_line
from deepspectrum_features.files import check_folder_of, whole_file
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.recipe.document import build
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.training.checking import parity_problems, structure_problems

OPSET = 17
#: The paper network takes about 35 KB a frame: longer utterances would take memory nobody expects.
LONGEST_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What training.json holds."""

    recipe: Recipe
    classes: list[str]
    training: dict[str, Any]
    scores: dict[str, Any]


class _Graph(nn.Module):
    """The network as the encoder file shows it: front-end frames in, every output out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames_in: Tensor, frames: Tensor) -> tuple[Tensor, ...]:
        encoding = self.network.forward_features(self.network.prepare(frames_in), frames)
        logits = self.network.forward_head(encoding.embedding)
        return (
            encoding.embedding,
            encoding.frame_embedding,
            encoding.steps.clone(),
            encoding.attention,
            logits,
        )


def encoder_metadata(
    network: Network,
    recipe: Recipe,
    *,
    name: str,
    licence: str,
    classes: list[str],
    training: dict[str, Any] | None = None,
    scores: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Collect what docs/encoder-file.md lists."""
    front_end = make_front_end(recipe.front_end)
    return {
        "format": FORMAT_VERSION,
        "name": name,
        "licence": licence,
        "front_end": asdict(recipe.front_end),
        "recipe": recipe.to_dict(),
        "classes": classes,
        "columns": network.column_names,
        "parameters": sum(weights.numel() for weights in network.parameters()),
        "longest_seconds": LONGEST_SECONDS,
        "step_seconds": front_end.step_seconds,
        "first_step_centre_seconds": front_end.first_centre_seconds,
        "training": training or {"corpora": []},
        "scores": scores or {},
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__},
    }


def weights_digest(run: Path) -> str:
    """Return the sha256 of the weights that a run has kept; empty where there are none."""
    path = run / "network.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def export(
    run: str | Path, path: str | Path, *, name: str | None = None, licence: str = "unknown"
) -> Encoder:
    """Export a finished training run.

    Parameters
    ----------
    run : str or Path
        Folder that `deepspectrum_features.training.run.train` filled.
    path : str or Path
        The ``.onnx`` file to write.
    name : str, optional
        Default the file's stem.
    licence : str, optional
        Licence of the weights (SPDX); weights inherit the terms of their training data.

    Raises
    ------
    EncoderError
        If the run is not finished, or a check of the written file fails.
    """
    run, path = arguments.path("run", run), arguments.path("path", path)
    try:
        values = json.loads((run / "training.json").read_text(encoding="utf-8"))
        weights = load_file(run / "network.safetensors")
        result = build(_Run, values, where=f"{run}/training.json", error=EncoderError)
        network = build_network(result.recipe, len(result.classes))
        network.load_state_dict(weights)
    except OSError:
        raise EncoderError(f"{run}: not finished, need a completed run of dsf train") from None
    except (ValueError, RuntimeError, SafetensorError) as error:
        reason = first_line(error)
        raise EncoderError(f"{run}: damaged ({reason}), need a finished training run") from None
    metadata = encoder_metadata(
        network,
        result.recipe,
        name=name or path.stem,
        licence=licence,
        classes=result.classes,
        training=result.training,
        scores=result.scores,
    )
    metadata["weights_sha256"] = weights_digest(run)
    return to_onnx(network, path, metadata)


def to_onnx(network: Network, path: Path, metadata: dict[str, Any]) -> Encoder:
    """Export a network and check the written file against it.

    Parameters
    ----------
    network : torch.nn.Module
        One of `deepspectrum_features.networks`, trained.
    path : Path
        Written only once every check has passed.
    metadata : dict
        What docs/encoder-file.md lists; stored as one JSON string. Its front end gives the width of
        the input, and the frames that the file is checked with.

    Returns
    -------
    Encoder
        The file, opened.

    Raises
    ------
    EncoderError
        If the file disagrees with the network, depends on padding, pins an axis, refers to other
        files or uses operators outside the standard domain.
    """
    check_folder_of(path, EncoderError)
    front_end = front_end_of(path, metadata["front_end"])
    graph = _Graph(network).eval()
    with whole_file(path) as draft:
        _write_graph(graph, draft, front_end.dim)
        model = onnx.load(str(draft))
        entry = model.metadata_props.add()
        entry.key, entry.value = METADATA_KEY, json.dumps(metadata, ensure_ascii=False)
        onnx.save(model, str(draft))
        problems = [*structure_problems(draft), *parity_problems(draft, graph, front_end)]
        if problems:
            raise EncoderError(f"{path}: not exported: " + "; ".join(problems))
    return Encoder(path)


def _write_graph(graph: nn.Module, path: Path, dim: int) -> None:
    """Trace the network on an example whose sizes stay out of the file."""
    with warnings.catch_warnings():
        # The dynamo exporter pins time axes (torch 2.13); the older one warns that it is old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            (torch.ones(2, 50, dim), torch.tensor([50, 31])),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=FREE_AXES,
        )
