"""Results on disk: read as they were written, or refused in one line that says what is wrong."""

from __future__ import annotations

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


def test_chance_is_told_of_classes_alone(evaluated: Results) -> None:
    assert evaluated.chance == 1 / 4
    assert "4 classes (chance UA 0.250)" in evaluated.markdown()
    systems = tuple(replace(one, by_class=None) for one in evaluated.systems)
    numbers = replace(evaluated, systems=systems)
    assert numbers.chance is None
    assert "chance" not in numbers.markdown()


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


_MAP = b"features,file,start,end,label,speaker,x,y\n"

MISTAKES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, r"made: no such folder, need a results folder \(dsf evaluate"),
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
        lambda f: change(f, version=3),
        r"results\.json: format version 3, this program reads 2 \(evaluate again",
    ),
    "older": (lambda f: change(f, version=1), r"format version 1, this program reads 2"),
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
        put("predictions.csv", b"system,fold,file,start,end,speaker,label,predicted\n"),
        r"predictions\.csv: other counts than the confusion matrix",
    ),
    "no column": (damage("predictions.csv", "predicted", "said"), "no column predicted, need"),
    "short line": (damage("predictions.csv", ",0.0,", ","), "line 2: need 8 cells"),
    "no number": (
        put("map.csv", _MAP + b"a,a.wav,0,1,fear,a,nan,1\n"),
        r"map\.csv: line 2: x nan, need a number",
    ),
    "no class": (
        put("map.csv", _MAP + b"a,a.wav,0,1,ennui,a,1,1\n"),
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
