"""Mixed precision: products of training in half, everything else and every encoder in single."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from called import call
from quick_first import quick_first
from safetensors.numpy import load_file
from torch import Tensor
from torch.nn.modules.module import register_module_forward_hook

from deepspectrum_features import Corpus, FeatureFile, Recipe, extract
from deepspectrum_features.errors import RecipeError, TrainingError
from deepspectrum_features.networks import Encoding, Network, build_network
from deepspectrum_features.networks.attention import TimeFeatureAttention
from deepspectrum_features.networks.cell_gated_lstm import CellGatedLSTM
from deepspectrum_features.networks.fcn import MaskedFCN
from deepspectrum_features.recipe import PRESETS, Training
from deepspectrum_features.testing import tiny_corpus, tiny_recipe
from deepspectrum_features.training.exporting import export
from deepspectrum_features.training.run import train

SPEAKERS = {"dev_speakers": ["spk3"], "test_speakers": ["spk4"]}
LENGTHS = torch.tensor([90, 40, 91, 8])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tiny_corpus(tmp_path_factory.mktemp("corpus") / "tones", speakers=4, per_class=6)
    return Corpus.read(folder, name="tones").scan()


def recipe(precision: str | None) -> Recipe:
    training = Training(epochs=3, batch_size=4, learning_rate=0.03, precision=precision)
    return dataclasses.replace(tiny_recipe(), training=training)


def step(network: Network, mixed: bool) -> tuple[Encoding, float, Tensor]:
    """Do a training step but for the change of weights; return the gradient of all weights too."""
    torch.manual_seed(0)
    network.zero_grad()
    prepared = torch.randn(len(LENGTHS), int(LENGTHS.max()), network.view.dim)
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        encoding = network.forward_features(prepared, LENGTHS)
        scores = network.forward_head(encoding.embedding).float()
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(LENGTHS)))
    loss.backward()
    gradient = torch.cat([one.grad.flatten() for one in network.parameters()])
    return encoding, loss.item(), gradient


@pytest.mark.parametrize("system", quick_first([*PRESETS]))
def test_every_system_learns_the_same_way(system: str) -> None:
    torch.manual_seed(0)
    network = build_network(PRESETS[system]["compact"], classes=4).train()
    state = {name: value.clone() for name, value in network.state_dict().items()}
    _, loss, gradient = step(network, mixed=False)
    network.load_state_dict(state)  # batch norm has moved its means
    _, mixed_loss, mixed_gradient = step(network, mixed=True)
    assert mixed_gradient.dtype is torch.float32
    assert mixed_gradient.isfinite().all()
    assert mixed_loss == pytest.approx(loss, abs=0.01)
    assert torch.cosine_similarity(gradient, mixed_gradient, dim=0) > 0.98
    assert not torch.allclose(gradient, mixed_gradient, rtol=1e-5, atol=1e-7)
    assert all(one.dtype is not torch.bfloat16 for one in network.state_dict().values())


@pytest.mark.parametrize("system", quick_first([*PRESETS]))
def test_attention_is_single_and_leaves_padding_out(system: str) -> None:
    torch.manual_seed(0)
    network = build_network(PRESETS[system]["compact"], classes=4).train()
    encoding, _, _ = step(network, mixed=True)
    for weights, steps in (
        (encoding.attention, encoding.steps),
        (encoding.attention_tf, encoding.cells),
    ):
        if weights is not None and steps is not None:
            assert weights.dtype is torch.float32
            sums = weights.flatten(1).sum(dim=1)
            torch.testing.assert_close(sums, torch.ones(len(LENGTHS)), rtol=0, atol=1e-5)
            for row, count in zip(weights, steps.tolist(), strict=True):
                assert (row[count:] == 0).all()
                assert (row[:count] > 0).any()


@pytest.mark.parametrize("pooling", ["max", "average", "statistics"])
def test_pooling_is_single(pooling: str) -> None:
    fcn = MaskedFCN((4,), (3,), dropout=0.0, pooling=pooling).eval()
    with torch.autocast("cpu", torch.bfloat16):
        assert fcn.blocks[0].convolution(torch.randn(1, 1, 9, 6)).dtype is torch.bfloat16
        found = fcn(torch.randn(2, 9, 6), torch.tensor([9, 7]), torch.ones(2, 9, dtype=torch.bool))
    assert found.dtype is torch.float32


def test_shares_of_features_are_single() -> None:
    attention, steps = TimeFeatureAttention(6), torch.tensor([50])
    with torch.autocast("cpu", torch.bfloat16):
        contexts, _ = attention(torch.ones(1, 50, 6), steps)
    assert contexts[0, 6:].sum().item() == pytest.approx(50, abs=1e-3)  # of each step 1 in all


def test_the_recurrence_is_single() -> None:
    torch.manual_seed(0)
    cell, x = CellGatedLSTM(5, 8), torch.randn(400, 2, 5)
    alone = cell(x)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = cell(x)
        sums = cell.from_input(x)
    assert (mixed.dtype, sums.dtype) == (torch.float32, torch.bfloat16)
    mixed.sum().backward()
    assert all(one.grad.isfinite().all() for one in cell.parameters())
    cell.from_input = torch.nn.Identity()
    torch.testing.assert_close(mixed, cell(sums.float()), rtol=0, atol=0)
    torch.testing.assert_close(mixed, alone, rtol=0, atol=0.01)
    assert not torch.allclose(mixed, alone, rtol=0, atol=1e-4)


def test_it_stands_in_the_recipe_where_it_is_not_single() -> None:
    assert "precision" not in Recipe().to_dict()["training"]
    mixed = recipe("bf16-mixed").to_dict()
    assert mixed["training"]["precision"] == "bf16-mixed"
    assert Recipe.from_dict(mixed) == recipe("bf16-mixed")
    mixed["training"]["precision"] = "8"
    needed = r"^r: training\.precision: '8', need bf16-mixed or 16-mixed$"
    with pytest.raises(RecipeError, match=needed):
        Recipe.from_dict(mixed, where="r")


@pytest.mark.slow
def test_dev_speakers_are_scored_in_single(corpus: Corpus, tmp_path: Path) -> None:
    found: dict[bool, set[torch.dtype]] = {True: set(), False: set()}

    def note(module: torch.nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, torch.nn.Linear):
            found[module.training].add(output.dtype)

    hook = register_module_forward_hook(note)
    try:
        train(corpus, tmp_path / "run", recipe("bf16-mixed"), dev_speakers=["spk4"])
    finally:
        hook.remove()
    assert found == {True: {torch.bfloat16}, False: {torch.float32}}


@pytest.mark.slow
def test_what_is_trained_in_mixed_precision_is_exported_in_single(
    corpus: Corpus, tmp_path: Path
) -> None:
    runs = {name: tmp_path / str(name) for name in (None, "bf16-mixed")}
    for precision, run in runs.items():
        train(corpus, run, recipe(precision), **SPEAKERS)
    weights = [load_file(run / "network.safetensors") for run in runs.values()]
    assert {one.dtype for one in weights[1].values()} <= {np.dtype("float32"), np.dtype("int64")}
    assert not np.array_equal(*(one["fcn.blocks.1.convolution.weight"] for one in weights))
    told = json.loads((runs["bf16-mixed"] / "training.json").read_text())
    assert told["recipe"]["training"]["precision"] == "bf16-mixed"
    encoder = export(runs["bf16-mixed"], tmp_path / "mixed.onnx")
    kinds = {one.data_type for one in onnx.load(tmp_path / "mixed.onnx").graph.initializer}
    assert not kinds & {onnx.TensorProto.BFLOAT16, onnx.TensorProto.FLOAT16}
    extract(corpus, tmp_path / "out.h5", encoder=encoder)
    assert np.isfinite(FeatureFile.open(tmp_path / "out.h5").features).all()


def test_the_command_takes_it_and_keeps_to_it(tmp_path: Path) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=2)
    (tmp_path / "recipe.json").write_text(json.dumps(tiny_recipe().to_dict()))
    command = (
        "train", folder, tmp_path / "run", "--recipe", tmp_path / "recipe.json", "--epochs", "1",
    )  # fmt: skip
    assert call(*command, "--precision", "bf16-mixed", "-q").returncode == 0
    other = call(*command, "--precision", "32")
    assert other.returncode == 1
    assert (
        "another plan (recipe.training.precision: bf16-mixed, now the default), need"
        in other.stderr
    )
    assert call(*command[:2], tmp_path / "32", *command[3:], "--precision", "32").returncode == 0
    plan = json.loads((tmp_path / "32" / "plan.json").read_text())
    assert "precision" not in plan["recipe"]["training"]


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is a GPU")
def test_half_precision_needs_a_gpu(corpus: Corpus, tmp_path: Path) -> None:
    needed = r"^precision 16-mixed: no GPU here, need one, or --precision bf16-mixed or 32$"
    with pytest.raises(TrainingError, match=needed):
        train(corpus, tmp_path / "run", recipe("16-mixed"), **SPEAKERS)
    assert not (tmp_path / "run").exists()
