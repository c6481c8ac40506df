"""Zhao et al. 2019: equal to a twin in loops, untouched by padding, from training to features."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from alone import check_alone, check_training
from click.testing import CliRunner
from quick_first import quick_first
from safetensors.numpy import load_file
from torch import nn
from twins.blocks import weights_of
from twins.zhao2019_access import zhao2019_access

from deepspectrum_features import Corpus, Encoder, FeatureFile, verify
from deepspectrum_features.cli import dsf
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.networks.attention import TanhAttention
from deepspectrum_features.recipe import PRESETS, LogMel, Recipe, Training, Zhao2019Access
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.testing import chirp, tiny_corpus
from deepspectrum_features.training import train
from deepspectrum_features.training.after_epoch import Journal

#: Around the poolings' remainders, 8 frames to a cell.
FRAMES = (1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 301)
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def tiny(centre: bool = False) -> Recipe:
    network = Zhao2019Access(
        view=LogMel(bands=10, centre=centre),
        filters=(3, 4, 5),
        kernels=(4, 3, 2),
        lstm_units=4,
        head_units=16,
    )
    training = Training(epochs=3, batch_size=4, learning_rate=0.03)
    return Recipe(preset="tiny", network=network, training=training)


def lively(recipe: Recipe) -> Network:
    """Return a network whose every number matters: statistics of its own, uneven attention."""
    torch.manual_seed(3)
    network = build_network(recipe, classes=3).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_()
        if isinstance(module, TanhAttention):
            module.hidden.weight.data.normal_()
            module.score.weight.data.normal_(0, 3)
    network.attention.score.weight.data.normal_(0, 2)
    network.view.mean.normal_(-4, 1)
    network.view.deviation.uniform_(1, 3)
    return network


def spectra(frames: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, frames, 257, generator=generator).pow(4) * 10


@pytest.mark.parametrize(("frames", "centre"), quick_first([(17, True), (1, False), (65, False)]))
def test_the_network_equals_its_twin_in_loops(frames: int, centre: bool) -> None:
    network, power = lively(tiny(centre)), spectra(frames)
    with torch.no_grad():
        found = network.forward_features(network.prepare(power), torch.tensor([frames]))
        logits = network.forward_head(found.embedding)
    recipe = tiny(centre).network
    expected = zhao2019_access(power[0].double().numpy(), weights_of(network), recipe)
    for name in ("embedding", "frame_embedding", "attention", "attention_tf"):
        value = getattr(found, name)[0].numpy()
        np.testing.assert_allclose(value, getattr(expected, name), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits[0].numpy(), expected.logits, rtol=1e-4, atol=1e-5)
    assert found.attention_tf.shape == (1, -(-frames // 8), 2)
    if frames > 8:
        flat = dataclasses.replace(recipe, attention_scale=1.0)
        without_lambda = zhao2019_access(power[0].double().numpy(), weights_of(network), flat)
        assert not np.allclose(found.embedding[0], without_lambda.embedding, atol=1e-3)


def test_attention_sums_the_cells_themselves_up() -> None:
    """Not what the tanh makes of them, which a re-implementation of the paper sums up."""
    torch.manual_seed(0)
    attention, x = TanhAttention(4, scale=0.3), torch.randn(2, 4, 3, 2)
    context, alpha = attention(x, torch.tensor([3, 1]))
    torch.testing.assert_close(alpha.sum(dim=(1, 2)), torch.ones(2))
    assert (alpha[1, 1:] == 0).all()
    cells = x[1, :, 0]  # (4, 2): the one valid step's two cells
    torch.testing.assert_close(context[1], cells @ alpha[1, 0])
    scores = torch.tanh(cells.T @ attention.hidden.weight.T + attention.hidden.bias)
    weights = (0.3 * scores @ attention.score.weight[0]).softmax(dim=0)
    torch.testing.assert_close(alpha[1, 0], weights)
    assert not torch.allclose(context[1], weights @ scores, atol=1e-3)


@pytest.mark.parametrize("centre", [False, True])
def test_an_utterance_in_a_batch_equals_itself_alone(centre: bool) -> None:
    network, frames = lively(tiny(centre)), torch.tensor(FRAMES)
    batch = torch.full((len(FRAMES), 341, 10), 7.0)  # what stands behind an utterance is arbitrary
    with torch.no_grad():
        for row, count in enumerate(FRAMES):
            batch[row, :count] = network.prepare(spectra(count, seed=row))[0]
    together = check_alone(network, batch, frames)
    assert together.cells.tolist() == [-(-count // 8) for count in FRAMES]


def test_padding_changes_nothing_in_training() -> None:
    check_training(lively(tiny()), 10, (40, 13))


@pytest.mark.parametrize(("preset", "dim"), [("paper", 384), ("compact", 192)])
def test_sizes(preset: str, dim: int) -> None:
    network = build_network(PRESETS["zhao2019-access"][preset], classes=4)
    assert network.dim == len(network.column_names) == dim
    assert (network.column_names[0], network.column_names[-1]) == (
        "fcn_000",
        f"blstm_{2 * (128 if preset == 'paper' else 64) - 1:03d}",
    )


def test_cells_are_where_their_frames_and_bands_are() -> None:
    recipe = PRESETS["zhao2019-access"]["paper"]
    network = build_network(recipe, classes=2)
    cells = network.cells(make_front_end(recipe.front_end))
    assert cells.step_seconds == pytest.approx(0.08)
    first = [0.0125 + 0.01 * frame for frame in range(8)]  # centres of the first eight frames
    assert cells.first_step_centre_seconds == pytest.approx(sum(first) / 8)
    edges = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 42)
    peaks = (700 * (10 ** (edges / 2595) - 1))[1:-1]
    np.testing.assert_allclose(cells.hz, peaks.reshape(5, 8).mean(axis=1))


def power_cut(journal: Journal, trainer: object, module: object) -> None:
    """End a run before its third epoch."""
    if trainer.current_epoch == 2:
        raise RuntimeError("power cut")
    HONEST(journal, trainer, module)


HONEST = Journal.on_train_epoch_start


@pytest.mark.slow
def test_a_run_that_was_cut_ends_as_a_whole_one_and_its_encoder_extracts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, recipe = tiny_corpus(tmp_path / "tones", speakers=3), tmp_path / "recipe.json"
    recipe.write_text(json.dumps(tiny().to_dict()))
    corpus = Corpus.read(folder).scan()
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "on_train_epoch_start", power_cut)
        with pytest.raises(RuntimeError, match="power cut"):
            train(corpus, tmp_path / "cut", tiny())
    train(corpus, tmp_path / "whole", tiny())
    out, own = tmp_path / "out.h5", tmp_path / "own.onnx"
    for command in (
        ("train", folder, tmp_path / "cut", "--recipe", recipe),
        ("export", tmp_path / "cut", own, "--licence", "CC0-1.0"),
        ("extract", folder, out, "--encoder", own, "--attention", "--jobs", 1),
    ):
        done = CliRunner().invoke(dsf, list(map(str, command)), standalone_mode=False)
        assert done.exception is None, done.output
    whole, cut = (load_file(tmp_path / run / "network.safetensors") for run in ("whole", "cut"))
    assert all(np.array_equal(whole[name], cut[name]) for name in whole)
    encoder, table = Encoder.open(own), FeatureFile.open(out)
    assert verify(out, encoder) == []
    assert (encoder.recipe["network"]["system"], encoder.dim) == ("zhao2019-access", 13)
    assert "attends to 2 bands" in str(encoder)
    for row, file in enumerate(table.file):
        alone = encoder.embed(*soundfile.read(folder / file, dtype="float32"))
        np.testing.assert_allclose(table.features[row], alone.vector, **CLOSE)
        np.testing.assert_allclose(table.attention_tf[row], alone.attention_tf, **CLOSE)
        assert alone.attention_tf.shape == (-(-len(alone.frames) // 8), 2)
    assert not np.allclose(table.features[0], table.features[-1], atol=1e-3)
    assert encoder.embed(chirp(100, 4000, 1.0), 16000).attention_tf.std() > 1e-4
