"""Checks of a written encoder file: it stands alone, and says what the network says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from deepspectrum_features.encoder.batching import Frames, pad
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.encoder_file import FREE_AXES, OUTPUTS
from deepspectrum_features.sound import FrontEnd

#: Frames of the utterances that parity is checked on: around every pooling's odd remainder.
CHECKED_FRAMES = (1, 2, 7, 8, 9, 63, 64, 65, 301)


def structure_problems(path: Path) -> Iterator[str]:
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
        for axis in FREE_AXES[value.name]:
            if shape[axis].HasField("dim_value"):
                yield f"{value.name} pins axis {axis} to {shape[axis].dim_value}"


def parity_problems(path: Path, graph: nn.Module, front_end: FrontEnd) -> Iterator[str]:
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
