"""What an experiment is held against, and what it refuses before it trains anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import soundfile

from deepspectrum_features import Corpus, Encoder, run_experiment
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.errors import CorpusError, DsfError
from deepspectrum_features.testing import tiny_corpus, tiny_recipe, tone

onnx = pytest.importorskip("onnx")
pytest.importorskip("sklearn")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Return three speakers with four tones each."""
    return Corpus.read(tiny_corpus(tmp_path / "tones", speakers=3), name="tones").scan()


def read_again(corpus: Corpus) -> Corpus:
    return Corpus.read(corpus.root, name="tones").scan()


def who_heard(encoder: Encoder, speaker: str, path: Path) -> Path:
    """Write the encoder as if it had been trained on a speaker of the corpus."""
    model = onnx.load(str(encoder.path))
    (entry,) = (one for one in model.metadata_props if one.key == METADATA_KEY)
    heard = {"name": "tones", "named": True, "recordings": [], "speakers": [speaker]}
    entry.value = json.dumps(json.loads(entry.value) | {"training": {"corpora": [heard]}})
    onnx.save(model, str(path))
    return path


def quick(
    corpus: Corpus, folder: Path, *against: Path | str, say: Callable[[str], object] = str
) -> list[str]:
    """Run an experiment of one epoch; return the names of what it scores."""
    recipe = tiny_recipe()
    recipe = replace(recipe, training=replace(recipe.training, epochs=1))
    names = list(map(str, against))
    found = run_experiment(
        corpus, folder, recipe, against=names, classifiers=("svm",), jobs=1, say=say
    )
    assert found is not None
    return [one.name for one in found.systems]


def test_an_encoder_that_heard_a_test_speaker_is_refused_before_the_training(
    corpus: Corpus, encoder: Encoder, tmp_path: Path
) -> None:
    heard = who_heard(encoder, "spk2", tmp_path / "heard.onnx")
    with pytest.raises(CorpusError, match=r"trained on 4 of 12 test rows .*: spk2 \(4\)"):
        quick(corpus, tmp_path / "run", heard)
    assert not (tmp_path / "run/folds").exists()


def test_sources_that_are_not_there_or_have_one_name_are_refused_before_any_work(
    corpus: Corpus, encoder: Encoder, tmp_path: Path
) -> None:
    for against, reason in (
        ([encoder.path, tmp_path / "none.onnx"], "none.onnx: no such file"),
        ([encoder.path, "egemap"], "egemap: no such encoder"),
        ([encoder.path, encoder.path], f"--against {encoder.path}: tiny twice, need another name"),
    ):
        with pytest.raises(DsfError) as caught:
            quick(corpus, tmp_path / "run", *against)
        assert reason in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "names", [{"classifiers": ["forest"]}, {"normalise": ["speakers"]}, {"protocol": "lolo"}]
)
def test_names_that_there_are_not_are_refused_before_any_work(
    corpus: Corpus, tmp_path: Path, names: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(names))}=.*need "):
        run_experiment(corpus, tmp_path / "run", tiny_recipe(), against=[], **names)
    assert not (tmp_path / "run").exists()


def test_a_corpus_without_labels_is_told_so(corpus: Corpus, tmp_path: Path) -> None:
    rows = tuple(replace(one, label="") for one in corpus.utterances)
    with pytest.raises(CorpusError, match="no labels, need some to train on"):
        quick(replace(corpus, utterances=rows), tmp_path / "run")


@pytest.mark.slow
def test_a_split_tests_its_own_part_alone(corpus: Corpus, encoder: Encoder, tmp_path: Path) -> None:
    """Who is trained on may have been heard; without speakers none is normalised by."""
    sides = {"spk1": "train", "spk2": "dev", "spk3": "test"}
    rows = tuple(replace(one, split=sides[one.speaker]) for one in corpus.utterances)
    heard = who_heard(encoder, "spk1", tmp_path / "heard.onnx")
    names = quick(replace(corpus, utterances=rows), tmp_path / "split", heard)
    assert "heard svm-linear speaker" in names
    nameless = tuple(replace(one, speaker="") for one in rows)
    names = quick(replace(corpus, utterances=nameless), tmp_path / "nameless")
    assert names == ["zhao2018-asmmc-tiny svm-linear global", "zhao2018-asmmc-tiny end to end"]


@pytest.mark.slow
def test_recordings_that_were_replaced_are_another_experiment(
    corpus: Corpus, tmp_path: Path
) -> None:
    said: list[str] = []
    quick(corpus, tmp_path / "run", say=said.append)
    soundfile.write(corpus.root / "spk1_low_1.wav", tone(300, 2.0), 16000)
    with pytest.raises(DsfError, match="holds an experiment of another corpus"):
        quick(read_again(corpus), tmp_path / "run", say=said.append)
    told = f"sound of 12 recordings: {tmp_path / 'run/sound'}"
    assert said.count(told) == 1, "work that is refused is not announced"


@pytest.mark.slow
def test_recordings_without_a_label_are_not_decoded(corpus: Corpus, tmp_path: Path) -> None:
    said: list[str] = []
    *rows, last = corpus.utterances
    rows = [*rows, replace(last, label="")]
    quick(replace(corpus, utterances=tuple(rows)), tmp_path / "run", say=said.append)
    assert f"sound of 11 recordings: {tmp_path / 'run/sound'}" in said


@pytest.mark.slow
def test_other_sound_of_the_same_size_is_another_experiment(corpus: Corpus, tmp_path: Path) -> None:
    quick(corpus, tmp_path / "run")
    path = corpus.root / "spk1_low_1.wav"
    sound, rate = soundfile.read(path)
    soundfile.write(path, sound[::-1], rate, subtype="PCM_16")
    with pytest.raises(DsfError, match=r"another corpus \(sound_sha256: "):
        quick(read_again(corpus), tmp_path / "run")


@pytest.mark.slow
def test_a_folder_of_a_refused_experiment_takes_another(corpus: Corpus, tmp_path: Path) -> None:
    """What the refusal advises works in the same folder: nothing was computed in it yet."""
    twin = corpus.root / "spk2_high_1.wav"
    twin.write_bytes((corpus.root / "spk1_high_1.wav").read_bytes())
    with pytest.raises(CorpusError, match="are the same recording, need it once"):
        quick(read_again(corpus), tmp_path / "run")
    assert not (tmp_path / "run/folds").exists()
    others = tuple(one for one in read_again(corpus).utterances if one.file != twin.name)
    assert quick(replace(read_again(corpus), utterances=others), tmp_path / "run")


@pytest.mark.slow
def test_talk_that_overlaps_is_scored_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    rows = ["file,start,end,label,speaker,session"]
    for number in range(2):
        soundfile.write(folder / f"{number}.wav", tone(300 + 50 * number, 9.0), 16000)
        for turn in range(8):
            label, speaker = ("high", "low")[turn // 2 % 2], f"spk{2 * number + turn % 2}"
            rows.append(f"{number}.wav,{turn},{turn + 1.5},{label},{speaker},{number}")
    (folder / "corpus.csv").write_text("\n".join(rows) + "\n")
    recipe = replace(tiny_recipe(), training=replace(tiny_recipe().training, epochs=1))
    found = run_experiment(
        Corpus.read(folder), tmp_path / "run", recipe,
        protocol="session", against=[], classifiers=("svm",),
    )  # fmt: skip
    assert found is not None
    assert "16 test rows share time with others' talk in the same file, in training or dev" in (
        found.protocol.warnings
    )
