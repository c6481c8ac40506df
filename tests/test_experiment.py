"""A whole experiment on tones: one encoder a fold, nothing of the test speaker in it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import Corpus, Encoder, FeatureFile, Results, run_experiment
from deepspectrum_features.baselines.experiment_folds import FEATURES, plan_folds
from deepspectrum_features.errors import CorpusError, DsfError, FeatureFileError
from deepspectrum_features.extraction import merge
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.sound import segments
from deepspectrum_features.testing import tiny_corpus, tiny_recipe

pytest.importorskip("opensmile")
pytestmark = pytest.mark.slow

TINY = "zhao2018-asmmc-tiny"


def quick_recipe() -> Recipe:
    recipe = tiny_recipe()
    return replace(recipe, training=replace(recipe.training, epochs=2, batch_size=8))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return four speakers with twelve tones each."""
    folder = tiny_corpus(tmp_path_factory.mktemp("tones"), speakers=4, per_class=6, seconds=0.6)
    return Corpus.read(folder, name="tones").scan()


@pytest.fixture(scope="module")
def opened() -> list[str]:
    """Collect the recordings that are opened to be decoded."""
    return []


@pytest.fixture(scope="module")
def done(
    corpus: Corpus, tmp_path_factory: pytest.TempPathFactory, opened: list[str]
) -> tuple[Path, Results]:
    """Return the folder and the results of a whole experiment; see what it decodes."""
    folder = tmp_path_factory.mktemp("experiment")
    real = segments.read_segments

    def watched(path: Path, *rest: object) -> object:
        opened.append(path.name)
        return real(path, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deepspectrum_features.corpus.reading.read_segments", watched)
        results = run_experiment(corpus, folder, quick_recipe(), classifiers=["svm"], jobs=1)
    assert results is not None
    return folder, results


def test_every_recording_is_decoded_once(
    done: tuple[Path, Results], corpus: Corpus, opened: list[str]
) -> None:
    """Training, extraction and openSMILE, which runs in processes, read what was kept."""
    assert sorted(opened) == sorted(one.file for one in corpus.utterances)


def test_dev_is_the_next_speaker_cyclic(corpus: Corpus) -> None:
    sides = [
        [
            {corpus.utterances[row].speaker for row in getattr(fold, side)}
            for side in ("test", "dev")
        ]
        for fold in plan_folds(corpus, None).folds
    ]
    assert sides == [
        [{"spk1"}, {"spk2"}],
        [{"spk2"}, {"spk3"}],
        [{"spk3"}, {"spk4"}],
        [{"spk4"}, {"spk1"}],
    ]


def test_every_encoder_met_neither_test_nor_gave_dev_a_gradient(
    done: tuple[Path, Results], corpus: Corpus
) -> None:
    folder, _ = done
    encoders = set()
    names = ["spk1", "spk2", "spk3", "spk4"]
    for test, dev in zip(names, [*names[1:], names[0]], strict=True):
        place = folder / "folds" / test / TINY
        encoder = Encoder.open(place / "encoder.onnx")
        encoders.add(encoder.sha256)
        known = {one.speaker for one in encoder.stated.training.rows}
        assert test not in known
        assert dev in known, "its epoch was chosen on them: they count as seen"
        table = FeatureFile.open(place / FEATURES)
        sides = dict(zip(table.speaker, table.split, strict=True))
        assert {speaker for speaker, side in sides.items() if side == "test"} == {test}
        assert {speaker for speaker, side in sides.items() if side == "dev"} == {dev}
        seen = dict(zip(table.speaker, table.seen.tolist(), strict=True))
        assert seen == {name: 0 if name == test else 2 for name in sides}
    assert len(encoders) == 4


def test_all_systems_stand_on_the_same_rows_and_folds(done: tuple[Path, Results]) -> None:
    folder, results = done
    systems = {system.name: system for system in results.systems}
    sets = ("egemaps", "egemaps nested", "compare", "compare nested", TINY)
    assert list(systems) == [
        f"{features} svm-linear {how}" for how in ("global", "speaker") for features in sets
    ] + [f"{TINY} end to end"]
    pairs = [(one.first, one.second) for one in results.comparisons]
    assert ("egemaps nested svm-linear global", "compare nested svm-linear global") in pairs
    assert not any("nested" in one and "nested" not in two for one, two in pairs)
    for system in results.systems:
        assert np.sum(system.by_class.confusion) == 48
        assert system.speakers.keys() == {"spk1", "spk2", "spk3", "spk4"}
    assert [len(curve.epochs) for curve in results.curves] == [2] * 4
    svm = systems["egemaps svm-linear global"]
    assert svm.scores["ua"].value > 0.9, "tones of 300 and 2000 Hz"
    nested = systems["egemaps nested svm-linear global"]
    assert (svm.chosen_on, nested.chosen_on) == ("dev rows", "training speakers")
    assert "features of different folds are never in one fit" in results.markdown()
    assert (folder / "plan.json").exists()


def test_the_network_is_scored_by_its_own_class_scores(done: tuple[Path, Results]) -> None:
    folder, results = done
    said = {
        (row.file, row.fold): row.predicted
        for row in results.predictions
        if row.system == f"{TINY} end to end"
    }
    for path in folder.glob("folds/*"):
        table = FeatureFile.open(path / TINY / FEATURES)
        for row, file in enumerate(table.file):
            if table.split[row] == "test":
                best = table.class_name[int(table.scores[row].argmax())]
                assert said.pop((file, path.name)) == best
    assert said == {}


def test_the_same_call_again_trains_nothing(
    done: tuple[Path, Results], corpus: Corpus, tmp_path: Path
) -> None:
    folder, results = done
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.onnx")}
    said: list[str] = []
    again = run_experiment(
        corpus, folder, quick_recipe(), classifiers=["svm"], jobs=1, say=said.append
    )
    assert again is not None
    assert (again.systems, again.predictions) == (results.systems, results.predictions)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.onnx")} == before
    assert sum(line.endswith(": complete") for line in said) == 4
    again.write(tmp_path / "results")
    assert Results.read(tmp_path / "results") == again


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_run_that_is_removed_and_trained_again_gives_a_new_encoder(
    done: tuple[Path, Results], corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = done
    here = tmp_path / "here"
    other = quick_recipe()
    other = replace(other, training=replace(other.training, seed=5))
    run_experiment(corpus, here, other, only=["spk1"], against=[], jobs=1)
    old = Encoder.open(here / "folds/spk1" / TINY / "encoder.onnx").sha256
    shutil.rmtree(here / "folds/spk1" / TINY / "run")
    shutil.copytree(folder / "folds/spk1" / TINY / "run", here / "folds/spk1" / TINY / "run")
    shutil.copy(folder / "plan.json", here / "plan.json")
    with monkeypatch.context() as patch:  # Ctrl-C between the new encoder and its features
        patch.setattr("deepspectrum_features.extraction.pipeline.prepare", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_experiment(corpus, here, quick_recipe(), only=["spk1"], against=[], jobs=1)
    run_experiment(corpus, here, quick_recipe(), only=["spk1"], against=[], jobs=1)
    new = Encoder.open(here / "folds/spk1" / TINY / "encoder.onnx").sha256
    assert new != old
    table = FeatureFile.open(here / "folds/spk1" / TINY / FEATURES)
    assert table.attributes["encoder_sha256"] == new


def test_a_fold_from_elsewhere_is_taken_as_it_is(
    done: tuple[Path, Results], corpus: Corpus, tmp_path: Path
) -> None:
    folder, _ = done
    here = tmp_path / "here"
    assert run_experiment(corpus, here, quick_recipe(), only=["spk1"], jobs=1) is None
    assert [path.name for path in (here / "folds").iterdir()] == ["spk1"]
    for name in ("spk2", "spk3", "spk4"):
        shutil.copytree(folder / "folds" / name, here / "folds" / name)
    found = run_experiment(corpus, here, quick_recipe(), against=[], classifiers=("svm",), jobs=1)
    assert found is not None
    names = [f"{TINY} svm-linear global", f"{TINY} svm-linear speaker"]
    assert [one.name for one in found.systems] == [*names, f"{TINY} end to end"]
    one, two = (FeatureFile.open(f / "folds/spk1" / TINY / FEATURES) for f in (here, folder))
    np.testing.assert_allclose(one.features, two.features, rtol=1e-4, atol=1e-5)


def test_without_opensmile_the_rest_is_scored(
    done: tuple[Path, Results], corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, results = done
    monkeypatch.setitem(sys.modules, "opensmile", None)
    said: list[str] = []
    found = run_experiment(corpus, folder, quick_recipe(), jobs=1, say=said.append)
    assert found is not None
    assert said[0].startswith("openSMILE is not installed: its features are not compared with")
    kept = [one for one in results.systems if one.name.startswith(f"{TINY} svm")]
    *systems, own = found.systems
    assert systems[:2] == kept
    assert [one.name for one in systems[2:]] == [f"{TINY} dnn global", f"{TINY} dnn speaker"]
    assert own.name == f"{TINY} end to end"


def test_two_systems_stand_in_one_table_on_the_same_folds(
    done: tuple[Path, Results], corpus: Corpus, tmp_path: Path
) -> None:
    folder, results = done
    here = tmp_path / "here"
    for fold in folder.glob("folds/*"):
        shutil.copytree(fold / TINY, here / "folds" / fold.name / "one")
    other = quick_recipe()
    other = replace(other, training=replace(other.training, seed=5))
    recipes = {"one": quick_recipe(), "two": other}
    found = run_experiment(corpus, here, recipes, against=[], classifiers=("svm",), jobs=1)
    assert found is not None
    assert [one.name for one in found.systems] == [
        "one svm-linear global", "two svm-linear global",
        "one svm-linear speaker", "two svm-linear speaker",
        "one end to end", "two end to end",
    ]  # fmt: skip
    alone = {one.name.replace(TINY, "one"): one for one in results.systems}
    for one in found.systems[::2]:
        assert one.scores == alone[one.name].scores
    pairs = [one for one in found.comparisons if one.family.startswith("features: ")]
    assert [(pair.first, pair.second) for pair in pairs] == [
        ("one svm-linear global", "two svm-linear global"),
        ("one svm-linear speaker", "two svm-linear speaker"),
        ("one end to end", "two end to end"),
    ]
    shas = {FeatureFile.open(p).attributes["encoder_sha256"] for p in here.glob("folds/*/*/*.h5")}
    assert len(shas) == 8, "every system of every fold has an encoder of its own"


def test_seeds_are_averaged_and_shown(
    done: tuple[Path, Results], corpus: Corpus, tmp_path: Path
) -> None:
    folder, _ = done
    for fold in folder.glob("folds/*"):
        shutil.copytree(fold / TINY, tmp_path / "folds" / fold.name / "one")
    recipes = {"one": quick_recipe()}
    options: dict[str, Any] = {"against": [], "classifiers": ("svm",), "normalise": ("global",)}
    found = run_experiment(corpus, tmp_path, recipes, seeds=2, jobs=1, **options)
    assert found is not None
    names = ["one svm-linear global", "one end to end"]
    assert [one.name for one in found.systems] == names
    assert len(list(tmp_path.glob("folds/*/one/seed-1/features.h5"))) == 4
    alone = run_experiment(corpus, tmp_path, recipes, jobs=1, **options)
    assert alone is not None
    for one, first in zip(found.systems, alone.systems, strict=True):
        assert list(one.seeds) == ["encoder 0", "encoder 1"]
        assert one.seeds["encoder 0"]["ua"] == first.scores["ua"].value
        assert not first.seeds


def test_features_of_folds_cannot_be_stitched(done: tuple[Path, Results]) -> None:
    folder, _ = done
    paths = sorted(folder.glob("folds/*/*/features.h5"))
    with pytest.raises(FeatureFileError, match="not a shard"):
        merge(paths, folder / "stitched.h5")
    tables = [FeatureFile.open(path) for path in paths]
    assert len({table.attributes["encoder_sha256"] for table in tables}) == 4


def test_mistakes(done: tuple[Path, Results], corpus: Corpus, tmp_path: Path) -> None:
    folder, _ = done
    with pytest.raises(DsfError, match="holds a run with another plan"):
        run_experiment(corpus, folder, tiny_recipe())
    with pytest.raises(DsfError, match=r"--fold spk9: no such fold, need one of spk1, spk2"):
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
    with pytest.raises(
        CorpusError,
        match=r"^fold spk1: no training row of odd, uttered by spk1 alone.*class from three sp",
    ):
        run_experiment(odd, tmp_path / "x", quick_recipe())
    with pytest.raises(DsfError, match="--fold spk9: no such fold"):
        run_experiment(corpus, tmp_path / "x", quick_recipe(), only=["spk9"])
    assert not (tmp_path / "x").exists()


def test_sessions_are_left_out_whole_and_their_other_speaker_chooses(corpus: Corpus) -> None:
    session = {"spk1": "A", "spk2": "A", "spk3": "B", "spk4": "B"}
    rows = tuple(replace(one, session=session[one.speaker]) for one in corpus.utterances)
    plan = plan_folds(replace(corpus, utterances=rows), "session")
    whose = {
        fold.name: [
            {rows[row].speaker for row in getattr(fold, side)} for side in ("train", "dev", "test")
        ]
        for fold in plan.folds
    }
    assert whose == {
        "spk1": [{"spk3", "spk4"}, {"spk2"}, {"spk1"}],
        "spk2": [{"spk3", "spk4"}, {"spk1"}, {"spk2"}],
        "spk3": [{"spk1", "spk2"}, {"spk4"}, {"spk3"}],
        "spk4": [{"spk1", "spk2"}, {"spk3"}, {"spk4"}],
    }


def test_a_split_is_one_fold(corpus: Corpus) -> None:
    sides = {"spk1": "train", "spk2": "train", "spk3": "dev", "spk4": "test"}
    rows = tuple(replace(one, split=sides[one.speaker]) for one in corpus.utterances)
    (fold,) = plan_folds(replace(corpus, utterances=rows), None).folds
    assert {rows[row].speaker for row in fold.train} == {"spk1", "spk2"}
    without = tuple(replace(one, split=one.split.replace("dev", "")) for one in rows)
    with pytest.raises(CorpusError, match="no dev rows, need some to choose the epoch on"):
        plan_folds(replace(corpus, utterances=without), "split")
