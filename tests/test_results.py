"""Results on disk: read as they were written, or refused in one line that says what is wrong."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_results import learning_curve

from deepspectrum_features.baselines.results import Results
from deepspectrum_features.errors import DsfError


@pytest.fixture
def made(evaluated: Results, tmp_path: Path) -> Path:
    """Return a folder of results with a learning curve."""
    replace(evaluated, curves=(learning_curve("a"),)).write(tmp_path / "made")
    return tmp_path / "made"


def test_results_are_read_as_they_were_written(evaluated: Results, made: Path) -> None:
    found = Results.read(made)
    assert found == replace(evaluated, curves=(learning_curve("a"),))
    assert found != evaluated
    (made / "predictions.csv").unlink()
    (made / "map.csv").unlink()
    assert Results.read(made) == replace(found, predictions=(), points=())


def test_a_title_with_a_lone_surrogate_comes_back(evaluated: Results, tmp_path: Path) -> None:
    odd = replace(evaluated, title="half \ud83d a smile")
    odd.write(tmp_path / "odd")
    assert (tmp_path / "odd/results.md").read_text(encoding="utf-8").startswith("# half \\ud83d a")
    assert Results.read(tmp_path / "odd") == odd


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chunked", "numbered"])
def test_everything_is_read_as_it_was_written(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    results: Results = request.getfixturevalue(name)
    results.write(tmp_path / name)
    found = Results.read(tmp_path / name)
    assert found == results
    assert found.left_out
    assert found.predictions
    assert bool(found.points) == bool(found.classes)
    assert found.markdown() == results.markdown()


def test_results_know_what_they_tell(chunked: Results, numbered: Results) -> None:
    assert (chunked.task, chunked.target, chunked.unit) == ("classification", "label", "chunk")
    assert (numbered.task, numbered.target, numbered.unit) == ("regression", "arousal", "utterance")
    assert [str(one) for one in chunked.left_out] == [
        "1 input refused at extraction (loud 1)",
        "2 chunks without a label",
    ]
    assert [str(one) for one in numbered.left_out] == ["1 row without arousal (fear 1)"]
    for results in (chunked, numbered):
        text = results.markdown()
        assert all(f"* left out: {one}\n" in text for one in results.left_out)
    assert "38 chunks, 4 speakers, 2 classes (chance UA 0.500)" in chunked.markdown()
    assert "111 utterances, 7 speakers, number told: arousal" in numbered.markdown()


def test_fused_systems_name_all_their_files(chunked: Results) -> None:
    found = {one.features: one for one in chunked.systems if one.classifier == "svm"}
    assert list(found) == ["deep", "egemaps", "deep+egemaps", "mean of deep, egemaps"]
    assert [one.columns for one in found.values()] == [4, 6, 10, 10]
    both = f"{found['deep'].file}, {found['egemaps'].file}"
    assert [one.file for one in found.values()][2:] == [both, both]
    assert [one.mean_of for one in found.values()] == [None, None, None, "features"]


def test_results_csv_has_a_number_a_cell(chunked: Results, tmp_path: Path) -> None:
    chunked.write(tmp_path / "made")
    with (tmp_path / "made/results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["system"] for row in rows] == [one.name for one in chunked.systems]
    for row, one in zip(rows, chunked.systems, strict=True):
        for name, score in one.scores.items():
            ends = [row[column] for column in (name, f"{name}_low", f"{name}_high")]
            assert list(map(float, ends)) == [score.value, score.low, score.high]
        assert (row["kernel"], row["mean_of"]) == (one.kernel or "", one.mean_of or "")
        assert int(row["columns"]) == one.columns


def test_chance_is_of_the_classes_trained_on(evaluated: Results, numbered: Results) -> None:
    assert evaluated.chance == 1 / 4
    assert "4 classes (chance UA 0.250)" in evaluated.markdown()
    fewer = replace(evaluated, trained=evaluated.trained[:2])
    assert fewer.chance == 1 / 2
    assert numbered.chance is None
    assert "chance" not in numbered.markdown()


def change(folder: Path, **fields: Any) -> None:
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    (folder / "results.json").write_text(json.dumps(document | fields), encoding="utf-8")


def damage(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Return what exchanges the first occurrence of a text in a file."""

    def act(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return act


def put(name: str, content: bytes) -> Callable[[Path], object]:
    """Return what puts other content in a file's place."""
    return lambda folder: (folder / name).write_bytes(content)


def other_rows(folder: Path) -> None:
    """Count a row more for the second system."""
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    document["systems"][1]["by_class"]["confusion"][0][0] += 1
    change(folder, systems=document["systems"])


def change_system(folder: Path, number: int, **fields: Any) -> None:
    """Give a system other fields."""
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    document["systems"][number] |= fields
    change(folder, systems=document["systems"])


def no_rows(name: str) -> Callable[[Path], object]:
    """Return what leaves a table its header alone."""
    return lambda folder: (folder / name).write_text(
        (folder / name).read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8"
    )


_MAP = b"features,file,start,end,channel,label,speaker,x,y\n"

MISTAKES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, r"made: no such folder, need a results folder \(dsf evaluate"),
    "a file": (
        lambda f: (shutil.rmtree(f), f.write_text("features")),
        "made: a file, need a results folder",
    ),
    "no results": (lambda f: (f / "results.json").unlink(), r"made: no results\.json, need a res"),
    "half a file": (
        put("results.json", b'{"format": "deep'),
        r"results\.json: damaged \(Unterminated string .*\), need JSON",
    ),
    "not text": (
        put("results.json", b"\xff\xfe\x00"),
        r"results\.json: damaged \('utf-8' codec .*\), need JSON",
    ),
    "deep": (
        put("results.json", b"[" * 100_000),
        r"results\.json: damaged \(.*recursion.*\), need JSON",
    ),
    "NaN": (damage("results.json", '"utterances": 112', '"utterances": NaN'), "NaN is not JSON"),
    "a list": (
        put("results.json", b"[]"),
        "not the results of an evaluation, need format 'deepspectrum-results'",
    ),
    "newer": (
        lambda f: change(f, version=4),
        r"results\.json: format version 4, this program reads 3 \(evaluate again",
    ),
    "older": (lambda f: change(f, version=2), r"format version 2, this program reads 3"),
    "type": (lambda f: change(f, title=7), r"results\.json: title: 7, need text$"),
    "truth": (lambda f: change(f, utterances=True), r"utterances: True, need a whole number$"),
    "list": (lambda f: change(f, speakers="ab"), r"speakers: 'ab', need a list$"),
    "object": (lambda f: change(f, protocol=[]), r"protocol: \[\], need an object$"),
    "missing": (
        damage("results.json", '"recall"', '"recalls"'),
        r"systems\[0\]\.by_class\.recall: missing",
    ),
    "score": (
        damage("results.json", '"low": ', '"low": "x", "low_": '),
        r"systems\[0\]\.scores\.ua\.low: 'x', need a number",
    ),
    "endless": (
        damage("results.json", '"low": ', '"low": 1e999, "low_": '),
        r"systems\[0\]\.scores\.ua\.low: inf, need a number",
    ),
    "no score": (
        damage("results.json", '"low": ', '"low": true, "low_": '),
        r"systems\[0\]\.scores\.ua\.low: True, need a number",
    ),
    "no systems": (lambda f: change(f, systems=[], comparisons=[]), "no systems, need at least"),
    "twice": (
        damage("results.json", '"name": "compare svm', '"name": "egemaps svm'),
        "systems: a name occurs twice in egemaps",
    ),
    "classes": (lambda f: change(f, classes=["a"]), r"confusion of .*, need 1 rows of 1 counts"),
    "recalls": (
        damage("results.json", '"fear": ', '"ennui": '),
        r"systems: recall of egemaps .* names classes that are not listed",
    ),
    "other rows": (other_rows, "systems: they score different rows, need the same"),
    "pair": (damage("results.json", '"first": "egemaps', '"first": "EGEMAPS'), "not among the sys"),
    "sign": (
        damage("results.json", '"difference": -', '"difference": '),
        r"comparisons: difference (0\.\d+), need -\1 as scored",
    ),
    "trained": (
        lambda f: change(f, trained=["ennui", "fear"]),
        "trained: ennui, need classes",
    ),
    "task": (
        lambda f: change(f, task="regression"),
        "task: regression of 4 classes, need classification",
    ),
    "precisions": (
        damage("results.json", '"precision"', '"precisions"'),
        r"systems\[0\]\.by_class\.precision: missing",
    ),
    "left out": (
        lambda f: change(f, left_out=[{"why": "rows", "rows": "two"}]),
        r"left_out\[0\]\.rows: 'two', need a whole number",
    ),
    "recordings": (
        lambda f: change_system(f, 1, recordings={"recordings": 9, "scores": {}}),
        "systems: recordings of compare .* have other scores, need ua, wa, macro_f1",
    ),
    "no class score": (damage("predictions.csv", "score_fear", "fear"), "no column score_fear, ne"),
    "odd class score": (
        damage("predictions.csv", ",Ärger,Ärger,", ",Ärger,Ärger,x"),
        r"line \d+: score_fear x-?\d\S*, need a number",
    ),
    "other scores": (
        damage("results.json", '"wa": ', '"accuracy": '),
        "systems: they have different scores or none, need the same",
    ),
    "curve": (
        damage("results.json", '"epochs": [', '"epochs": [0,'),
        r"curves\[0\]\.epochs: need as many as losses and UAs",
    ),
    "other predictions": (
        damage("predictions.csv", "egemaps svm-linear global", "compare svm-linear global"),
        r"predictions\.csv: other counts than the confusion matrix of .* in results\.json, need",
    ),
    "no predictions": (
        no_rows("predictions.csv"),
        r"predictions\.csv: other counts than the confusion matrix",
    ),
    "no column": (damage("predictions.csv", "predicted", "said"), "no column predicted, need"),
    "short line": (damage("predictions.csv", ",0.0,", ","), "line 2: need 17 cells"),
    "no number": (
        put("map.csv", _MAP + b"a,a.wav,0,1,0,fear,a,nan,1\n"),
        r"map\.csv: line 2: x nan, need a number",
    ),
    "no class": (
        put("map.csv", _MAP + b"a,a.wav,0,1,0,ennui,a,1,1\n"),
        r"map\.csv: label ennui, need a class",
    ),
    "no table": (put("map.csv", b"\xff"), r"map\.csv: damaged \('utf-8'"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_in_one_line(name: str, made: Path) -> None:
    act, message = MISTAKES[name]
    act(made)
    with pytest.raises(DsfError, match=message) as caught:
        Results.read(made)
    assert "\n" not in str(caught.value)


def test_numbers_of_another_run_are_refused(numbered: Results, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    numbered.write(folder)
    damage("predictions.csv", "deep svr-linear global", "noise svr-linear global")(folder)
    with pytest.raises(DsfError, match=r"predictions\.csv: other errors than the RMSE of deep svr"):
        Results.read(folder)
    numbered.write(folder)
    first = numbered.predictions[0]
    damage("predictions.csv", f",{first.label},{first.predicted}", f",{first.label},much")(folder)
    with pytest.raises(DsfError, match="other errors than the RMSE of deep svr-linear global"):
        Results.read(folder)
    numbered.write(folder)
    no_rows("predictions.csv")(folder)
    with pytest.raises(DsfError, match="other errors than the RMSE"):
        Results.read(folder)
