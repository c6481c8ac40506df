"""LSTMs gated by their memory, attention over time and features: equal to a loop-written twin."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from alone import check_alone, check_training
from click.testing import CliRunner
from safetensors.numpy import load_file
from twins.blocks import weights_of
from twins.xie2019_taslp import xie2019_taslp

from deepspectrum_features import Corpus, Encoder, FeatureFile, verify
from deepspectrum_features.cli import dsf as commands
from deepspectrum_features.errors import RecipeError
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.recipe import (
    PRESETS,
    Descriptors,
    LogMel,
    OpensmileLld,
    PowerSpectrogram,
    Recipe,
    Training,
    Xie2019Taslp,
)
from deepspectrum_features.testing import tiny_corpus
from deepspectrum_features.training import export, train
from deepspectrum_features.training.after_epoch import Journal

CLOSE = {"rtol": 1e-5, "atol": 1e-6}
EXACT = {"rtol": 1e-9, "atol": 1e-12}
FRAMES = torch.tensor([1, 2, 7, 8, 9, 63, 64, 65, 301])
VIEWS = {
    "z-norm": Descriptors(whitening="z-norm"),
    "centred": Descriptors(whitening="z-norm", centre=True),
    "log-mel": LogMel(bands=12),
}


def tiny(view: str = "z-norm") -> Recipe:
    """Return the paper's recipe with few cells."""
    front_end = PowerSpectrogram() if view == "log-mel" else OpensmileLld()
    network = Xie2019Taslp(view=VIEWS[view], units=(6, 5), head_units=8)
    training = Training(epochs=3, batch_size=4, learning_rate=0.02)
    return Recipe(preset="tiny", front_end=front_end, network=network, training=training)


def lively(recipe: Recipe) -> Network:
    """Return a network with the statistics and weights that a trained one would have."""
    torch.manual_seed(2)
    network = build_network(recipe, classes=3)
    for weights in network.parameters():
        weights.data = torch.randn_like(weights) * weights.shape[-1] ** -0.5
    network.attention.time.weight.data *= 4
    dim = network.view.dim
    network.fit_statistics([3 + 20 * torch.randn(length, dim) for length in (90, 400)])
    return network.eval()


@pytest.mark.parametrize("view", VIEWS)
def test_an_utterance_in_a_batch_equals_itself_alone(view: str) -> None:
    network = lively(tiny(view))
    batch = 20 * torch.randn(len(FRAMES), 341, network.view.dim)  # anything behind their ends
    assert check_alone(network, batch, FRAMES).steps.tolist() == FRAMES.tolist()


@pytest.mark.parametrize("frames", [1, 3, 40])
def test_it_computes_what_its_sources_say(frames: int) -> None:
    network = lively(tiny())
    utterance = 20 * np.random.default_rng(1).standard_normal((frames, 130))
    weights = weights_of(network)
    expected = xie2019_taslp(utterance, weights)
    with torch.no_grad():
        given = torch.from_numpy(utterance)[None], torch.tensor([frames])
        found = network.double().forward_features(*given)
        logits = network.forward_head(found.embedding)
    np.testing.assert_allclose(found.embedding[0], expected.embedding, **EXACT)
    np.testing.assert_allclose(found.frame_embedding[0], expected.frame_embedding, **EXACT)
    np.testing.assert_allclose(found.attention[0], expected.attention, **EXACT)
    np.testing.assert_allclose(logits[0], expected.logits, **EXACT)
    if frames > 1:
        other = xie2019_taslp(utterance[::-1], weights)
        assert not np.allclose(other.embedding, expected.embedding, rtol=1e-2)
        assert expected.attention.std() > 1e-3


def test_the_sum_over_features_grows_with_the_utterance() -> None:
    network = lively(tiny())
    x = torch.randn(1, 1, 130).expand(1, 400, 130)
    with torch.no_grad():
        half, whole = (
            network.forward_features(x[:, :frames], torch.tensor([frames])).embedding[0, 5:]
            for frames in (200, 400)
        )
    torch.testing.assert_close(whole, 2 * half, rtol=0.05, atol=0.05)
    assert half.abs().max() > 1


def test_padding_changes_nothing_in_training() -> None:
    check_training(lively(tiny()), 130, (40, 13))


@pytest.mark.parametrize(
    ("preset", "dim", "width"),
    [
        ("paper", 512, 130),
        ("compact", 160, 130),
        ("paper-log-mel", 512, 40),
        ("compact-log-mel", 160, 40),
    ],
)
def test_sizes(preset: str, dim: int, width: int) -> None:
    network = build_network(PRESETS["xie2019-taslp"][preset], classes=4)
    assert network.dim == len(network.column_names) == dim
    assert network.view.out_dim == width
    assert network.column_names[0] == "time_000"
    assert network.column_names[-1] == f"feature_{dim // 2 - 1:03d}"


def test_a_network_without_layers_is_refused() -> None:
    values = tiny().to_dict()
    values["network"]["units"] = []
    with pytest.raises(RecipeError, match=r"^x: network\.units: none, need at least one layer$"):
        Recipe.from_dict(values, where="x")


def dsf(*arguments: object) -> str:
    """Run a command; return what it said."""
    done = CliRunner().invoke(commands, [str(one) for one in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.slow
def test_a_user_trains_exports_and_extracts(tmp_path: Path) -> None:
    tones = tiny_corpus(tmp_path / "tones", per_class=2)
    (tmp_path / "recipe.json").write_text(json.dumps(tiny().to_dict()))
    options = ["--recipe", tmp_path / "recipe.json", "--test-speakers", "spk4", "--name", "tones"]
    assert "epoch 3/3" in dsf("train", tones, tmp_path / "run", *options)
    own, out = tmp_path / "own.onnx", tmp_path / "out.h5"
    dsf("export", tmp_path / "run", own)
    dsf("extract", tones, out, "--encoder", own, "--attention")
    encoder, table = Encoder.open(own), FeatureFile.open(out)
    assert verify(out, encoder) == []
    assert table.feature_name[4:6] == ["time_004", "feature_000"]
    for row, file in enumerate(table.file):
        alone = encoder.embed(*soundfile.read(tones / file, dtype="float32"))
        np.testing.assert_allclose(table.features[row], alone.vector, **CLOSE)
    assert not np.allclose(table.features[0], table.features[-1], atol=1e-2)


@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = Corpus.read(tiny_corpus(tmp_path / "tones"), name="tones").scan()
    speakers = {"dev_speakers": ["spk3"], "test_speakers": ["spk4"]}
    train(corpus, tmp_path / "whole", tiny("log-mel"), **speakers)
    honest = Journal.on_train_epoch_start

    def die(journal: Journal, trainer: object, module: object) -> None:
        if trainer.current_epoch == 2:
            raise RuntimeError("power cut")
        honest(journal, trainer, module)

    monkeypatch.setattr(Journal, "on_train_epoch_start", die)
    with pytest.raises(RuntimeError, match="power cut"):
        train(corpus, tmp_path / "cut", tiny("log-mel"), **speakers)
    monkeypatch.undo()
    train(corpus, tmp_path / "cut", tiny("log-mel"), **speakers)
    whole, cut = (load_file(tmp_path / run / "network.safetensors") for run in ("whole", "cut"))
    assert all(np.array_equal(whole[name], cut[name]) for name in whole)
    history = [(tmp_path / run / "history.csv").read_text() for run in ("whole", "cut")]
    assert history[0] == history[1]
    first, last = (float(line.split(",")[1]) for line in history[0].splitlines()[1::2])
    assert last < first  # it learns
    both = export(tmp_path / "cut", tmp_path / "own.onnx", functionals=True)  # loops in a branch
    assert both.levels == ("embedding", "functionals")
    sound, _ = soundfile.read(corpus.root / corpus.utterances[0].file, dtype="float32")
    found = both.embed(sound, 16000)
    assert found.frames.shape == (len(found.attention), 5)
    assert found.attention.sum() == pytest.approx(1)
