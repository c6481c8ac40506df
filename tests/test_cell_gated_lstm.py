"""The LSTM gated by its memory: its own gradient, and the loop that it is in an exported graph."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn
from twins.xie2019_taslp import cell_gated_lstm

from deepspectrum_features.networks.cell_gated_lstm import CellGatedLSTM


def layer(dim_in: int = 3, units: int = 4) -> CellGatedLSTM:
    """Return a layer in double precision, its weights large enough to matter."""
    torch.manual_seed(1)
    made = CellGatedLSTM(dim_in, units).double()
    for weights in made.parameters():
        weights.data = torch.randn_like(weights)
    return made


def test_it_is_the_recurrence_of_the_paper() -> None:
    made, x = layer(), torch.randn(30, 2, 3, dtype=torch.float64)
    weights = {name: one.detach().numpy() for name, one in made.named_parameters()}
    expected = [cell_gated_lstm(one.numpy(), weights, "") for one in x.unbind(1)]
    found = made(x).detach()
    np.testing.assert_allclose(found, np.stack(expected, axis=1), rtol=1e-10, atol=1e-12)
    assert not np.allclose(expected[0], expected[1], atol=1e-2)


@pytest.mark.parametrize("frames", [1, 2, 6])
def test_its_gradient_is_that_of_small_changes(frames: int) -> None:
    made = layer()
    x = torch.randn(frames, 2, 3, dtype=torch.float64, requires_grad=True)
    names, weights = zip(*made.named_parameters(), strict=True)

    def states(x: Tensor, *weights: Tensor) -> Tensor:
        return torch.func.functional_call(made, dict(zip(names, weights, strict=True)), x)

    assert torch.autograd.gradcheck(states, (x, *weights))
    found = torch.autograd.grad(states(x, *weights).square().sum(), (x, *weights))
    unused = {"from_output", "from_cell"} if frames == 1 else set()  # nothing is before one frame
    for name, gradient in zip(("x", *names), found, strict=True):
        assert (gradient.abs().max() < 1e-12) == (name in unused)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_two_layers_are_two_loops_of_any_length(dtype: torch.dtype, tmp_path: Path) -> None:
    two = nn.Sequential(layer(3, 5), layer(5, 4)).to(dtype).eval()
    path = tmp_path / "two.onnx"
    axes = {0: "time", 1: "batch"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            two,
            (torch.ones(20, 2, 3, dtype=dtype),),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=["x"],
            output_names=["h"],
            dynamic_axes={"x": axes, "h": axes},
        )
    nodes = onnx.load(path).graph.node
    assert sum(node.op_type == "Loop" for node in nodes) == 2
    assert {node.domain for node in nodes} == {""}
    session = onnxruntime.InferenceSession(str(path))
    exact = 1e-5 if dtype == torch.float32 else 1e-12
    for frames, batch in ((1, 1), (1, 3), (2, 1), (301, 3)):
        x = torch.randn(frames, batch, 3, dtype=dtype)
        (found,) = session.run(None, {"x": x.numpy()})
        assert found.dtype == x.numpy().dtype
        np.testing.assert_allclose(found, two(x).detach(), rtol=exact, atol=exact)
        assert not np.allclose(found, two(x.flip(2)).detach(), atol=1e-2)
