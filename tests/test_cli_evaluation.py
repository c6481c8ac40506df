"""From features to a page as a user does it: every number on the way is the predictions' own."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from called import call
from quick_first import quick_first

from deepspectrum_features import FeatureFile
from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.testing import tiny_corpus, tiny_features

metrics = pytest.importorskip("sklearn.metrics")

DSF = Path(sys.executable).with_name("dsf")


def dsf(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(DSF), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def recounted(results: Path) -> dict[str, tuple[float, float, float]]:
    """Score the rows of ``predictions.csv`` with scikit-learn: UA, WA and macro F1 by system."""
    rows: dict[str, tuple[list[str], list[str]]] = {}
    with (results / "predictions.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            label, predicted = rows.setdefault(row["system"], ([], []))
            label.append(row["label"])
            predicted.append(row["predicted"])
    return {
        system: (
            metrics.balanced_accuracy_score(*pair),
            metrics.accuracy_score(*pair),
            metrics.f1_score(*pair, average="macro"),
        )
        for system, pair in rows.items()
    }


def printed(text: str) -> dict[str, tuple[float, float, float]]:
    """Read the scores off a table in Markdown."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = [row for row in cells if len(row) == 8 and re.fullmatch(r"\d\.\d{3}", row[2])]
    return {row[0]: (float(row[2]), float(row[4]), float(row[6])) for row in rows}


@pytest.mark.slow
def test_labels_by_the_paths_of_another_machine(tmp_path: Path) -> None:
    table = FeatureFile.open(tiny_features(tmp_path / "x.h5"))
    told = zip(table.file, table.label, table.speaker, strict=True)
    lines = [f"/data/emo/{file},{label},{speaker}" for file, label, speaker in told]
    tiny_features(tmp_path / "bare.h5", label=[], speaker=[])
    (tmp_path / "l.csv").write_text("\n".join(["file,label,speaker", *lines]))
    own = call("evaluate", "x.h5", "-o", "own", folder=tmp_path)
    done = call("evaluate", "bare.h5", "--labels", "l.csv", "-o", "by", folder=tmp_path)
    assert (own.returncode, done.returncode) == (0, 0), done.stderr
    assert f"found by the end of the path: 60 files (/data/emo/{table.file[0]} is" in done.stderr
    scores = [list(recounted(tmp_path / name).values()) for name in ("own", "by")]
    assert scores[0] == scores[1]
    (tmp_path / "l.csv").write_text("file,label\n/data/emo/other.wav,low\n")
    failed = call("evaluate", "bare.h5", "--labels", "l.csv", "-o", "no", folder=tmp_path)
    assert failed.returncode == 1
    assert "--root" not in failed.stderr


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Evaluate every feature file of a folder; return the folder and what was printed."""
    folder = tmp_path_factory.mktemp("features")
    tiny_features(folder / "good.h5", strength=2.0)
    tiny_features(folder / "poor.h5", strength=0.5, seed=1)
    options = ("--classifier", "svm", "--normalise", "global", "--normalise", "speaker")
    done = dsf("evaluate", *options, folder=folder)
    assert done.returncode == 0, done.stderr
    first, *_, last = done.stderr.splitlines()
    assert first == "features: good.h5, poor.h5"
    assert last == "results: written (dsf report results makes a page of it)"
    return folder, done.stdout


@pytest.mark.slow
def test_evaluate_prints_and_keeps_what_its_predictions_are_worth(
    evaluated: tuple[Path, str],
) -> None:
    folder, shown = evaluated
    true = recounted(folder / "results")
    assert len(true) == 4
    assert printed(shown).keys() == true.keys()
    for system, scores in printed(shown).items():
        assert scores == pytest.approx(true[system], abs=5e-4), system
    assert len({scores[0] for scores in true.values()}) > 1
    assert (folder / "results/results.md").read_text(encoding="utf-8") == shown


@pytest.mark.slow
def test_the_page_shows_what_the_predictions_are_worth(evaluated: tuple[Path, str]) -> None:
    folder, _ = evaluated
    done = dsf("report", "results", folder=folder)
    assert (done.returncode, done.stdout) == (0, "report.html\n")
    names = ["report.md", "report.csv", "report.json", "report-paper/"]
    assert done.stderr.splitlines() == [f"also written: {name}" for name in names]
    page = (folder / "report.html").read_text(encoding="utf-8")
    with (folder / "report.csv").open(newline="", encoding="utf-8") as stream:
        told = {
            (row["system"], row["measure"]): float(row["value"])
            for row in csv.DictReader(stream)
            if not row["of"]
        }
    for system, scores in recounted(folder / "results").items():
        for name, value in zip(("ua", "wa", "macro_f1"), scores, strict=True):
            assert told[system, name] == pytest.approx(value, abs=1e-12)
            assert f"{value:.3f}" in page
    pairs = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([+-]\d\.\d{3}) \|", evaluated[1], re.MULTILINE)
    assert [pair[:2] for pair in pairs] == [
        ("good svm-linear global", "poor svm-linear global"),
        ("good svm-linear speaker", "poor svm-linear speaker"),
        ("good svm-linear global", "good svm-linear speaker"),
        ("poor svm-linear global", "poor svm-linear speaker"),
    ]
    scores = recounted(folder / "results")
    for first, second, apart in pairs:
        assert float(apart) == pytest.approx(scores[first][0] - scores[second][0], abs=5e-4)


MISTAKES = [
    ([], "error: {}/results: holds results already (choose another name with -o, or --overwr"),
    (["nowhere.h5", "-o", "new"], "error: nowhere.h5: no such file, need a feature file"),
    (["good.h5", "nowhere.h5"], "error: nowhere.h5: no such file, need a feature file"),
    (["good.h5", "-o", "a/b"], "error: {}/a: no such folder, need one to write b in"),
    (["good.h5", "-o", "new", "--labels", "x.csv"], "error: x.csv: no such file, need a table"),
    (["good.h5", "-o", "new", "--target", "age"], "error: good.h5: --target age, need a column of"),
    (["good.h5", "-o", "new", "--protocol", "session"], "error: 60 of 60 rows have no session"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "line"), MISTAKES)
def test_mistakes_are_one_line_and_write_nothing(
    evaluated: tuple[Path, str], arguments: list[str], line: str
) -> None:
    folder, _ = evaluated
    done = call("evaluate", *arguments, folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(line.format(folder))
    assert not (folder / "new").exists()


@pytest.mark.slow
def test_a_number_is_told_from_a_table_of_numbers(
    evaluated: tuple[Path, str], tmp_path: Path
) -> None:
    """The rows' own first column plus noise; the file has no number, the table has it."""
    stats = pytest.importorskip("scipy.stats")
    folder, _ = evaluated
    table = FeatureFile.open(folder / "good.h5")
    noise = np.random.default_rng(0).standard_normal(len(table.file))
    ages = 30 + 5 * (table.features[:, 0] + noise)
    lines = [f"{file},{age}" for file, age in zip(table.file, ages, strict=True)]
    (tmp_path / "ages.csv").write_text("\n".join(["file,age", *lines]), encoding="utf-8")
    command = ["evaluate", "good.h5", "--labels", tmp_path / "ages.csv", "--target", "age"]
    done = call(*command, "--classifier", "ridge", "-o", tmp_path / "out", "-q", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    with (tmp_path / "out/predictions.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    label, predicted = (
        np.array([float(row[name]) for row in rows]) for name in ("label", "predicted")
    )
    told = {row["file"]: float(row["label"]) for row in rows}
    assert told == dict(zip(table.file, ages.tolist(), strict=True))
    r = stats.pearsonr(label, predicted).statistic
    (cells,) = [line.split(" | ") for line in done.stdout.splitlines() if "| good ridge" in line]
    assert float(cells[4]) == pytest.approx(r, abs=5.001e-4)
    assert r > 0.3
    assert not (tmp_path / "out.parts").exists()


@pytest.mark.slow
def test_fits_that_are_kept_are_not_made_again(evaluated: tuple[Path, str], tmp_path: Path) -> None:
    """One fit of five is lost: the others stay as they are, and nothing comes out different."""
    folder, _ = evaluated
    whole = evaluate([folder / "good.h5"], keep=tmp_path / "parts")
    kept = sorted((tmp_path / "parts").glob("*.npz"))
    assert len(kept) == 5
    times = {path: path.stat().st_mtime_ns for path in kept[1:]}
    kept[0].unlink()
    again = evaluate([folder / "good.h5"], keep=tmp_path / "parts")
    assert {path: path.stat().st_mtime_ns for path in kept[1:]} == times
    assert again.predictions == whole.predictions
    assert again.systems == whole.systems


@pytest.mark.slow
def test_an_experiment_from_recordings_to_a_page(tmp_path: Path) -> None:
    pytest.importorskip("opensmile")
    pytest.importorskip("torch")
    tiny_corpus(tmp_path / "tones", speakers=3, per_class=3)
    command = ["experiment", "tones", "run", "--epochs", "1", "--classifier", "svm", "-j", "1"]
    alone = call(*command, "--fold", "spk2", folder=tmp_path)
    assert (alone.returncode, alone.stdout) == (0, ""), alone.stderr
    assert [path.name for path in (tmp_path / "run/folds").iterdir()] == ["spk2"]
    (tmp_path / "mine.toml").write_text(
        'corpus = "tones"\nfolder = "run"\nepochs = 1\nclassifier = ["svm", "dnn"]\n'
        'against = ["egemaps"]\njobs = 1\n'
    )
    done = dsf("experiment", "--config", "mine.toml", "--classifier", "svm", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tones: zhao2018-asmmc-compact, egemaps" in done.stdout
    last = "run/results: written (dsf report run/results makes a page of it)"
    assert done.stderr.splitlines()[-1] == last
    true = recounted(tmp_path / "run/results")
    assert len(true) == 7  # three sources by two normalisations, and the network
    for system, scores in printed(done.stdout).items():
        assert scores == pytest.approx(true[system], abs=5e-4), system
    assert tomllib.loads((tmp_path / "run/experiment.toml").read_text()) == {
        "system": ["zhao2018-asmmc"], "against": ["egemaps"], "corpus": str(tmp_path / "tones"),
        "folder": str(tmp_path / "run"), "preset": "compact", "epochs": 1, "classifier": ["svm"],
        "seeds": 1,
    }  # fmt: skip
    (tmp_path / "else").mkdir()
    options = ("--config", "../run/experiment.toml", "-j", "1")
    again = call("experiment", *options, folder=tmp_path / "else")
    assert (again.returncode, again.stdout) == (0, done.stdout), again.stderr
    report = call("report", "run/results", "-q", folder=tmp_path)
    assert (report.returncode, report.stderr) == (0, "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(f"{scores[0]:.3f}" in page for scores in true.values())
    other = call(*command[:3], "--epochs", "2", folder=tmp_path)
    assert other.returncode == 1
    assert "recipe.training.epochs: 1, now 2" in other.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "told"),
    quick_first(
        [
            (["--classifier", "ridge"], "--classifier ridge: tells numbers, need svm or dnn (or"),
            (["--target", "x", "--classifier", "svm"], "svm: tells classes, need svr or ridge"),
            (["--fuse"], "--fuse: one feature file, need two or more"),
            (["--target", "flat"], "x.h5: --target flat: one number (7), need at least two"),
            ([], "--layout NAME, or --target arousal|flat to predict a number; or extract"),
        ]
    ),
)
def test_what_cannot_be_evaluated_is_one_line(
    tmp_path: Path, options: list[str], told: str
) -> None:
    numbers = {"flat": np.full(60, 7.0), "arousal": np.arange(60.0)}
    tiny_features(tmp_path / "x.h5", label=[], targets=numbers)
    done = call("evaluate", *options, "-q", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert told in line
    assert not list(tmp_path.glob("results*"))
