"""Weights that a user brings: what they compute, which fit, and where they are named."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from torch import nn

from deepspectrum_features import Corpus, Encoder, run_experiment
from deepspectrum_features.cli import dsf
from deepspectrum_features.errors import TrainingError
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import (
    PRESETS,
    LogBins,
    PowerSpectrogram,
    Recipe,
    Training,
    Zhang2018Apsipa,
)
from deepspectrum_features.recipe.zhang2018_apsipa import for_torchvision
from deepspectrum_features.testing import tiny_corpus, tiny_recipe
from deepspectrum_features.training.pretrained import PretrainedWeights
from deepspectrum_features.training.run import train


def torchvision_state(filters: tuple[int, ...] = (3, 6, 5, 4, 7)) -> dict[str, Any]:
    """Make a state dict with the names of torchvision's AlexNet, of few filters."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, Any] = {}
    shapes = zip((3, *filters), filters, (11, 5, 3, 3, 3), (0, 3, 6, 8, 10), strict=False)
    for before, count, size, number in shapes:
        weights = torch.randn((count, before, size, size), generator=generator)
        state[f"features.{number}.weight"] = weights * (2 / before) ** 0.5 / size
        state[f"features.{number}.bias"] = 0.1 * torch.randn(count, generator=generator)
    return state | {"classifier.1.weight": torch.zeros(4, 7)}  # not taken over


def fine_tuned() -> Recipe:
    """Return a recipe of a network that they fit."""
    network = Zhang2018Apsipa(
        view=LogBins(high_hz=4000.0), filters=(3, 6, 5, 4, 7), norm="none", channels=3
    )
    return Recipe(
        preset="tiny",
        front_end=PowerSpectrogram(window_samples=640, n_fft=800),
        network=network,
        training=Training(epochs=1, batch_size=8),
    )


def saved(state: object, path: Path) -> Path:
    torch.save(state, path)
    return path


def test_brought_weights_compute_what_they_do_in_torchvision(tmp_path: Path) -> None:
    """Its features, written down as its documentation lists them, see the spectrum as a picture."""
    theirs = nn.Sequential(
        nn.Conv2d(3, 3, kernel_size=11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(3, 6, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(6, 5, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(5, 4, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(4, 7, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
    )
    state = torchvision_state()
    features = {name: one for name, one in state.items() if name.startswith("features.")}
    theirs.load_state_dict({name[len("features.") :]: one for name, one in features.items()})
    weights = PretrainedWeights.read(saved(state, tmp_path / "alexnet.pth"))
    network = build_network(weights.recipe(fine_tuned()), classes=2)
    weights.bring(network)
    picture = torch.randn(200, 150).expand(1, 3, -1, -1)  # frequency down, time to the right
    with torch.no_grad():
        found, steps = network.alexnet(picture.transpose(2, 3), torch.tensor([150]))
        torch.testing.assert_close(found.transpose(2, 3), theirs(picture))
        assert steps.tolist() == [found.shape[2]] == [3]
        assert not torch.allclose(found.transpose(2, 3), theirs(picture.flip(2)), atol=1e-2)


def test_the_original_gives_way_to_the_variant_of_the_weights() -> None:
    paper = PRESETS["zhang2018-apsipa"]["paper"].network
    variant = for_torchvision(paper)
    assert (variant.filters, variant.channels) == ((64, 192, 384, 256, 256), 3)
    assert variant.norm == "none"
    assert for_torchvision(variant) == variant
    assert for_torchvision(fine_tuned().network) == fine_tuned().network


def test_all_weights_that_do_not_fit_are_named_at_once(tmp_path: Path) -> None:
    state = torchvision_state()
    del state["features.0.bias"]
    state["features.3.weight"] = torch.zeros(6, 3, 5, 4)
    state["features.6.bias"][3] = torch.inf
    state["features.8.bias"] = torch.zeros(4, dtype=torch.int64)
    state["layer1.0.weight"] = torch.zeros(2)
    weights = PretrainedWeights.read(saved(state, tmp_path / "resnet.pth"))
    with pytest.raises(TrainingError) as caught:
        weights.recipe(fine_tuned())
    assert str(caught.value) == (
        f"{tmp_path}/resnet.pth: features.0.bias missing, need (3,); features.3.weight "
        "(6, 3, 5, 4), need (6, 3, 5, 5); features.6.bias not finite; features.8.bias holds no "
        "weights, need (4,); layer1.0.weight unknown (torchvision's AlexNet fits the size paper)"
    )
    compact = PRESETS["zhang2018-apsipa"]["compact"]
    whole = PretrainedWeights.read(saved(torchvision_state(), tmp_path / "alexnet.pth"))
    with pytest.raises(TrainingError, match=r"features\.0\.weight \(3, 3, 11, 11\), need \(32, 1,"):
        whole.recipe(compact)


class Harm:
    """What runs code as it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("harm-was-done"),)


def test_what_is_no_state_dict_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for content, needed in (
        ({"features.0.weight": Harm()}, "no weights that torch reads without running code"),
        (["features.0.weight"], "holds a list, need a state dict"),
    ):
        with pytest.raises(TrainingError, match=needed):
            PretrainedWeights.read(saved(content, tmp_path / "file.pth"))
    assert not Path("harm-was-done").exists()
    Path("text.pth").write_text("weights")
    with pytest.raises(TrainingError, match="no weights that torch reads without running code"):
        PretrainedWeights.read(Path("text.pth"))
    with pytest.raises(
        TrainingError, match=r"nowhere\.pth: no such file or directory, need a file"
    ):
        PretrainedWeights.read(Path("nowhere.pth"))
    weights = PretrainedWeights.read(saved(torchvision_state(), tmp_path / "file.pth"))
    with pytest.raises(TrainingError, match="zhao2018-asmmc takes no weights, need another system"):
        weights.recipe(tiny_recipe())
    other = replace(fine_tuned(), training=Training(pretrained="0" * 64))
    with pytest.raises(TrainingError, match="need the weights that the recipe names, 000000000000"):
        weights.recipe(other)
    with pytest.raises(TrainingError, match=r"sha256 000000000000, need it \(--pretrained\)"):
        train(Corpus.read(tiny_corpus()), tmp_path / "run", other)


@pytest.mark.slow
def test_a_run_names_the_weights_that_it_began_with(tmp_path: Path) -> None:
    tones = tiny_corpus(tmp_path / "tones", per_class=3)
    weights = saved(torchvision_state(), tmp_path / "alexnet.pth")
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    (tmp_path / "recipe.json").write_text(json.dumps(fine_tuned().to_dict()))

    def run(*arguments: object) -> None:
        told = [str(one) for one in arguments]
        assert CliRunner().invoke(dsf, told, catch_exceptions=False).exit_code == 0

    def begin(name: str, *more: object) -> None:
        run("train", tones, tmp_path / name, "--recipe", tmp_path / "recipe.json", *more)

    begin("own", "--pretrained", weights)
    begin("own", "--pretrained", weights)
    begin("fresh")
    own, fresh = ((tmp_path / name / "history.csv").read_text() for name in ("own", "fresh"))
    assert own != fresh
    with pytest.raises(TrainingError, match=rf"recipe\.training\.pretrained: {sha256}, now \)"):
        begin("own")
    run("export", tmp_path / "own", tmp_path / "own.onnx")
    metadata = Encoder.open(tmp_path / "own.onnx").metadata
    assert metadata["recipe"]["training"]["pretrained"] == sha256


@pytest.mark.slow
def test_an_experiment_brings_weights_to_the_systems_that_take_them(tmp_path: Path) -> None:
    tones = tiny_corpus(tmp_path / "tones", speakers=3, per_class=3)
    weights = saved(torchvision_state(), tmp_path / "alexnet.pth")
    own = fine_tuned()
    recipes = {"own": own, "other": replace(tiny_recipe(), training=own.training)}
    only = {"only": ["spk1"], "against": [], "jobs": 1, "pretrained": weights}
    run_experiment(tones, tmp_path / "folder", recipes, **only)
    begun = {
        name: json.loads((tmp_path / f"folder/folds/spk1/{name}/run/plan.json").read_text())
        for name in recipes
    }
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert begun["own"]["recipe"]["training"]["pretrained"] == sha256
    assert begun["other"]["recipe"]["training"]["pretrained"] == ""
    with pytest.raises(TrainingError, match="takes no weights"):
        run_experiment(tones, tmp_path / "none", {"other": recipes["other"]}, **only)
    assert not (tmp_path / "none").exists()
