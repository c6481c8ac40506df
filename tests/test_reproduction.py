"""A paper's study done again, on trees with the structure of its corpora."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from called import call
from made_corpora import make_cheavd, make_fau_aibo, make_iemocap

from deepspectrum_features import Corpus, DsfError, Results
from deepspectrum_features.baselines.reproduction import find_study, with_sides
from deepspectrum_features.corpus.folds import fixed_split
from deepspectrum_features.recipe import SYSTEMS
from deepspectrum_features.recipe.study import Study

DSF = Path(sys.executable).with_name("dsf")
STUDIES = [study for system in SYSTEMS.values() for study in system.studies]


def reproduce(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(DSF), "reproduce", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def rows_of(markdown: str) -> dict[str, list[str]]:
    """Read the first table: by score, the paper's and those found here."""
    lines = [line for line in markdown.split("\n\n")[1].splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    return {name: rest for name, *rest in cells}


@pytest.mark.slow
def test_a_user_types_one_line(tmp_path: Path) -> None:
    codes = ("ang", "hap", "exc", "sad", "neu", "fru")
    source = make_iemocap(tmp_path / "iemocap", sessions=(1, 2), codes=codes)
    beside = next(source.rglob("*.wav"))
    shutil.copy(beside, source / "beside.raw")
    arguments = ["zhao2018-asmmc", "iemocap", "run", "--preset", "compact", "--epochs", 1]
    done = reproduce(tmp_path, *arguments, "--against", "spectral-functionals", "-q")
    assert done.returncode == 0, done.stderr
    found = Results.read(tmp_path / "run/results")
    assert [fold.name for fold in found.folds] == ["Ses01F", "Ses01M", "Ses02F", "Ses02M"]
    for fold in found.folds:
        assert {fold.test_speakers[0][:5], fold.dev_speakers[0][:5]} == {fold.name[:5]}
        assert not {*fold.train_speakers} & {*fold.dev_speakers, *fold.test_speakers}
    assert set(found.classes) == {"anger", "happiness", "sadness", "neutral"}
    # improvised alone, excited as happy, no frustration: one dialogue in two, five of six codes
    assert found.utterances == 2 * 2 * 2 * 5
    network = next(one for one in found.systems if one.classifier == "network")
    told = rows_of(done.stdout)
    for name, paper in (("ua", "0.680 [A]"), ("wa", "0.652 [A]")):
        score = network.scores[name]
        row = told[f"{name.upper()}, the network's own scores"]
        assert row[:2] == [paper, f"{score.value:.3f}"]
    assert "size compact in place of the paper's network" in done.stdout
    assert "1 epoch at most, paper 100" in done.stdout
    counts = [line for line in done.stdout.splitlines() if line.startswith("* iemocap")]
    assert counts == [
        "* iemocap:improvised-4: 40 utterances, the full corpus has 2943",
        "* iemocap:improvised-4: 4 speakers, the full corpus has 10",
    ]
    assert "beside.raw" not in done.stdout, "told while reading, but no deviation from the paper"
    assert (tmp_path / "run/results/reproduction.md").read_text().strip() == done.stdout.strip()


def test_the_children_of_one_school_are_tested_and_some_of_the_others_choose(
    tmp_path: Path,
) -> None:
    corpus = Corpus.read(make_fau_aibo(tmp_path, children=21), layout="fau-aibo")
    divided = with_sides(corpus, Study(name="", layout="fau-aibo", protocol="split"))
    fold = fixed_split(divided.utterances)
    speakers = {
        side: {divided.utterances[row].speaker for row in getattr(fold, side)}
        for side in ("train", "dev", "test")
    }
    assert all(one.startswith("Mont") for one in speakers["test"])
    assert all(one.startswith("Ohm") for one in speakers["train"] | speakers["dev"])
    assert [len(speakers[side]) for side in ("train", "dev", "test")] == [18, 3, 21]


def test_of_nobody_known_recordings_choose_and_what_the_paper_reports_is_tested(
    tmp_path: Path,
) -> None:
    corpus = Corpus.read(make_cheavd(tmp_path, per_class=5), layout="cheavd2")
    study = Study(name="", layout="cheavd2", protocol="split", scored="dev")
    divided = with_sides(corpus, study).utterances
    for before, after in zip(corpus.utterances, divided, strict=True):
        expected = {"dev": {"test"}, "test": {""}, "train": {"train", "dev"}}
        assert after.split in expected[before.split]
    assert [sum(one.split == side for one in divided) for side in ("train", "dev", "test")] == [
        36, 4, 40,
    ]  # fmt: skip


@pytest.mark.parametrize("study", STUDIES, ids=[one.name for one in STUDIES])
def test_every_study_names_a_layout_and_scores_with_a_grade(study: Study) -> None:
    from deepspectrum_features.corpus.known_layouts import load_layout

    assert load_layout(study.layout).called == study.layout
    assert study.protocol in ("session", "split", "loso", "grouped")
    for one in study.reported:
        assert 0.25 < one.value < 1
        assert one.grade in "AB"


def test_a_study_is_named_where_there_are_several() -> None:
    assert find_study("zhao2018-asmmc", None).name == "iemocap"
    with pytest.raises(DsfError, match=r"--study iemocup: zhao2018-asmmc has iemocap.*did you"):
        find_study("zhao2018-asmmc", "iemocup")
    with pytest.raises(DsfError, match=r"3 studies, need --study casia or enterface05 or gemep"):
        find_study("xie2019-taslp", None)


@pytest.mark.slow
def test_another_corpus_is_refused_in_a_line(tmp_path: Path) -> None:
    make_fau_aibo(tmp_path / "aibo", children=1)
    done = call("reproduce", "zhao2018-asmmc", "aibo", "run", "-q", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "error: aibo: fits layout fau-aibo, need the folder of the corpus that this study is on "
        "(layout iemocap:improvised-4)\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_weights_to_begin_with_are_read_before_anything_is_trained(tmp_path: Path) -> None:
    make_iemocap(tmp_path / "iemocap", sessions=(1, 2), codes=("ang", "hap", "sad", "neu"))
    (tmp_path / "alexnet.pth").write_bytes(b"no weights")
    options = ["--pretrained", "alexnet.pth", "--against", "spectral-functionals", "-q"]
    done = call("reproduce", "zhang2018-apsipa", "iemocap", "run", *options, folder=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"error: alexnet\.pth: .*need .*\n", done.stderr), done.stderr
    assert not (tmp_path / "run/folds").exists()


@pytest.mark.slow
def test_a_cluster_is_asked_for_as_of_an_experiment(tmp_path: Path) -> None:
    dask = pytest.importorskip("dask")
    make_iemocap(tmp_path / "iemocap", sessions=(1, 2), codes=("ang", "hap", "sad", "neu"))
    nobody = ["--backend", "dask", "--scheduler", "tcp://127.0.0.1:1", "--against", "egemaps", "-q"]
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        done = call("reproduce", "zhao2018-asmmc", "iemocap", "run", *nobody, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: tcp://127.0.0.1:1: no scheduler answers (")
    assert not (tmp_path / "run/folds").exists()
