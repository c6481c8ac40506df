"""AlexNet's convolutions with attention: equal to a loop-written twin, alone and in a batch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from alone import check_alone, check_training
from click.testing import CliRunner
from quick_first import quick_first
from torch import Tensor, nn
from twins.blocks import weights_of
from twins.zhang2018_apsipa import zhang2018_apsipa

from deepspectrum_features import Encoder, FeatureFile, verify
from deepspectrum_features.cli import dsf as commands
from deepspectrum_features.networks import Network, build_network
from deepspectrum_features.recipe import (
    PRESETS,
    LogBins,
    LogMel,
    PowerSpectrogram,
    Recipe,
    Training,
    Zhang2018Apsipa,
)
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.testing import tiny_corpus, tone
from deepspectrum_features.training import to_onnx
from deepspectrum_features.training.after_epoch import Journal
from deepspectrum_features.training.metadata import encoder_metadata

CLOSE = {"rtol": 1e-10, "atol": 1e-12}
#: Those of every network, and those around the frames at which cells begin.
FRAMES = torch.tensor([1, 2, 7, 8, 9, 62, 63, 64, 65, 94, 95, 126, 127, 301])


def tiny(**fields: Any) -> Recipe:
    """Return the paper's recipe with few filters."""
    network = Zhang2018Apsipa(view=LogBins(high_hz=4000.0), filters=(3, 6, 5, 4, 7), dropout=0.0)
    return Recipe(
        preset="tiny",
        front_end=PowerSpectrogram(window_samples=640, n_fft=800),
        network=replace(network, **fields),
        training=Training(epochs=3, batch_size=4, learning_rate=0.01),
    )


def lively(recipe: Recipe) -> Network:
    """Return a network whose every weight and statistic matters."""
    network = build_network(recipe, classes=3).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weights in network.parameters():
            inputs = weights[0].numel()
            weights.copy_(1.5 * torch.randn(weights.shape, generator=generator) / inputs**0.5)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.copy_(torch.randn(module.num_features, generator=generator))
                module.running_var.copy_(0.5 + torch.rand(module.num_features, generator=generator))
        network.view.mean.copy_(torch.randn(network.view.dim, generator=generator))
        network.view.deviation.copy_(0.5 + torch.rand(network.view.dim, generator=generator))
    return network


@pytest.mark.parametrize("fields", [{}, {"channels": 3, "norm": "none"}, {"norm": "batch"}])
@pytest.mark.parametrize("centre", [False, True])
def test_an_utterance_in_a_batch_equals_itself_alone(fields: dict[str, Any], centre: bool) -> None:
    network = lively(tiny(**fields, view=LogBins(high_hz=2000.0, centre=centre))).double()
    torch.manual_seed(1)
    batch = torch.randn(len(FRAMES), 341, 100).double()  # arbitrary behind an utterance's end
    together = check_alone(network, batch, FRAMES)
    assert together.steps.tolist() == together.cells.tolist()


def test_steps_begin_every_32_frames_from_63_on() -> None:
    # frames   1 ..... 63 ..... 94 | 95 ..... 126 | 127 ...
    # steps             1          |      2       |  3
    network = lively(tiny())
    steps = network.forward_features(torch.zeros(len(FRAMES), 301, 200), FRAMES).steps
    expected = [max((int(frames) - 63) // 32 + 1, 1) for frames in FRAMES]
    assert steps.tolist() == expected


@pytest.mark.parametrize(
    ("fields", "frames"),
    [
        ({}, 130),
        ({"view": LogBins(low_hz=500.0, high_hz=1000.0, centre=True)}, 9),
        ({"channels": 3, "norm": "none"}, 63),
        ({"norm": "batch"}, 70),
    ],
)
def test_it_computes_what_the_paper_says(fields: dict[str, Any], frames: int) -> None:
    recipe = tiny(**fields)
    network = lively(recipe)
    power = np.random.default_rng(0).exponential(1, (frames, 401))
    expected, alpha = zhang2018_apsipa(power, weights_of(network), recipe)
    frames_in = torch.from_numpy(power.astype(np.float32))[None]
    with torch.no_grad():
        found = network.forward_features(network.prepare(frames_in), torch.tensor([frames]))
    np.testing.assert_allclose(found.embedding[0], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.attention_tf[0], alpha, rtol=1e-4, atol=1e-6)
    assert expected.std() > 0.01
    assert alpha.size == 1 or alpha.std() > 1e-3
    other, _ = zhang2018_apsipa(power[::-1], weights_of(network), recipe)
    assert not np.allclose(other, expected, rtol=1e-3)


def test_steps_weighted_by_attention_give_the_embedding() -> None:
    network = lively(tiny())
    with torch.no_grad():
        found = network.forward_features(torch.randn(2, 300, 200), torch.tensor([300, 128]))
    total = (found.attention.unsqueeze(2) * found.frame_embedding).sum(dim=1)
    torch.testing.assert_close(total, found.embedding)
    assert not torch.allclose(found.frame_embedding.mean(dim=1), found.embedding, atol=1e-3)


def test_a_cell_sees_what_its_clock_says() -> None:
    """Nothing beyond 97 frames and bins of its centre moves a cell, its corners do.

    A field of 11, then 2 x 4 (pooling) + 4 x 8 (5x5) + 2 x 8 + 3 x 2 x 16 (3x3) + 2 x 16 more: 195.
    """
    network = lively(tiny(view=LogBins(), norm="none"))
    front_end = make_front_end(tiny().front_end)
    cells, step, band = network.cells(front_end), 3, 4
    seconds = cells.first_step_centre_seconds + step * cells.step_seconds
    frame = round((seconds - front_end.first_centre_seconds) / front_end.step_seconds)
    middle = round(cells.hz[band] / 20)
    assert (frame, middle, len(cells.hz)) == (127, 159, 11)

    def cell(spectrum: Tensor) -> Tensor:
        found, _ = network.alexnet(spectrum[None, None], torch.tensor([300]))
        return found[0, :, step, band]

    with torch.no_grad():
        for convolution in network.alexnet.convolutions:  # nothing cancels, every maximum moves
            convolution.weight.abs_()
        base, outside = torch.rand(300, 400), torch.rand(300, 400)  # (frames, bins)
        field = (slice(frame - 97, frame + 98), slice(middle - 97, middle + 98))
        outside[field] = base[field]
        torch.testing.assert_close(cell(outside), cell(base))
        for corner in ((frame - 97, middle - 97), (frame + 97, middle + 97)):
            spiked = base.clone()
            spiked[corner] = 1e6
            assert not torch.allclose(cell(spiked), cell(base), rtol=1e-2)


@pytest.mark.parametrize("view", [LogMel(bands=30), LogMel(bands=100), LogBins()])
def test_it_takes_any_view_of_a_spectrogram(view: LogMel | LogBins) -> None:
    network = lively(tiny(view=view))
    found = network.forward_features(torch.randn(1, 100, network.view.dim), torch.tensor([100]))
    hz = network.cells(make_front_end(tiny().front_end)).hz
    assert found.attention_tf.shape == (1, 2, len(hz))
    assert len(hz) == max((network.view.dim - 63) // 32 + 1, 1)


@pytest.mark.parametrize(("preset", "dim"), [("paper", 256), ("compact", 80)])
def test_sizes(preset: str, dim: int) -> None:
    network = build_network(PRESETS["zhang2018-apsipa"][preset], classes=4)
    assert network.view.out_dim == 200
    assert network.dim == len(network.column_names) == dim


def test_padding_changes_nothing_in_training() -> None:
    check_training(lively(tiny()), 200, (100, 70))


@pytest.mark.parametrize(
    "fields",
    quick_first(
        [{}, {"channels": 3, "norm": "none"}, {"view": LogBins(high_hz=900.0, centre=True)}]
    ),
)
def test_its_file_agrees_with_it(fields: dict[str, Any], tmp_path: Path) -> None:
    """The export checks every output, at all lengths, alone and in a batch."""
    recipe = tiny(**fields)
    network = lively(recipe)
    told = {"name": "tiny", "licence": "CC0-1.0", "classes": ["a", "b", "c"]}
    encoder = to_onnx(network, tmp_path / "own.onnx", encoder_metadata(network, recipe, **told))
    frames = np.random.default_rng(0).exponential(1, (1, 130, 401)).astype(np.float32)
    outputs = encoder.run(frames, np.array([130]))
    assert outputs["attention_tf"].shape[:2] == (1, outputs["cells"][0]) == (1, 3)
    assert outputs["attention_tf"].std() > 1e-4


# What a user does.


def dsf(*arguments: object) -> str:
    """Run a command, and return what it says."""
    done = CliRunner().invoke(commands, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.slow
def test_a_user_trains_resumes_exports_and_extracts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tones = tiny_corpus(tmp_path / "tones", per_class=3, seconds=0.8)
    (tmp_path / "recipe.json").write_text(json.dumps(tiny(norm="batch").to_dict()))
    told = ("--recipe", tmp_path / "recipe.json", "--test-speakers", "spk4", "--name", "tones")
    honest = Journal.on_train_epoch_start

    def die(journal: Journal, trainer: Any, module: object) -> None:
        if trainer.current_epoch == 2:
            raise RuntimeError("power cut")
        honest(journal, trainer, module)

    dsf("train", tones, tmp_path / "whole", *told)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "on_train_epoch_start", die)
        with pytest.raises(RuntimeError, match="power cut"):
            dsf("train", tones, tmp_path / "cut", *told)
    dsf("train", tones, tmp_path / "cut", *told)
    cut, whole = ((tmp_path / run / "history.csv").read_text() for run in ("cut", "whole"))
    assert cut == whole

    out = tmp_path / "out.h5"
    dsf("export", tmp_path / "cut", tmp_path / "own.onnx")
    dsf("extract", tones, out, "--encoder", tmp_path / "own.onnx", "--attention", "--frames")
    encoder, table = Encoder.open(tmp_path / "own.onnx"), FeatureFile.open(out)
    assert verify(out, encoder) == []
    assert table.feature_name[0] == "alexnet_000"
    for row, file in enumerate(table.file):
        alone = encoder.embed(*soundfile.read(tones / file, dtype="float32"))
        np.testing.assert_allclose(table.features[row], alone.vector, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(table.attention_tf[row].sum(axis=1), alone.attention, rtol=1e-5)
    assert not np.allclose(table.features[0], table.features[-1], atol=1e-2)
    assert len(encoder.embed(tone(440, seconds=0.05), 16000).attention) == 1
