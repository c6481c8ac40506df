"""A whole experiment on tones: one encoder a fold, nothing of the test speaker in it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import Corpus, Encoder, FeatureFile
from deepspectrum_features.baselines import experiment
from deepspectrum_features.baselines.experiment import run_experiment, speaker_folds
from deepspectrum_features.baselines.experiment_scores import (
    FEATURES,
    SpeakerFold,
    _own_scores,
    _rows,
)
from deepspectrum_features.baselines.results import results_of
from deepspectrum_features.baselines.results_folder import markdown, write_results
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.errors import CorpusError, DsfError, FeatureFileError
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.testing import tiny_corpus, tiny_recipe

pytest.importorskip("opensmile")
pytestmark = pytest.mark.slow


def quick_recipe() -> Recipe:
    recipe = tiny_recipe()
    return replace(recipe, training=replace(recipe.training, epochs=2, batch_size=8))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return four speakers with twelve tones each."""
    folder = tiny_corpus(tmp_path_factory.mktemp("tones"), speakers=4, per_class=6, seconds=0.6)
    return Corpus.read(folder, name="tones").scan()


@pytest.fixture(scope="module")
def done(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the results of a whole experiment."""
    folder = tmp_path_factory.mktemp("experiment")
    found = run_experiment(corpus, folder, quick_recipe(), jobs=1)
    assert found is not None
    return folder, results_of(found[0], "tones", found[1])


def test_dev_is_the_next_speaker_cyclic(corpus: Corpus, tmp_path: Path) -> None:
    assert [(fold.test, fold.dev) for fold in speaker_folds(corpus, tmp_path)] == [
        ("spk1", "spk2"),
        ("spk2", "spk3"),
        ("spk3", "spk4"),
        ("spk4", "spk1"),
    ]


def test_every_encoder_met_neither_test_nor_gave_dev_a_gradient(
    done: tuple[Path, dict[str, Any]], corpus: Corpus
) -> None:
    folder, _ = done
    encoders = set()
    for fold in speaker_folds(corpus, folder):
        encoder = Encoder.open(fold.folder / "encoder.onnx")
        encoders.add(encoder.sha256)
        (known,) = encoder.metadata["training"]["corpora"]
        assert fold.test not in known["speakers"]
        assert fold.dev in known["speakers"], "its epoch was chosen on them: they count as seen"
        table = FeatureFile.open(fold.folder / "features.h5")
        sides = dict(zip(table.speaker, table.split, strict=True))
        assert {speaker for speaker, side in sides.items() if side == "test"} == {fold.test}
        assert {speaker for speaker, side in sides.items() if side == "dev"} == {fold.dev}
        seen = dict(zip(table.speaker, table.seen.tolist(), strict=True))
        assert seen == {name: 0 if name == fold.test else 2 for name in sides}
    assert len(encoders) == 4


def test_all_systems_stand_on_the_same_rows_and_folds(done: tuple[Path, dict[str, Any]]) -> None:
    folder, results = done
    names = [system["name"] for system in results["systems"]]
    sets = {
        "svm-linear": ("egemaps", "egemaps nested", "compare", "compare nested", "deep spectrum"),
        "dnn": ("egemaps", "compare", "deep spectrum"),
    }
    assert names == [
        f"{features} {classifier} {how}"
        for classifier in sets
        for how in ("global", "speaker")
        for features in sets[classifier]
    ] + ["network end to end"]
    pairs = [(one["first"], one["second"]) for one in results["comparisons"]]
    assert ("egemaps nested svm-linear global", "compare nested svm-linear global") in pairs
    assert not any("nested" in one and "nested" not in two for one, two in pairs)
    for system in results["systems"]:
        assert np.sum(system["confusion"]) == 48
        assert system["per_speaker"].keys() == {"spk1", "spk2", "spk3", "spk4"}
    assert [len(curve["epochs"]) for curve in results["curves"]] == [2] * 4
    svm = results["systems"][names.index("egemaps svm-linear global")]
    assert svm["scores"]["ua"]["value"] > 0.9, "tones of 300 and 2000 Hz"
    nested = results["systems"][names.index("egemaps nested svm-linear global")]
    assert (svm["chosen_on"], nested["chosen_on"]) == ("dev rows", "training speakers")
    assert "features of different folds are never in one fit" in markdown(results)
    assert (folder / "plan.json").exists()


def test_the_same_call_again_trains_nothing(
    done: tuple[Path, dict[str, Any]], corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, results = done
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.onnx")}
    said: list[str] = []
    found = run_experiment(corpus, folder, quick_recipe(), jobs=1, say=said.append)
    assert found is not None
    again = results_of(found[0], "tones", found[1])
    assert again["systems"] == results["systems"]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.onnx")} == before
    assert sum(line.endswith(": complete") for line in said) == 4
    write_results(found[0], again, folder / "results")
    assert (folder / "results" / "predictions.csv").exists()


def test_a_fold_from_elsewhere_is_taken_as_it_is(
    done: tuple[Path, dict[str, Any]], corpus: Corpus, tmp_path: Path
) -> None:
    folder, _ = done
    here = tmp_path / "here"
    assert run_experiment(corpus, here, quick_recipe(), only=["spk1"], jobs=1) is None
    assert [path.name for path in (here / "folds").iterdir()] == ["spk1"]
    for name in ("spk2", "spk3", "spk4"):
        shutil.copytree(folder / "folds" / name, here / "folds" / name)
    found = run_experiment(corpus, here, quick_recipe(), classifiers=("svm",), jobs=1)
    assert found is not None
    one, two = (FeatureFile.open(f / "folds/spk1/features.h5") for f in (here, folder))
    np.testing.assert_allclose(one.features, two.features, rtol=1e-4, atol=1e-5)


def test_features_of_folds_cannot_be_stitched(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = done
    paths = sorted(folder.glob("folds/*/features.h5"))
    with pytest.raises(FeatureFileError, match="not a shard"):
        merge(paths, folder / "stitched.h5")
    tables = [FeatureFile.open(path) for path in paths]
    assert len({table.attributes["encoder_sha256"] for table in tables}) == 4


def test_mistakes(done: tuple[Path, dict[str, Any]], corpus: Corpus, tmp_path: Path) -> None:
    folder, _ = done
    with pytest.raises(DsfError, match="holds an experiment of another corpus or recipe"):
        run_experiment(corpus, folder, tiny_recipe())
    with pytest.raises(DsfError, match=r"--fold spk9: no such speaker, need one of spk1, spk2"):
        run_experiment(corpus, tmp_path / "new", quick_recipe(), only=["spk9"])
    two = replace(
        corpus, utterances=tuple(one for one in corpus.utterances if one.speaker < "spk3")
    )
    with pytest.raises(CorpusError, match="speakers spk1, spk2, need three or more"):
        run_experiment(two, tmp_path / "two", quick_recipe())
    nameless = replace(
        corpus, utterances=tuple(replace(one, speaker="") for one in corpus.utterances)
    )
    with pytest.raises(CorpusError, match="speakers unknown, need three"):
        run_experiment(nameless, tmp_path / "nameless", quick_recipe())


def test_folders_of_strange_names_are_safe_and_unlike() -> None:
    names = ["a/b", "a_b", "..", "Ą ę", "x"]
    folders = [experiment._file_safe(name) for name in names]
    assert len(set(folders)) == len(names)
    assert all("/" not in one and not one.startswith(".") for one in folders)
    assert folders[-1] == "x"


def test_what_makes_an_experiment_impossible_is_said_before_the_training(
    corpus: Corpus, tmp_path: Path
) -> None:
    def renamed(**names: str) -> Corpus:
        return replace(
            corpus,
            utterances=tuple(
                replace(one, speaker=names.get(one.speaker, one.speaker))
                for one in corpus.utterances
            ),
        )

    with pytest.raises(CorpusError, match="'03' and '3' differ in spelling alone"):
        run_experiment(renamed(spk1="03", spk2="3"), tmp_path / "x", quick_recipe())
    odd = replace(corpus, utterances=(replace(corpus.utterances[0], label="odd"),
                                      *corpus.utterances[1:]))  # fmt: skip
    with pytest.raises(CorpusError, match=r"fold spk1: odd is uttered by its test and dev"):
        run_experiment(odd, tmp_path / "x", quick_recipe())
    with pytest.raises(DsfError, match="--fold spk9: no such speaker"):
        run_experiment(corpus, tmp_path / "x", quick_recipe(), only=["spk9"])
    assert not (tmp_path / "x").exists()


def test_stretches_with_one_start_keep_their_own_scores(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "history.csv").write_text("epoch,train_loss,dev_ua\n1,0.5,0.5\n")
    FeatureFile(
        features=np.zeros((4, 1), np.float32),
        feature_name=["x"],
        file=["a.wav", "a.wav", "b.wav", "c.wav"],
        start=np.zeros(4),
        end=np.array([1.0, 2.0, 1.0, 1.0]),
        label=["hi", "lo", "hi", "lo"],
        speaker=["a", "a", "b", "c"],
        scores=np.array([[1, 0], [0, 1], [1, 0], [1, 0]], np.float32),
        class_name=["hi", "lo"],
    ).write(tmp_path / FEATURES)
    (table,) = read_tables([tmp_path / FEATURES])
    fold = SpeakerFold("a", "b", tmp_path)
    outcome = _own_scores([fold], [_rows(fold, np.array(["a", "a", "b", "c"]))], [table])
    assert outcome.predicted == {0: "hi", 1: "lo"}
    with pytest.raises(CorpusError, match=r"fold a: no dev row \(b\) that all feature sets have"):
        _rows(fold, np.array(["a", "c"]))
