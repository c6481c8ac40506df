"""Some columns of feature files by pattern, and families of equal weight, as a user asks."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from called import call

from deepspectrum_features import FeatureFile, Results, evaluate
from deepspectrum_features.baselines.columns import take_columns, told_apart
from deepspectrum_features.baselines.fold_fits import FoldTask
from deepspectrum_features.baselines.systems import Source, System
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.testing import tiny_features

pytest.importorskip("sklearn")

NAMES = ["f0_mean", "f0_p90", "mfcc_01_mean", "mfcc[1]_sma", "mfcc_02_mean", "F0_iqr"]
FAMILIES = ["f0", "f0", "mfcc", "mfcc", "mfcc", "other"]
DSF = Path(sys.executable).with_name("dsf")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a feature file of three classes, columns of three families."""
    return tiny_features(tmp_path / "deep.h5", feature_name=NAMES, feature_family=FAMILIES)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Return one of the same rows whose columns have names without a number, and no family."""
    return tiny_features(tmp_path / "smile.h5", seed=1, feature_name=[*"abcde", "f0_range"])


def taken(*paths: Path, patterns: list[str]) -> list[Table]:
    return take_columns(read_tables(paths).tables, patterns)


@pytest.mark.parametrize(
    ("patterns", "columns"),
    [
        (["f0_*"], [0, 1]),
        (["*_mean"], [0, 2, 4]),
        (["mfcc_0[12]_*", "f0_p90"], [1, 2, 4]),
        (["f0_p90", "f0_*", "f0_p90"], [0, 1]),
        (["?0_*"], [0, 1, 5]),
        (["mfcc[1]_sma"], [3]),
        (["*"], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_columns_are_taken_by_pattern_in_their_own_order(
    path: Path, patterns: list[str], columns: list[int]
) -> None:
    (table,) = taken(path, patterns=patterns)
    whole = FeatureFile.open(path)
    np.testing.assert_array_equal(table.features, whole.features[:, columns])
    assert table.column_name == tuple(NAMES[column] for column in columns)
    assert table.family == tuple(FAMILIES[column] for column in columns)
    assert table.name == f"deep[{' '.join(dict.fromkeys(patterns))}]"


def test_without_patterns_every_column_is_taken(path: Path) -> None:
    (table,) = taken(path, patterns=[])
    assert (table.name, table.column_name) == ("deep", tuple(NAMES))


def test_a_file_without_such_a_column_is_named(path: Path, other: Path) -> None:
    with pytest.raises(FeatureFileError) as caught:
        taken(path, other, patterns=["mfc_*", "F0_*"])
    assert str(caught.value) == (
        f"{path}, {other}: no column matches --columns mfc_*, need some of these families: f0 2, "
        "mfcc 3, other 1, smile 6 (the nearest column is mfcc_01_mean, dsf info --columns lists "
        "all)"
    )
    with pytest.raises(FeatureFileError) as caught:
        taken(path, other, patterns=["*_p90", "mfcc*"])
    assert str(caught.value).startswith(f"{other}: no column matches --columns *_p90 mfcc*, need")


def test_each_file_is_called_by_the_patterns_that_it_knows(path: Path, other: Path) -> None:
    tables = taken(path, other, patterns=["f0_*", "[abc]"])
    assert [table.name for table in tables] == ["deep[f0_*]", "smile[f0_* [abc]]"]
    assert [len(table.column_name) for table in tables] == [2, 4]


@pytest.mark.parametrize("given", ["f0_*", None, [3]])
def test_patterns_are_a_list_of_texts(path: Path, given: Any) -> None:
    with pytest.raises(TypeError, match=r"^columns=.*need a list of names or patterns"):
        evaluate([path], columns=given)


def test_another_weighting_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="weights='family', need one of columns, families"):
        evaluate([path], weights="family")


# --- families -----------------------------------------------------------------------------------


def test_families_are_those_of_the_file_or_of_numbered_names(tmp_path: Path) -> None:
    names = ["fcn_000", "fcn_001", "blstm_000", "lspFreq_sma[0]", "F0_amean", "mfcc1"]
    path = tiny_features(tmp_path / "old.h5", feature_name=names)
    (table,) = read_tables([path]).tables
    assert table.family == ("fcn", "fcn", "blstm", "old", "old", "old")


def test_families_of_one_name_in_two_files_are_two(path: Path, tmp_path: Path) -> None:
    again = tiny_features(
        tmp_path / "again.h5", feature_name=NAMES, feature_family=["f0", *["voicing"] * 5]
    )
    assert Counter(told_apart(read_tables([path, again]).tables)) == {
        "deep: f0": 2, "mfcc": 3, "other": 1, "again: f0": 1, "voicing": 5,
    }  # fmt: skip


@pytest.mark.slow
def test_fused_files_weigh_as_one_file_of_all_families(path: Path, other: Path) -> None:
    fused = evaluate([path, other], fuse=True, weights="families")
    names = [one.name for one in fused.systems]
    assert names == [
        "deep svm-linear global families",
        "smile svm-linear global families",
        "deep+smile svm-linear global families",
        "mean of deep, smile svm-linear global families",
    ]
    table, more = FeatureFile.open(path), FeatureFile.open(other)
    table.features = np.hstack([table.features, more.features])
    table.feature_name = [*NAMES, *"ghijkl"]
    table.feature_family = [*FAMILIES, *["smile"] * 6]
    table.write(path)
    joined = evaluate([path], weights="families")
    scores = [row.score for row in fused.predictions if row.system == names[2]]
    assert scores == [row.score for row in joined.predictions]
    plain = evaluate([path])
    assert scores != [row.score for row in plain.predictions]
    assert "columns of deep+smile by family: f0 2, mfcc 3, other 1, smile 6" in fused.protocol.lines


@pytest.mark.parametrize("classifier", ["svm", "dnn", "svr", "ridge"])
def test_every_classifier_is_told_the_families(path: Path, classifier: str) -> None:
    (table,) = read_tables([path]).tables
    for weights, families in (("families", tuple(FAMILIES)), ("columns", None)):
        system = System(Source("deep", (table,)), classifier, "", "global", weights=weights)
        assert system.estimator(0).families == families


def test_a_single_family_scores_as_columns_do(other: Path) -> None:
    plain, weighed = (evaluate([other], weights=one) for one in ("columns", "families"))
    assert [row[1:] for row in plain.predictions] == [row[1:] for row in weighed.predictions]
    assert plain.systems[0].scores == weighed.systems[0].scores
    assert [one.systems[0].weights for one in (plain, weighed)] == ["columns", "families"]


# --- kept, written, read ------------------------------------------------------------------------


@pytest.mark.slow
def test_fits_of_other_columns_or_weights_are_not_taken_for_these(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    run = FoldTask.run

    def counting(task: FoldTask) -> Any:
        made.append(task.fold.name)
        return run(task)

    monkeypatch.setattr(FoldTask, "run", counting)
    for options, fits in (
        ({}, 5),
        ({"weights": "families"}, 10),
        ({"columns": ["f0_*"]}, 15),
        ({"columns": ["f0_*", "mfcc_*"], "weights": "families"}, 20),
        ({"columns": ["mfcc_*", "f0_*"], "weights": "families"}, 20),
        ({"weights": "families"}, 20),
    ):
        evaluate([path], keep=tmp_path / "kept", **options)
        assert len(made) == fits


def test_results_written_before_there_were_weights_are_read(path: Path, tmp_path: Path) -> None:
    results = evaluate([path])
    results.write(tmp_path / "results")
    stored = tmp_path / "results/results.json"
    values = json.loads(stored.read_text())
    assert values["systems"][0].pop("weights") == "columns"
    stored.write_text(json.dumps(values))
    assert Results.read(tmp_path / "results") == results


@pytest.mark.slow
def test_a_user_takes_columns_and_weighs_families(path: Path, other: Path) -> None:
    folder = path.parent
    options = ("--columns", "f0_*", "--columns", "mfcc_*", "--weights", "families")
    done = call("evaluate", "deep.h5", "--normalise", "speaker", *options, folder=folder)
    assert done.returncode == 0, done.stderr
    name = "deep[f0_* mfcc_*] svm-linear speaker families"
    assert f"| {name} | 4 |" in done.stdout
    assert "* deep[f0_* mfcc_*]: 4 of 6 columns\n" in done.stdout
    assert "* columns of deep[f0_* mfcc_*] by family: f0 2, mfcc 2\n" in done.stdout
    assert "z-norm on training rows, every family of columns of equal weight" in done.stdout
    with (folder / "results/results.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["system"], row["weights"], row["columns"]) == (name, "families", "4")
    report = call("report", "results", "-o", "page.html", folder=folder)
    assert report.returncode == 0, report.stderr
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "normalise speaker, 4 columns, families of equal weight" in page
    failed = call(
        "evaluate", "deep.h5", "smile.h5", "--columns", "mfcc_*", "-o", "none", folder=folder
    )
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == (
        "error: smile.h5: no column matches --columns mfcc_*, need some of these families: smile 6 "
        "(the nearest column is f0_range, dsf info --columns lists all)"
    )
    assert not (folder / "none").exists()
