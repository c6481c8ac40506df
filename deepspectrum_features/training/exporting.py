"""Write a trained network as one self-contained ONNX encoder, checked against the network."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from deepspectrum_features.encoder.batching import Frames, pad
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.encoder_file import (
    FORMAT_VERSION,
    INPUTS,
    METADATA_KEY,
    OUTPUTS,
    front_end_of,
)
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.files import whole_file
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.recipe.document import build
from deepspectrum_features.sound import FrontEnd, make_front_end

OPSET = 17
#: The paper network takes about 35 KB a frame: longer utterances would take memory nobody expects.
LONGEST_SECONDS = 120.0
#: Frames of the utterances that parity is checked on: around every pooling's odd remainder.
CHECKED_FRAMES = (1, 2, 7, 8, 9, 63, 64, 65, 301)
_AXES = {
    "input": {0: "batch", 1: "time"},
    "frames": {0: "batch"},
    "embedding": {0: "batch"},
    "frame_embedding": {0: "batch", 1: "steps"},
    "steps": {0: "batch"},
    "attention": {0: "batch", 1: "steps"},
    "logits": {0: "batch"},
}


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


def export(run: Path, path: Path, *, name: str | None = None, licence: str = "unknown") -> Encoder:
    """Export a finished training run.

    Parameters
    ----------
    run : Path
        Folder that `deepspectrum_features.training.run.train` filled.
    path : Path
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
    try:
        values = json.loads((run / "training.json").read_text(encoding="utf-8"))
        weights = load_file(run / "network.safetensors")
        result = build(_Run, values, where=f"{run}/training.json", error=EncoderError)
        network = build_network(result.recipe, len(result.classes))
        network.load_state_dict(weights)
    except OSError:
        raise EncoderError(f"{run}: not finished, need a completed run of dsf train") from None
    except (ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
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
    if not path.parent.is_dir():
        raise EncoderError(f"{path.parent}: no such folder, need one to write {path.name} in")
    front_end = front_end_of(path, metadata["front_end"])
    graph = _Graph(network).eval()
    with whole_file(path) as draft:
        _write_graph(graph, draft, front_end.dim)
        model = onnx.load(str(draft))
        entry = model.metadata_props.add()
        entry.key, entry.value = METADATA_KEY, json.dumps(metadata, ensure_ascii=False)
        onnx.save(model, str(draft))
        problems = [*_structure_problems(draft), *_parity_problems(draft, graph, front_end)]
        if problems:
            raise EncoderError(f"{path}: not exported: " + "; ".join(problems))
    return Encoder(path)


def _write_graph(graph: nn.Module, path: Path, dim_in: int) -> None:
    """Trace the network on an example whose sizes stay out of the file."""
    with warnings.catch_warnings():
        # The dynamo exporter pins time axes (torch 2.13); the older one warns that it is old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            (torch.ones(2, 50, dim_in), torch.tensor([50, 31])),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=_AXES,
        )


def _structure_problems(path: Path) -> Iterator[str]:
    """Yield what makes the file depend on its example, on other files or on other operators."""
    model = onnx.load(str(path), load_external_data=False)
    onnx.checker.check_model(model)
    if any(tensor.external_data for tensor in model.graph.initializer):
        yield "weights outside the file"
    domains = {node.domain for node in model.graph.node} | {
        opset.domain for opset in model.opset_import
    }
    if domains - {"", "ai.onnx"}:
        yield f"operators of {sorted(domains - {'', 'ai.onnx'})}"
    for value in [*model.graph.input, *model.graph.output]:
        shape = value.type.tensor_type.shape.dim
        for axis in _AXES[value.name]:
            if shape[axis].HasField("dim_value"):
                yield f"{value.name} pins axis {axis} to {shape[axis].dim_value}"


def _parity_problems(path: Path, graph: nn.Module, front_end: FrontEnd) -> Iterator[str]:
    """Yield where the file differs from the network, or an utterance from itself in a batch."""
    encoder = Encoder(path)
    utterances = _checked_utterances(front_end)
    batch, frames = pad(utterances, beyond=40)  # more padding must not matter either
    together = encoder.run(batch, frames)
    single, double = _eager(graph, batch, frames), _eager(graph.double(), batch, frames)
    graph.float()
    rounding = {name: _largest(single[name] - double[name]) for name in OUTPUTS}
    for name in OUTPUTS:
        off = _excess(together[name], double[name], rounding[name])
        if off > 0:
            yield f"{name} differs from the network's by {off:.2g} more than allowed"
    for index, utterance in enumerate(utterances):
        alone = encoder.run(utterance[None], frames[index : index + 1])
        steps = int(alone["steps"][0])
        for name in OUTPUTS:
            here, there = alone[name][0], together[name][index]
            if name in ("frame_embedding", "attention"):
                here, there = here[:steps], there[:steps]
            off = _excess(there, here, rounding[name])
            if off > 0:
                yield f"{name} of {len(utterance)} frames changes in a batch by {off:.2g}"


def _checked_utterances(front_end: FrontEnd) -> list[Frames]:
    """Cut the frames of half a second of noise and half a second of buzz, again and again."""
    rate, count = front_end.sample_rate or 16000, sum(CHECKED_FRAMES)
    seconds = (count + 10) * front_end.step_seconds + front_end.shortest_seconds
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, len(time))
    buzz = (150 * time) % 1 - 0.5
    sound = np.where(time % 1 < 0.5, noise, 0.9 * buzz + 0.1 * noise)
    frames = front_end.frames(sound.astype(np.float32), rate)
    return np.split(frames[:count], np.cumsum(CHECKED_FRAMES)[:-1])


def _eager(graph: nn.Module, batch: Any, frames: Any) -> dict[str, Any]:
    """Run the network itself, in the precision of its weights."""
    dtype = next(graph.parameters()).dtype
    with torch.no_grad():
        outputs = graph(torch.from_numpy(batch).to(dtype), torch.from_numpy(frames))
    return {name: output.numpy() for name, output in zip(OUTPUTS, outputs, strict=True)}


def _excess(value: Any, reference: Any, rounding: float) -> float:
    """Return the largest difference beyond what is allowed; NaN counts as infinite.

    Allowed are rtol 1e-4 and atol 1e-5, or ten times the network's own rounding (its outputs in
    single against double precision: recurrent cells may amplify it on noise), 1e-3 at the most.
    Padding that leaks shows as 1e-2 and more.
    """
    allowed = np.maximum(1e-5 + 1e-4 * np.abs(reference), min(10 * rounding, 1e-3))
    return _largest(np.maximum(np.abs(value - reference) - allowed, 0.0))


def _largest(difference: Any) -> float:
    """Return the largest absolute value; NaN counts as infinite."""
    return float(np.nan_to_num(np.abs(difference), nan=np.inf).max())
