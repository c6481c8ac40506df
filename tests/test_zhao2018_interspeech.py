"""Temporal FCN and attention-BLSTM: equal to a loop-written twin, alone and in a batch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from alone import check_alone, check_training
from click.testing import CliRunner
from quick_first import quick_first
from torch import nn
from twins.blocks import weights_of
from twins.zhao2018_interspeech import zhao2018_interspeech

from deepspectrum_features import Encoder, FeatureFile, verify
from deepspectrum_features.cli import dsf
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.networks.temporal import TemporalBlock
from deepspectrum_features.recipe import (
    PRESETS,
    Descriptors,
    LogMel,
    OpensmileLld,
    PowerSpectrogram,
    Recipe,
    Training,
    Zhao2018Interspeech,
)
from deepspectrum_features.testing import tiny_corpus
from deepspectrum_features.training.exporting import to_onnx
from deepspectrum_features.training.metadata import encoder_metadata

CLOSE = {"rtol": 1e-5, "atol": 1e-6}
FRAMES = torch.tensor([1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 301])
VIEWS = {
    "pca": Descriptors(components=20, centre=True),
    "z-norm": Descriptors(whitening="z-norm"),
    "log-mel": LogMel(bands=12),
}


def tiny(view: Descriptors | LogMel = VIEWS["pca"]) -> Recipe:
    """Return the paper's recipe with few filters and cells."""
    front_end = PowerSpectrogram() if isinstance(view, LogMel) else OpensmileLld()
    network = Zhao2018Interspeech(view=view, filters=(6, 5), lstm_units=4, head_units=8)
    training = Training(epochs=3, batch_size=4, learning_rate=0.02)
    return Recipe(preset="tiny", front_end=front_end, network=network, training=training)


def lively(recipe: Recipe) -> Network:
    """Return a network with the statistics and weights that a trained one would have."""
    torch.manual_seed(2)
    network = build_network(recipe, classes=3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            module.weight.data.uniform_(0.5, 2.0)
            module.bias.data.normal_()
    mixing = torch.randn(network.view.dim, network.view.dim)
    utterances = [torch.randn(length, network.view.dim) for length in (90, 400)]
    network.fit_statistics([3 + one @ mixing for one in utterances])
    return network.eval()


@pytest.mark.parametrize("view", VIEWS)
def test_an_utterance_in_a_batch_equals_itself_alone(view: str) -> None:
    network = lively(tiny(VIEWS[view]))
    batch = 20 * torch.randn(len(FRAMES), 341, network.view.dim)  # anything behind their ends
    assert check_alone(network, batch, FRAMES).steps.tolist() == FRAMES.tolist()


@pytest.mark.parametrize("frames", [1, 3, 40])
def test_it_computes_what_the_paper_says(frames: int) -> None:
    network = lively(tiny(Descriptors(components=20)))
    utterance = 20 * np.random.default_rng(1).standard_normal((frames, 130))
    weights = weights_of(network)
    expected = zhao2018_interspeech(utterance, weights)
    with torch.no_grad():
        given = torch.from_numpy(utterance)[None], torch.tensor([frames])
        found = network.double().forward_features(*given)
        logits = network.forward_head(found.embedding)
    for name in ("embedding", "frame_embedding", "attention"):
        value = getattr(found, name)[0]
        np.testing.assert_allclose(value, getattr(expected, name), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(logits[0], expected.logits, rtol=1e-9, atol=1e-12)
    if frames > 1:
        other = zhao2018_interspeech(utterance[::-1], weights)
        assert not np.allclose(other.embedding, expected.embedding, rtol=1e-2)
        assert expected.attention.std() > 1e-3


def test_convolutions_begin_he_uniform() -> None:
    torch.manual_seed(0)
    weight = TemporalBlock(130, 128, 8).convolution.weight
    bound = np.sqrt(6 / (130 * 8))
    assert bound > weight.abs().max() > 0.99 * bound
    assert weight.std().item() == pytest.approx(bound / np.sqrt(3), rel=0.01)


def test_dropout_touches_what_the_attention_gives_alone() -> None:
    network = lively(tiny())
    x, frames = torch.randn(2, 30, 130), torch.tensor([30, 30])
    still = network.forward_features(x, frames).embedding
    network.dropout.train()
    found = network.forward_features(x, frames).embedding
    torch.testing.assert_close(found[:, :5], still[:, :5])
    kept = found[:, 5:] != 0
    torch.testing.assert_close(found[:, 5:][kept], 2 * still[:, 5:][kept])
    assert 0 < kept.sum() < kept.numel()


def test_padding_changes_nothing_in_training() -> None:
    check_training(lively(tiny()), 130, (40, 13))


@pytest.mark.parametrize(
    ("preset", "dim", "width"),
    [("paper", 192, 130), ("compact", 48, 64), ("paper-log-mel", 192, 40)],
)
def test_sizes(preset: str, dim: int, width: int) -> None:
    network = build_network(PRESETS["zhao2018-interspeech"][preset], classes=4)
    assert network.dim == len(network.column_names) == dim
    assert network.view.out_dim == width
    assert network.column_names[0] == "fcn_000"


def run(*arguments: object) -> str:
    """Run a command in this process; return what it says on the way."""
    done = CliRunner().invoke(dsf, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stderr


@pytest.mark.slow
def test_a_user_trains_resumes_exports_and_extracts(tmp_path: Path) -> None:
    pytest.importorskip("opensmile")
    tones, encoder = tiny_corpus(tmp_path / "tones", per_class=2), tmp_path / "own.onnx"
    (tmp_path / "recipe.json").write_text(json.dumps(tiny().to_dict()))
    training = ["train", tones, tmp_path / "run", "--recipe", tmp_path / "recipe.json"]
    assert "epoch 3/3" in run(*training, "--test-speakers", "spk4")
    result = (tmp_path / "run/training.json").read_text()
    (tmp_path / "run/training.json").unlink()  # killed behind the last epoch
    assert "epoch 3/3" not in run(*training, "--test-speakers", "spk4")
    assert (tmp_path / "run/training.json").read_text() == result
    run("export", tmp_path / "run", encoder)
    run("extract", tones, tmp_path / "out.h5", "--encoder", encoder, "--attention", "--jobs", "1")
    table, opened = FeatureFile.open(tmp_path / "out.h5"), Encoder.open(encoder)
    assert verify(tmp_path / "out.h5", opened) == []
    assert table.feature_name[4:6] == ["fcn_004", "blstm_000"]
    for row, file in enumerate(table.file):
        alone = opened.embed(*soundfile.read(tones / file, dtype="float32"))
        np.testing.assert_allclose(table.features[row], alone.vector, **CLOSE)
        np.testing.assert_allclose(table.attention[row], alone.attention, **CLOSE)
    assert not np.allclose(table.features[0], table.features[-1], atol=1e-2)


@pytest.mark.parametrize("view", quick_first(["z-norm", "pca", "log-mel"]))
def test_its_file_agrees_with_it(view: str, tmp_path: Path) -> None:
    """The export checks every output, at all lengths, alone and in a batch."""
    recipe = tiny(VIEWS[view])
    told = {"name": "tiny", "licence": "CC0-1.0", "classes": ["a", "b", "c"]}
    network = lively(recipe)
    metadata = encoder_metadata(network, recipe, **told)
    encoder = to_onnx(network, tmp_path / "own.onnx", metadata)
    assert encoder.columns == network.column_names


def test_recipes_of_other_views_are_read_by_their_kind() -> None:
    for view in VIEWS.values():
        recipe = tiny(view)
        assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
