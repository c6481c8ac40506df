"""Frames that are kept: what computing gives, to the bit, and never half of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract, run_experiment
from deepspectrum_features.baselines.experiment_sound import keep_frames
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.stored_frames import store_frames
from deepspectrum_features.corpus.stored_sound import store_sound
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import (
    Descriptors,
    OpensmileLld,
    Recipe,
    Training,
    Zhao2018Interspeech,
)
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.testing import contents, tiny_corpus, tone
from deepspectrum_features.training import train
from deepspectrum_features.training.exporting import to_onnx
from deepspectrum_features.training.metadata import encoder_metadata

pytest.importorskip("opensmile")

RATE = 16000
FRONT_END = make_front_end(OpensmileLld())
RECIPE = Recipe(
    preset="tiny",
    front_end=OpensmileLld(),
    network=Zhao2018Interspeech(
        view=Descriptors(components=8), filters=(3, 2), lstm_units=3, head_units=4
    ),
    training=Training(epochs=2, batch_size=4, learning_rate=0.02),
)

Found = dict[int, NDArray[np.float32] | tuple[str, str]]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Return stretches, one of them too short, of two recordings and of one without numbers."""
    root = tmp_path / "corpus"
    root.mkdir()
    soundfile.write(root / "a.wav", tone(300, 1.0), RATE)
    soundfile.write(root / "b.flac", tone(500, 0.5, 8000), 8000)
    soundfile.write(root / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    (root / "corpus.csv").write_text(
        "file,start,end\na.wav,0,0.4\na.wav,0.5,0.55\nnan.wav,0.5,\nb.flac,,\n"
    )
    return store_sound(Corpus.read(root).scan(), tmp_path / "sound")


def frames_of(corpus: Corpus) -> Found:
    """Return the frames of every utterance, or why it has none."""
    found: Found = {}
    for row, segment in read_utterances(corpus, corpus.utterances):
        try:
            if isinstance(segment, AudioError):
                raise segment
            found[row] = segment.frames(FRONT_END)
        except AudioError as error:
            found[row] = str(error), error.stage
    return found


def assert_same(found: Found, expected: Found) -> None:
    assert found.keys() == expected.keys()
    for row, one in expected.items():
        if isinstance(one, tuple):
            assert found[row] == one
        else:
            np.testing.assert_array_equal(found[row], one)


def change(folder: Path) -> None:
    """Make all stored frames other numbers, so that who reads them can be told."""
    path = folder / "frames.f32"
    (1.5 * np.fromfile(path, np.float32)).tofile(path)


@pytest.mark.parametrize("jobs", quick_first([1, 2]))
def test_they_are_what_computing_gives(corpus: Corpus, tmp_path: Path, jobs: int) -> None:
    stored = store_frames(corpus, FRONT_END, tmp_path / "frames", jobs)
    computed = frames_of(corpus)
    assert_same(frames_of(stored), computed)
    assert [one for one in computed.values() if isinstance(one, tuple)] == [
        ("800 samples, need at least 960 (60 ms at 16000 Hz)", "frame"),
        ("8000 samples NaN or infinite, need numbers", "decode"),
    ]
    change(tmp_path / "frames")
    again = store_frames(corpus, FRONT_END, tmp_path / "frames")
    np.testing.assert_array_equal(frames_of(again)[3], 1.5 * computed[3])


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "frames.f32").unlink(),
        lambda folder: (folder / "frames.f32").write_bytes(b"\0" * 400),
        lambda folder: (folder / "index.json").write_text('{"stamp'),
        lambda folder: (folder / "index.json").unlink(),
    ],
    ids=["no frames", "fewer frames", "half an index", "killed before the index"],
)
def test_what_is_not_whole_is_made_again(
    corpus: Corpus, tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    store_frames(corpus, FRONT_END, tmp_path / "frames", 1)
    whole = (tmp_path / "frames/frames.f32").read_bytes()
    harm(tmp_path / "frames")
    store_frames(corpus, FRONT_END, tmp_path / "frames", 1)
    assert (tmp_path / "frames/frames.f32").read_bytes() == whole


def test_other_sound_and_another_front_end_are_computed_anew(
    corpus: Corpus, tmp_path: Path
) -> None:
    store_frames(corpus, FRONT_END, tmp_path / "frames", 1)
    change(tmp_path / "frames")
    wide = make_front_end(OpensmileLld(delta_window=3))
    stored = store_frames(corpus, wide, tmp_path / "frames", 1)
    assert_same(frames_of(stored), frames_of(corpus))  # it holds none of the front end's
    soundfile.write(corpus.root / "b.flac", tone(700, 0.5, 8000), 8000)
    replaced = store_sound(Corpus.read(corpus.root).scan(), tmp_path / "sound")
    change(tmp_path / "frames")
    stored = store_frames(replaced, wide, tmp_path / "frames", 1)
    kept = stored.stored.frames[0].arrays
    found = kept.read(kept.entry(stored.utterances[3].stretch))
    sound, _ = soundfile.read(corpus.root / "b.flac", dtype="float32")
    np.testing.assert_array_equal(found, wide.frames(sound, 8000))


def test_utterances_that_were_left_out_before_are_not_missing(
    corpus: Corpus, tmp_path: Path
) -> None:
    few = replace(corpus, utterances=corpus.utterances[:1])
    store_frames(few, FRONT_END, tmp_path / "frames", 1)
    assert_same(
        frames_of(store_frames(corpus, FRONT_END, tmp_path / "frames", 1)), frames_of(corpus)
    )


def test_frames_need_stored_sound(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no stored sound, need that of store_sound"):
        store_frames(replace(corpus, stored=None), FRONT_END, tmp_path / "frames")


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("stored")
    corpus = Corpus.read(tiny_corpus(folder / "tones", per_class=1), name="tones").scan()
    return store_sound(corpus, folder / "sound")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    network = build_network(RECIPE, classes=2)
    metadata = encoder_metadata(
        network, RECIPE, name="tiny", licence="CC0-1.0", classes=["high", "low"]
    )
    return to_onnx(network, tmp_path_factory.mktemp("encoder") / "tiny.onnx", metadata)


def test_an_experiment_keeps_those_of_slow_front_ends_alone(tones: Corpus, tmp_path: Path) -> None:
    lines: list[str] = []
    recipes = [Recipe(), RECIPE, replace(RECIPE, preset="another")]
    kept = keep_frames(tones, recipes, tmp_path, 1, False, lines.append)
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("opensmile-lld-")
    assert len(lines) == len(kept.stored.frames) == 1
    assert kept.stored.has_frames(OpensmileLld())
    assert not kept.stored.has_frames(OpensmileLld(deltas=False))


@pytest.mark.parametrize("jobs", [1, 2])
def test_extraction_reads_them(tones: Corpus, encoder: Encoder, tmp_path: Path, jobs: int) -> None:
    stored = store_frames(tones, FRONT_END, tmp_path / "frames", 1)
    assert EncoderWorker(encoder).in_processes(tones, 0.0)
    assert not EncoderWorker(encoder).in_processes(stored, 0.0)
    assert EncoderWorker(encoder, channel=1).in_processes(stored, 0.0), (
        "another channel, other frames"
    )
    extract(tones, tmp_path / "computed.h5", encoder=encoder, jobs=1)
    extract(stored, tmp_path / "read.h5", encoder=encoder, jobs=jobs)
    assert contents(tmp_path / "read.h5") == contents(tmp_path / "computed.h5")
    change(tmp_path / "frames")
    extract(stored, tmp_path / "read.h5", encoder=encoder, jobs=jobs, overwrite=True)
    assert contents(tmp_path / "read.h5") != contents(tmp_path / "computed.h5")


@pytest.mark.slow
def test_training_reads_them(tones: Corpus, tmp_path: Path) -> None:
    def weights(corpus: Corpus, run: str) -> bytes:
        train(corpus, tmp_path / run, RECIPE, dev_speakers=["spk3"], test_speakers=["spk4"])
        return (tmp_path / run / "network.safetensors").read_bytes()

    stored = store_frames(tones, FRONT_END, tmp_path / "frames", 1)
    assert weights(stored, "read") == weights(tones, "computed")
    change(tmp_path / "frames")
    assert weights(stored, "changed") != weights(tones, "computed")


@pytest.mark.slow
def test_an_experiment_reads_them(tones: Corpus, tmp_path: Path) -> None:
    def vectors() -> NDArray[np.float32]:
        run_experiment(tones, tmp_path, RECIPE, against=[], only=["spk1"], jobs=1)
        found = FeatureFile.open(place / "features.h5").features
        (place / "features.h5").unlink()
        return found

    place = tmp_path / "folds/spk1/zhao2018-interspeech-tiny"
    found = vectors()
    sound, rate = soundfile.read(tones.root / tones.utterances[0].file, dtype="float32")
    alone = Encoder.open(place / "encoder.onnx").embed(sound, rate)
    np.testing.assert_allclose(found[0], alone.vector, rtol=1e-5, atol=1e-6)
    (frames,) = (tmp_path / "frames").iterdir()
    change(frames)
    assert not np.allclose(vectors(), found, atol=1e-3)
