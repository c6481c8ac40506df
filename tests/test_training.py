"""Training: a run is claimed, resumed exactly, scored on speakers it never saw, and exported."""

from __future__ import annotations

import dataclasses
import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from deepspectrum_features import Corpus, FeatureFile, Recipe, extract
from deepspectrum_features.corpus.folds import hold_out
from deepspectrum_features.errors import CorpusError, EncoderError, TrainingError
from deepspectrum_features.recipe import PRESETS, Augmentation, LogBins, Training
from deepspectrum_features.scores import score
from deepspectrum_features.testing import tiny_corpus, tiny_recipe
from deepspectrum_features.training.after_epoch import Journal
from deepspectrum_features.training.epochs import Epoch, Examples, augment
from deepspectrum_features.training.exporting import export
from deepspectrum_features.training.run import train

SPEAKERS = {"dev_speakers": ["spk3"], "test_speakers": ["spk4"]}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tiny_corpus(tmp_path_factory.mktemp("corpus") / "tones", speakers=4, per_class=6)
    return Corpus.read(folder, name="tones").scan()


def recipe(epochs: int = 4) -> Recipe:
    masks = Augmentation(stretch=0.05, masked_bands=1, masked_frames=4)
    training = Training(epochs=epochs, batch_size=4, learning_rate=0.03, augmentation=masks)
    return dataclasses.replace(tiny_recipe(), training=dataclasses.replace(training, anneal=True))


@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(corpus, tmp_path / "whole", recipe(), **SPEAKERS)
    honest = Journal.on_train_epoch_start

    def die(journal: Journal, trainer: object, module: object) -> None:
        if trainer.current_epoch == 2:
            raise RuntimeError("power cut")
        honest(journal, trainer, module)

    monkeypatch.setattr(Journal, "on_train_epoch_start", die)
    with pytest.raises(RuntimeError, match="power cut"):
        train(corpus, tmp_path / "cut", recipe(), **SPEAKERS)
    assert not (tmp_path / "cut" / "training.json").exists()
    monkeypatch.undo()
    train(corpus, tmp_path / "cut", recipe(), **SPEAKERS)
    for name in ("history.csv", "training.json"):
        assert (tmp_path / "cut" / name).read_text() == (tmp_path / "whole" / name).read_text()
    whole, cut = (load_file(tmp_path / run / "network.safetensors") for run in ("whole", "cut"))
    assert all(np.array_equal(whole[name], cut[name]) for name in whole)
    other = dataclasses.replace(recipe(), training=dataclasses.replace(recipe().training, seed=1))
    train(corpus, tmp_path / "seed", other, **SPEAKERS)
    seed = load_file(tmp_path / "seed" / "network.safetensors")
    assert not np.allclose(seed["head.0.weight"], whole["head.0.weight"], atol=1e-3)


@pytest.mark.slow
def test_who_looks_on_ends_a_training_before_anything_more_is_written(
    corpus: Corpus, tmp_path: Path
) -> None:
    looks = count(1)

    def watch() -> None:
        if next(looks) == 14:  # six batches and the end of an epoch, twice
            raise LookupError("called off")

    with pytest.raises(LookupError, match="called off"):
        train(corpus, tmp_path / "run", recipe(), **SPEAKERS, watch=watch)
    history = tmp_path / "run" / "history.csv"
    assert [line.split(",")[0] for line in history.read_text().splitlines()] == ["epoch", "1"]
    train(corpus, tmp_path / "run", recipe(), **SPEAKERS, watch=watch)
    assert next(looks) == 1 + 14 + 3 * 7
    assert len(history.read_text().splitlines()) == 1 + 4


@pytest.mark.slow
def test_train_export_extract_score(corpus: Corpus, tmp_path: Path) -> None:
    """The weights that are exported are the ones that were scored."""
    lines: list[str] = []
    train(corpus, tmp_path / "run", recipe(epochs=12), **SPEAKERS, say=lines.append)
    assert lines[0] == "dev speakers spk3; test speakers spk4"
    assert any(line.startswith("epoch 12/12: loss ") for line in lines)
    result = json.loads((tmp_path / "run" / "training.json").read_text())
    assert result["scores"]["test"]["ua"] == 1.0  # 300 Hz against 2 kHz
    assert (tmp_path / "run" / "learning_curve.png").read_bytes()[:4] == b"\x89PNG"
    encoder = export(tmp_path / "run", tmp_path / "own.onnx", licence="CC0-1.0")
    heard = encoder.stated.training.rows
    assert {one.speaker for one in heard} == {"spk1", "spk2", "spk3"}
    done = extract(corpus, tmp_path / "out.h5", encoder=encoder)
    table = FeatureFile.open(done.path)
    seen = [{"spk4": 0}.get(speaker, 2) for speaker in table.speaker]
    np.testing.assert_array_equal(table.seen, seen)
    test = np.array(table.speaker) == "spk4"
    expected = np.array([table.class_name.index(label) for label in table.label])[test]
    found = score(expected, table.scores[test].argmax(axis=1), table.class_name)
    assert found.ua == result["scores"]["test"]["ua"]
    again: list[str] = []
    train(corpus, tmp_path / "run", recipe(epochs=12), **SPEAKERS, say=again.append)
    assert again == [f"{tmp_path / 'run'}: complete"]
    with pytest.raises(
        TrainingError, match=r"another plan \(recipe\.training\.epochs: 12, now 4\)"
    ):
        train(corpus, tmp_path / "run", recipe(), **SPEAKERS)
    bins = dataclasses.replace(recipe(epochs=12).network, view=LogBins())
    other = dataclasses.replace(recipe(epochs=12), network=bins)
    with pytest.raises(
        TrainingError, match=r"plan \(recipe\.network\.view\.kind: log-mel, now log-bins\), need"
    ):
        train(corpus, tmp_path / "run", other, **SPEAKERS)
    other = PRESETS["zhao2019-access"]["compact"]
    with pytest.raises(TrainingError, match=r"\(recipe\.network\.system: [^;]*\), need a new"):
        train(corpus, tmp_path / "run", other, **SPEAKERS)


def test_a_class_that_no_held_out_speaker_utters_is_named(corpus: Corpus, tmp_path: Path) -> None:
    rows = [one for one in corpus.utterances if (one.speaker, one.label) != ("spk4", "low")]
    lines: list[str] = []
    part = dataclasses.replace(corpus, utterances=tuple(rows))
    train(part, tmp_path / "run", recipe(epochs=1), say=lines.append)
    assert lines[:2] == [
        "dev speakers spk4",
        "no dev utterance of low: UA there is the mean of the other classes alone",
    ]
    assert not [line for line in lines if line.startswith("no test")]
    lines.clear()
    train(part, tmp_path / "named", recipe(epochs=1), **SPEAKERS, say=lines.append)
    assert lines[1] == "no test utterance of low: UA there is the mean of the other classes alone"
    lines.clear()
    fold = hold_out(rows, **SPEAKERS)  # whoever made it knows
    train(part, tmp_path / "own", recipe(epochs=1), fold=fold, say=lines.append)
    assert lines[0].startswith("epoch 1/1")


def test_what_cannot_be_trained_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    nameless = dataclasses.replace(
        corpus,
        utterances=tuple(dataclasses.replace(one, label="") for one in corpus.utterances),
    )
    with pytest.raises(CorpusError, match="no labels, need some to train on"):
        train(nameless, tmp_path / "run", recipe())
    one = dataclasses.replace(corpus, utterances=corpus.utterances[:1])
    with pytest.raises(CorpusError, match="one label"):
        train(one, tmp_path / "run", recipe())
    other = {"spk1": "Eva", "spk2": "eva "}
    twice = dataclasses.replace(
        corpus,
        utterances=tuple(
            dataclasses.replace(one, speaker=other.get(one.speaker, one.speaker))
            for one in corpus.utterances
        ),
    )
    with pytest.raises(CorpusError, match="speakers 'Eva' and 'eva ' differ in spelling alone"):
        train(twice, tmp_path / "run", recipe())
    with pytest.raises(CorpusError, match="speakers spk9 are not in the corpus"):
        train(corpus, tmp_path / "run", recipe(), dev_speakers=["spk9"])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    with pytest.raises(TrainingError, match="holds other files"):
        train(corpus, tmp_path / "full", recipe())
    with pytest.raises(EncoderError, match="not finished, need a completed run"):
        export(tmp_path / "full", tmp_path / "x.onnx")


def examples(rows: int = 40) -> Examples:
    generator = np.random.default_rng(0)
    frames = [
        generator.standard_normal((length, 3)).astype(np.float32)
        for length in generator.integers(5, 60, rows)
    ]
    alike = np.zeros(rows, np.int64)
    return Examples(frames, np.arange(rows) % 2, np.arange(rows), alike, alike)


def test_an_epoch_holds_every_utterance_once_and_depends_on_its_number() -> None:
    training = Training(batch_size=4, augmentation=Augmentation(stretch=0.1))

    def batches(epoch: int) -> Epoch:
        return Epoch(examples(), training, longest=50, epoch=epoch, augment=True)

    first, again, second = batches(1), batches(1), batches(2)
    assert sorted(np.concatenate(first.batches)) == list(range(40))
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(np.concatenate(first.batches), np.concatenate(second.batches))
    assert max(int(batch.lengths.max()) for batch in first) <= round(50 / 0.9)


def test_augmentation_off_changes_nothing_and_on_changes_something() -> None:
    frames = np.random.default_rng(0).standard_normal((30, 10)).astype(np.float32)
    same, _ = augment(frames, frames, Augmentation(), np.random.default_rng(1))
    np.testing.assert_array_equal(same, frames)
    full = Augmentation(stretch=0.1, masked_bands=3, masked_frames=5)
    changed, _ = augment(frames, frames, full, np.random.default_rng(1))
    assert changed.shape[1] == 10
    assert changed.shape != frames.shape or not np.allclose(changed, frames)


def test_score_pools_recalls() -> None:
    expected = np.array([0, 0, 0, 0, 1, 1])
    found = score(expected, np.array([0, 0, 0, 1, 1, 0]), ["a", "b", "c"])
    assert (found.ua, found.wa) == (0.625, pytest.approx(4 / 6))
    assert found.recall == {"a": 0.75, "b": 0.5}


@pytest.mark.slow
def test_the_protocol_claims_only_what_was_checked(corpus: Corpus, tmp_path: Path) -> None:
    """Without speakers a split is taken as it is, and said so; another split is another run."""
    sides = {"spk1": "train", "spk2": "train", "spk3": "dev", "spk4": "test"}
    split = [dataclasses.replace(one, split=sides[one.speaker]) for one in corpus.utterances]
    nameless = [dataclasses.replace(one, speaker="") for one in split]
    for utterances, claim in ((split, "speaker-independent"), (nameless, "speakers unknown")):
        run = tmp_path / claim
        train(dataclasses.replace(corpus, utterances=tuple(utterances)), run, recipe(epochs=1))
        result = json.loads((run / "training.json").read_text())
        assert result["scores"]["protocol"].startswith(f"{claim}")
    sides |= {"spk3": "test", "spk4": "dev"}
    other = [dataclasses.replace(one, split=sides[one.speaker]) for one in corpus.utterances]
    with pytest.raises(TrainingError, match="another plan"):
        train(
            dataclasses.replace(corpus, utterances=tuple(other)),
            tmp_path / "speaker-independent",
            recipe(epochs=1),
        )
