"""Fits are made side by side and kept: nothing is fitted twice, and jobs change nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import FeatureFile, Results, evaluate
from deepspectrum_features.baselines import fitting, systems
from deepspectrum_features.baselines.classifiers.svm import SVM
from deepspectrum_features.baselines.fold_fits import FoldTask
from deepspectrum_features.errors import CorpusError, DsfError
from deepspectrum_features.testing import tiny_features

pytest.importorskip("sklearn")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Return two feature files of 60 rows, 5 speakers, 3 classes."""
    return [
        tiny_features(tmp_path / f"{name}.h5", strength=strength, seed=seed)
        for seed, (name, strength) in enumerate((("one", 2.0), ("two", 1.0)))
    ]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Return a feature file of 36 rows, 3 speakers, 3 classes: networks take their time."""
    return tiny_features(tmp_path / "few.h5", strength=1.0, seed=1, speakers="abc")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the name of the fold of every fit that is made here."""
    made: list[str] = []
    run = FoldTask.run

    def counting(task: FoldTask) -> Any:
        made.append(task.fold.name)
        return run(task)

    monkeypatch.setattr(FoldTask, "run", counting)
    return made


def said(results: Results) -> Results:
    """Return results without what differs from run to run."""
    return replace(results, created="", command="")


@pytest.mark.slow
def test_the_same_call_goes_on_where_one_was_interrupted(
    paths: list[Path], tmp_path: Path, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluate(paths)
    assert counted == [*"abcde"] * 2
    counted.clear()
    run = FoldTask.run

    def interrupted(task: FoldTask) -> Any:
        if len(counted) == 3:
            raise KeyboardInterrupt
        return run(task)

    with monkeypatch.context() as patch:
        patch.setattr(FoldTask, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            evaluate(paths, keep=tmp_path / "kept")
    assert counted == [*"abc"]
    assert said(evaluate(paths, keep=tmp_path / "kept")) == said(whole)
    assert counted == [*"abcde"] * 2, "the first three were not made again"


@pytest.mark.slow
def test_other_features_labels_or_seeds_are_fitted_anew(
    paths: list[Path], tmp_path: Path, counted: list[str]
) -> None:
    kept = tmp_path / "kept"
    evaluate(paths[:1], keep=kept)
    first = len(counted)
    table = FeatureFile.open(paths[0])
    table.features[0] += 1e-3
    table.write(paths[0])
    evaluate(paths[:1], keep=kept)
    assert len(counted) == 2 * first
    table.label[0] = "mid"
    table.write(paths[0])
    evaluate(paths[:1], keep=kept)
    assert len(counted) == 3 * first
    evaluate(paths[:1], keep=kept)
    assert len(counted) == 3 * first


@pytest.mark.slow
def test_processes_give_the_same_numbers(
    few: Path, monkeypatch: pytest.MonkeyPatch, counted: list[str]
) -> None:
    options: dict[str, Any] = {"classifiers": ["svm", "dnn"], "normalise": ["global", "speaker"]}
    here = evaluate([few], jobs=1, **options)
    counted.clear()
    monkeypatch.setattr(fitting, "_WORTH_SECONDS", 0.01)
    assert said(evaluate([few], jobs=2, **options)) == said(here)
    assert len(counted) == 1, "the first tells that the others are worth it"


@pytest.mark.slow
def test_a_process_that_is_killed_is_one_line(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(SVM):
        def fit(self, *_: object, **__: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(systems.System, "estimator", lambda system, fold: Killed())
    monkeypatch.setattr(fitting, "_WORTH_SECONDS", 0.0)  # never here: in a process at once
    with pytest.raises(DsfError, match="a process that fits was killed or crashed"):
        evaluate(paths[:1], keep=tmp_path / "kept", jobs=2)


def test_a_fit_that_fails_names_its_fold(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        def bytes_needed(self, rows: int, columns: int) -> int:
            return 0

        def fit(self, *_: object, **__: object) -> None:
            raise ValueError("y: not today")

    monkeypatch.setattr(systems.System, "estimator", lambda system, fold: Refusing())
    with pytest.raises(CorpusError, match=r"fold a: Refusing: y: not today"):
        evaluate(paths[:1])


def test_memory_that_is_not_there_is_refused_before_any_fit(
    paths: list[Path], counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepspectrum_features.baselines import memory

    monkeypatch.setattr(memory, "free_bytes", lambda: 1000)
    with pytest.raises(DsfError, match=r"svm: 48 rows of 6 columns .* GB are free"):
        evaluate(paths)
    assert not counted


# --- several systems as one -------------------------------------------------------------------


@pytest.mark.slow
def test_fusion_is_of_columns_and_of_scores(paths: list[Path]) -> None:
    found = evaluate(paths, fuse=True)
    names = [one.name for one in found.systems]
    assert names == [
        "one svm-linear global",
        "two svm-linear global",
        "one+two svm-linear global",
        "mean of one, two svm-linear global",
    ]
    assert [one.columns for one in found.systems] == [6, 6, 12, 12]
    rows = {name: [row for row in found.predictions if row.system == name] for name in names}
    scores = [np.array([row.score for row in rows[name]]) for name in names]
    np.testing.assert_allclose(scores[3], (scores[0] + scores[1]) / 2)
    best = np.array(found.classes)[scores[3].argmax(axis=1)]
    assert [row.predicted for row in rows[names[3]]] == best.tolist()
    joined = FeatureFile.open(paths[0])
    joined.features = np.hstack([joined.features, FeatureFile.open(paths[1]).features])
    joined.feature_name = [f"c{column}" for column in range(12)]
    joined.write(paths[0])
    alone = evaluate(paths[:1])
    assert [row[-1] for row in alone.predictions] == [row[-1] for row in rows[names[2]]]


@pytest.mark.slow
def test_seeds_of_a_dnn_are_averaged_and_shown(few: Path) -> None:
    found = evaluate([few], classifiers=["dnn"], seed=3)
    (system,) = found.systems
    assert list(system.seeds) == [f"seed {number}" for number in range(3, 8)]
    ua = [own["ua"] for own in system.seeds.values()]
    assert min(ua) < max(ua)
    assert found.systems != evaluate([few], classifiers=["dnn"]).systems
    probability = np.array([row.probability for row in found.predictions])
    best = np.array(found.classes)[probability.argmax(axis=1)]
    assert [row.predicted for row in found.predictions] == best.tolist()
    np.testing.assert_allclose(probability.sum(axis=1), 1)


# --- chunks and numbers -----------------------------------------------------------------------


def chunked(path: Path) -> Iterator[tuple[int, int]]:
    """Cut every recording of a file into two rows; yield the rows of each."""
    table = FeatureFile.open(path)
    table.features = np.repeat(table.features, 2, axis=0)
    table.features += np.random.default_rng(0).normal(0, 1, table.features.shape).astype("f4")
    for name in ("file", "label", "speaker"):
        setattr(table, name, [value for value in getattr(table, name) for _ in range(2)])
    table.start = np.tile([0.0, 1.0], len(table.file) // 2)
    table.end = table.start + 1
    table.attributes["chunk_seconds"] = "1.0"
    table.write(path)
    return zip(range(0, len(table.file), 2), range(1, len(table.file), 2), strict=True)


def test_recordings_are_scored_beside_their_chunks(paths: list[Path]) -> None:
    pairs = list(chunked(paths[0]))
    found = evaluate(paths[:1])
    (system,) = found.systems
    assert (found.unit, found.utterances) == ("chunk", 120)
    assert system.recordings is not None
    assert system.recordings.recordings == 60
    score = np.array([row.score for row in found.predictions])
    mean = np.array([(score[one] + score[other]) / 2 for one, other in pairs])
    label = np.array([found.predictions[one].label for one, _ in pairs])
    right = np.array(found.classes)[mean.argmax(axis=1)] == label
    ua = np.mean([right[label == name].mean() for name in found.classes])
    assert system.recordings.scores["ua"].value == pytest.approx(ua)
    assert ua > system.scores["ua"].value
    assert "Recordings, the scores of their chunks averaged" in found.markdown()


@pytest.mark.parametrize("classifier", ["svr", "ridge"])
def test_numbers_are_told_on_the_same_folds(tmp_path: Path, classifier: str) -> None:
    path = tiny_features(tmp_path / "numbers.h5")
    table = FeatureFile.open(path)
    generator = np.random.default_rng(0)
    arousal = table.features[:, :3] @ [1.0, -1.0, 0.5] + generator.normal(0, 0.3, 60)
    arousal[7] = np.nan
    table.targets = {"arousal": arousal}
    table.write(path)
    found = evaluate([path], target="arousal", classifiers=[classifier])
    assert (found.task, found.target, found.classes) == ("regression", "arousal", ())
    assert [one.rows for one in found.left_out] == [1]
    truth = np.array([float(row.label) for row in found.predictions])
    told = np.array([float(row.predicted) for row in found.predictions])
    np.testing.assert_allclose(truth, arousal[~np.isnan(arousal)])
    (system,) = found.systems
    covariance = np.cov(truth, told, ddof=0)
    ccc = 2 * covariance[0, 1] / (np.trace(covariance) + (truth.mean() - told.mean()) ** 2)
    assert system.scores["ccc"].value == pytest.approx(ccc)
    assert system.scores["rmse"].value == pytest.approx(np.sqrt(np.mean((truth - told) ** 2)))
    assert system.scores["ccc"].low < ccc < system.scores["ccc"].high
    assert ccc > 0.8


def test_a_classifier_does_not_tell_numbers(paths: list[Path]) -> None:
    with pytest.raises(ValueError, match=r"regressors=\['svm'\], need a list of svr, ridge"):
        evaluate(paths, target="arousal", classifiers=["svm"])


def test_a_damaged_fit_is_made_again(paths: list[Path], tmp_path: Path, counted: list[str]) -> None:
    whole = evaluate(paths[:1], keep=tmp_path / "kept")
    cut, emptied, *_ = sorted((tmp_path / "kept").glob("*.npz"))
    cut.write_bytes(cut.read_bytes()[:200])
    emptied.write_bytes(b"")
    counted.clear()
    assert said(evaluate(paths[:1], keep=tmp_path / "kept")) == said(whole)
    assert len(counted) == 2
