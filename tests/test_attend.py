"""Pictures of attention: what stands in their axes, against the numbers it is of."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from numpy.typing import NDArray

from deepspectrum_features import Encoder, FeatureFile, cli, extract
from deepspectrum_features.errors import AudioError, CorpusError, DsfError, FeatureFileError
from deepspectrum_features.features.steps import Steps
from deepspectrum_features.testing import chirp, tiny_corpus, tiny_encoder, tiny_features

pytest.importorskip("matplotlib")

from deepspectrum_features.drawing import draw_attention
from deepspectrum_features.drawing.class_figure import draw_classes
from deepspectrum_features.drawing.classes import (
    POSITIONS,
    ClassAttention,
    over_position,
)
from deepspectrum_features.drawing.sound_figure import draw_sound
from deepspectrum_features.drawing.sounds import AttendedSound
from deepspectrum_features.encoder.clocks import Cells

RATE, LOW, HIGH, SECONDS, START = 16000, 400.0, 6000.0, 1.5, 0.5


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    """Return a table that names the last 1.5 s of a recording: a tone that rises."""
    sound = np.concatenate([np.zeros(int(START * RATE)), chirp(LOW, HIGH, SECONDS, level=0.9)])
    soundfile.write(tmp_path / "rising.wav", sound, RATE, subtype="FLOAT")
    (tmp_path / "one.csv").write_text(f"file,start\nrising.wav,{START}\n")
    return tmp_path / "one.csv"


def made_attention(path: Path, weights: list[NDArray[Any]], **changes: Any) -> Path:
    """Write a feature file with the attention of its rows, one speaker and three classes."""
    count = np.array([len(one) for one in weights], np.int32)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int32)
    steps = Steps(np.concatenate(weights).astype(np.float32), first, count, 0.01, 0.0125)
    return tiny_features(path, speakers="a", attention=steps, **changes)


def test_a_recording_is_drawn_at_its_seconds_and_hertz(swept: Path, encoder: Encoder) -> None:
    """The tone that rises ties both axes of the spectrogram to the waveform's."""
    figure = draw_sound(AttendedSound.of(swept, encoder))
    wave, spectrum, _ = figure.axes
    assert {axes.get_xlim() for axes in figure.axes} == {(START, START + SECONDS)}
    (line,) = wave.lines
    sound, _ = soundfile.read(swept.with_name("rising.wav"), dtype="float32")
    np.testing.assert_array_equal(line.get_ydata(), sound[int(START * RATE) :])
    np.testing.assert_allclose(line.get_xdata()[[0, 1600]], [START, START + 0.1])
    (image,) = spectrum.images
    left, right, bottom, top = image.get_extent()
    bins, frames = image.get_array().shape
    times = left + (np.arange(frames) + 0.5) * (right - left) / frames
    highest = image.get_array().argmax(axis=0)
    hertz = 1000 * (bottom + (highest + 0.5) * (top - bottom) / bins)
    rising = LOW + (HIGH - LOW) * (times - START) / SECONDS
    np.testing.assert_allclose(hertz, rising, atol=40)  # bins are 31 Hz apart
    assert np.abs(hertz - rising[::-1]).max() > 1000


def test_attention_is_drawn_step_by_step_as_the_encoder_gives_it(
    swept: Path, encoder: Encoder
) -> None:
    sound, _ = soundfile.read(swept.with_name("rising.wav"), dtype="float32")
    found = encoder.embed(sound[int(START * RATE) :], RATE).attention
    (steps,) = draw_sound(AttendedSound.of(swept, encoder)).axes[2].patches
    values, edges, _ = steps.get_data()
    np.testing.assert_allclose(values / len(values), found, rtol=1e-5)
    assert values.max() > 1.01 * values.min()
    centres = START + 0.0125 + 0.01 * np.arange(len(found))  # of 25 ms windows, 10 ms apart
    np.testing.assert_allclose((edges[:-1] + edges[1:]) / 2, centres)


def test_cells_are_drawn_where_they_are_in_time_and_frequency(
    swept: Path, encoder: Encoder
) -> None:
    weights = np.zeros((4, 3), np.float32)
    weights[1, 2] = 1  # the second in time, the third in frequency
    cells = Cells(step_seconds=0.32, first_step_centre_seconds=0.2, hz=[500.0, 1500.0, 3000.0])
    found = replace(AttendedSound.of(swept, encoder), weights_tf=weights, cells=cells)
    figure = draw_sound(found)
    (mesh,) = figure.axes[3].collections
    corners = mesh.get_coordinates()
    row, column = np.argwhere(mesh.get_array() > 0)[0]
    assert mesh.get_array().max() == 12, "all of it in one of twelve"
    low, high = corners[row, column], corners[row + 1, column + 1]
    np.testing.assert_allclose((low[0] + high[0]) / 2, START + 0.2 + 0.32)
    np.testing.assert_allclose((low[1], high[1]), (2.25, 3.75), atol=1e-9)  # half-way, as far on
    assert figure.axes[3].get_ylim() == figure.axes[1].get_ylim()
    assert figure.axes[3].get_xlim() == figure.axes[0].get_xlim()


def shared_out(weights: NDArray[Any]) -> NDArray[Any]:
    """Cut every step into as many pieces as there are positions, and deal them out in turn."""
    pieces = np.repeat(weights.astype(np.float64) / POSITIONS, POSITIONS)
    return pieces.reshape(POSITIONS, len(weights)).sum(axis=1)


@pytest.mark.parametrize("steps", [1, 3, POSITIONS, 173])
def test_attention_is_shared_out_by_relative_position(steps: int) -> None:
    weights = np.random.default_rng(steps).dirichlet(np.ones(steps))
    shares = over_position(weights)
    np.testing.assert_allclose(shares, shared_out(weights), atol=1e-12)
    assert shares.sum() == pytest.approx(1)
    assert steps == 1 or np.abs(shares - shares[::-1]).max() > 1e-3


def test_a_line_is_the_mean_over_the_labelled_utterances_of_a_class(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    weights = [generator.dirichlet(np.ones(int(count))) for count in generator.integers(5, 90, 12)]
    labels = ["high"] * 4 + ["low"] * 4 + [""] + ["mid"] * 3
    path = made_attention(tmp_path / "x.h5", weights, label=labels)
    figure = draw_classes(ClassAttention.of(FeatureFile.open(path, lazy=True), path))
    (axes,) = figure.axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines if len(line.get_xdata()) > 2}
    assert list(lines) == ["high (4)", "low (4)", "mid (3)"]
    for name, rows in (("high (4)", [0, 1, 2, 3]), ("mid (3)", [9, 10, 11])):
        mean = np.mean([shared_out(weights[row]) for row in rows], axis=0)
        np.testing.assert_allclose(lines[name], mean * POSITIONS, rtol=1e-5)
    assert np.abs(lines["high (4)"] - lines["mid (3)"]).max() > 0.1
    np.testing.assert_allclose(axes.lines[0].get_xdata()[[0, -1]], [0.01, 0.99])


def test_attention_over_frequency_is_averaged_by_class(tmp_path: Path) -> None:
    cells = np.zeros((24, 3), np.float32)  # two cells a row
    cells[0:8, 0], cells[8:16, 1], cells[16:, 1:] = 0.5, 0.5, 0.25
    hz = np.array([400.0, 900.0, 2000.0])
    count, first = np.full(12, 2, np.int32), np.arange(0, 24, 2, dtype=np.int32)
    path = made_attention(
        tmp_path / "x.h5", [np.ones(4) / 4] * 12,
        attention_tf=Steps(cells, first, count, 0.08, 0.05, hz),
    )  # fmt: skip
    figure = draw_classes(ClassAttention.of(FeatureFile.open(path), path))
    lines = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 3]
    np.testing.assert_allclose(
        [line.get_ydata() for line in lines], [[3, 0, 0], [0, 3, 0], [0, 1.5, 1.5]]
    )
    np.testing.assert_allclose(lines[0].get_xdata(), [0.4, 0.9, 2.0])


def test_names_that_look_like_formulas_are_drawn_as_they_are(tmp_path: Path) -> None:
    path = made_attention(tmp_path / "$x_{$.h5", [np.ones(4) / 4] * 12, classes=("$a$", "b", "c"))
    assert draw_attention(path, tmp_path / "x.svg").read_text().startswith("<?xml")


def test_what_cannot_be_drawn_is_one_line(
    folder: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wav = folder / "spk1_low_1.wav"
    extract(folder, "plain.h5", encoder=encoder)
    unlabelled = made_attention(Path("x.h5"), [np.ones(4) / 4] * 12, label=[])
    (folder / "text.wav").write_text("no sound")
    soundfile.write(folder / "short.wav", np.zeros(300), RATE)
    Path("folder.png").mkdir()
    Path("cut.h5").write_bytes(Path("plain.h5").read_bytes()[:5000])
    untrained = tiny_encoder("functionals").path
    for arguments, error, said in (
        ((folder,), CorpusError, f"{folder}: 8 utterances, need one recording"),
        ((folder / "text.wav",), CorpusError, f"{folder}/text.wav: a text file, need a rec"),
        ((folder / "short.wav",), AudioError, "short.wav: 300 samples, need at least 400"),
        ((wav, None, untrained), DsfError, "tiny: has no attention, need an encoder with an emb"),
        ((wav, "x.jpg"), DsfError, "x.jpg: need a name ending in .png or .svg"),
        ((wav, "nowhere/x.png"), DsfError, "nowhere: no such folder, need one to write x.png in"),
        ((wav, "folder.png"), DsfError, "folder.png: a folder, need the name of a file to write"),
        (("plain.h5",), DsfError, "plain.h5: no attention, need a file of dsf extract --attention"),
        (("plain.h5",), DsfError, "(by an encoder that has some, such as zhao2018-asmmc-nemo"),
        (("cut.h5",), FeatureFileError, "cut.h5: not a readable feature file"),
        ((unlabelled,), DsfError, "x.h5: no labels, need some to average by"),
        ((unlabelled, None, "tiny"), DsfError, "--encoder: x.h5 holds attention of its own, need"),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            draw_attention(*arguments)
        assert said in str(caught.value)
    assert [path for path in Path().glob("*.*g") if path.is_file()] == []


def test_without_matplotlib_it_is_said_how_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(sys, "argv", ["dsf", "attend", str(folder / "spk1_low_1.wav")])
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    said = capsys.readouterr().err
    assert said.startswith("error: matplotlib is not installed, needed here (pip install ")


@pytest.mark.slow
def test_the_command_draws_recordings_and_feature_files(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_corpus(Path("tones"), speakers=1, per_class=1)

    def dsf(*arguments: object) -> str:
        done = CliRunner().invoke(cli.dsf, [*map(str, arguments)], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout.strip()

    assert dsf("attend", "tones/spk1_low_1.wav") == "spk1_low_1-attention.png"
    drawn = Path("spk1_low_1-attention.png")
    assert drawn.read_bytes()[:4] == b"\x89PNG"
    before = drawn.read_bytes()
    dsf("attend", "tones/spk1_low_1.wav", drawn, "--encoder", encoder.path)
    assert drawn.read_bytes() != before
    dsf("extract", "tones", "tones.h5", "--encoder", encoder.path, "--attention", "-j", 1)
    assert dsf("attend", "tones.h5", "tones.SVG") == "tones.SVG"
    assert "<svg" in Path("tones.SVG").read_text()[:500]
