"""Checks of a written encoder file: it stands alone, and says what the network says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from deepspectrum_features.encoder.batching import Frames, pad
from deepspectrum_features.encoder.encoder_file import checked_metadata
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.encoder.signature import FREE_AXES
from deepspectrum_features.sound import FrontEnd
from deepspectrum_features.training.graphs import LevelGraph

#: Frames of the utterances that parity is checked on: around every pooling's odd remainder.
CHECKED_FRAMES = (1, 2, 7, 8, 9, 63, 64, 65, 301)


def structure_problems(path: Path) -> Iterator[str]:
    """Yield what makes the file depend on its example, on other files or on other operators."""
    model = onnx.load(str(path), load_external_data=False)
    onnx.checker.check_model(model)
    graphs = list(_graphs_in(model.graph))
    if any(tensor.external_data for graph in graphs for tensor in graph.initializer):
        yield "weights outside the file"
    domains = {node.domain for graph in graphs for node in graph.node} | {
        opset.domain for opset in model.opset_import
    }
    if domains - {"", "ai.onnx"}:
        yield f"operators of {sorted(domains - {'', 'ai.onnx'})}"
    for value in [*model.graph.input, *model.graph.output]:
        shape = value.type.tensor_type.shape.dim
        for axis in FREE_AXES.get(value.name, {}):
            if shape[axis].HasField("dim_value"):
                yield f"{value.name} pins axis {axis} to {shape[axis].dim_value}"


def _graphs_in(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """Yield a graph, and those that its nodes branch into."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs_in(attribute.g)


def parity_problems(path: Path, graphs: Sequence[LevelGraph], front_end: FrontEnd) -> Iterator[str]:
    """Yield where the file differs from a network, or an utterance from itself in a batch."""
    session = Session(path, path.read_bytes(), "cpu")
    checked_metadata(path, session)
    lengths = {*CHECKED_FRAMES, *(count for graph in graphs for count in graph.checked_frames)}
    utterances = _checked_utterances(front_end, sorted(lengths))
    for graph in graphs:
        yield from _level_problems(session, graph, [one[:, : graph.dim] for one in utterances])


def _level_problems(
    session: Session, graph: LevelGraph, utterances: Sequence[Frames]
) -> Iterator[str]:
    """Yield the problems of one level."""
    outputs = graph.outputs
    batch, frames = pad(utterances, beyond=40)  # more padding must not matter either
    together = session.run({"input": batch, "frames": frames}, outputs)
    single, double = _eager(graph, batch, frames), _eager(graph.double(), batch, frames)
    graph.float()
    for index, utterance in enumerate(utterances):
        alone = session.run(
            {"input": utterance[None], "frames": frames[index : index + 1]}, outputs
        )
        for name in outputs:
            here = np.atleast_1d(alone[name][0])
            valid = len(here) if 1 in FREE_AXES[name] else None  # what stands behind is arbitrary
            there, ours, exact = (
                np.atleast_1d(found[name][index])[:valid] for found in (together, single, double)
            )
            rounding = _largest(1.0 * ours - exact)
            off = _excess(there, exact, rounding)
            if off > 0:
                yield (
                    f"{name} of {len(utterance)} frames differs from the network's by {off:.2g} "
                    "more than allowed"
                )
            off = _excess(there, here, rounding)
            if off > 0:
                yield f"{name} of {len(utterance)} frames changes in a batch by {off:.2g}"


def _checked_utterances(front_end: FrontEnd, lengths: Sequence[int]) -> list[Frames]:
    """Cut the frames of half a second of noise and half a second of buzz, again and again."""
    rate, count = front_end.sample_rate or 16000, sum(lengths)
    seconds = (count + 10) * front_end.step_seconds + front_end.shortest_seconds
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, len(time))
    buzz = (150 * time) % 1 - 0.5
    sound = np.where(time % 1 < 0.5, noise, 0.9 * buzz + 0.1 * noise)
    frames = front_end.frames(sound.astype(np.float32), rate)
    return np.split(frames[:count], np.cumsum(lengths)[:-1])


def _eager(graph: LevelGraph, batch: Any, frames: Any) -> dict[str, Any]:
    """Run the network itself, in the precision of its weights."""
    dtype = next(iter(graph.state_dict().values())).dtype
    with torch.no_grad():
        outputs = graph(torch.from_numpy(batch).to(dtype), torch.from_numpy(frames))
    return {name: output.numpy() for name, output in zip(graph.outputs, outputs, strict=True)}


def _excess(value: Any, reference: Any, rounding: float) -> float:
    """Return the largest difference beyond what is allowed; NaN counts as infinite.

    Allowed are rtol 1e-4 and atol 1e-5, or ten times the network's own rounding of this utterance
    (its outputs in single against double precision: recurrent cells may amplify it on noise), 1e-3
    at the most. Padding that leaks shows as 1e-2 and more.
    """
    value, reference = np.asarray(value, np.float64), np.asarray(reference, np.float64)
    allowed = np.maximum(1e-5 + 1e-4 * np.abs(reference), min(10 * rounding, 1e-3))
    return _largest(np.maximum(np.abs(value - reference) - allowed, 0.0))


def _largest(difference: Any) -> float:
    """Return the largest absolute value; NaN counts as infinite."""
    return float(np.nan_to_num(np.abs(difference), nan=np.inf).max())
