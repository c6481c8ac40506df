"""What is expected of any command line: help by all its names, near misses, completion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from called import call

from deepspectrum_features.cli.commands import GROUPS
from deepspectrum_features.testing import tiny_corpus, tiny_features

PLACE = Path(sys.executable).parent
#: Calls bash's completion function for a command line, as the Tab key does after its last word.
PRESS_TAB = """
eval "$(_DSF_COMPLETE=bash_source dsf)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_dsf_completion dsf
echo "${COMPREPLY[*]}"
"""


def test_help_has_several_names() -> None:
    long = call("extract", "--help").stdout
    assert "Write one row of features" in long
    assert call("extract", "-h").stdout == long
    assert call("help", "extract").stdout == long
    assert call("help").stdout == call("-h").stdout == call("--help").stdout


def test_every_command_stands_in_one_group_of_the_help() -> None:
    names = [name for group in GROUPS.values() for name in group]
    files = {path.stem for path in Path(__file__).parents[1].glob("cli/*.py")}
    said = [line.split()[0] for line in call("--help").stdout.splitlines() if line[:3] > "    "]
    assert len(names) == len({*names})
    assert {*names} <= files
    assert [word for word in said if word in names] == names
    for name in names:
        assert call(name, "-h").stdout.startswith(f"Usage: dsf {name} ")


def test_a_command_that_is_nearly_one_is_named() -> None:
    for words in (["extrct", "in", "out.h5"], ["help", "extrct"]):
        done = call(*words)
        assert done.returncode == 2
        line = done.stderr.splitlines()[-1]
        assert line == "Error: No such command 'extrct' (did you mean 'extract'?)."
    assert call("xyzzy").stderr.splitlines()[-1] == "Error: No such command 'xyzzy'."


def test_a_path_that_is_nearly_one_is_named(tmp_path: Path) -> None:
    for name in ("speech.h5", "1.h5", "corpus", "zhao2018-asmmc-nem"):
        (tmp_path / name).touch()
    feature_file = "no such file, need a feature file"
    said = {
        ("info", "speeches.h5"): f"{feature_file} (did you mean 'speech.h5'?)",
        ("info", "speech.hdf5"): f"{feature_file} (did you mean 'speech.h5'?)",
        ("info", "2.h5"): feature_file,
        ("info", "zhao2018-asmmc-compact-nemo"): "no longer bundled, need its file of an earlier "
        "version, or zhao2018-asmmc-nemo, which took its place and gives other numbers",
        ("info", "spectral-functional"): "no such encoder, need a path or one of "
        "spectral-functionals, zhao2018-asmmc-nemo (did you mean 'spectral-functionals'?)",
        ("info", "spectral-functionals.h5"): feature_file,
        ("info", "zhao2018-asmmc-nem"): "not a readable feature file (0 bytes)",
        ("corpus", "corpsu"): "no such file or folder, need recordings or a manifest "
        "(did you mean 'corpus'?)",
    }
    for (command, path), line in said.items():
        done = call(command, path, folder=tmp_path)
        assert done.stderr.splitlines()[-1] == f"error: {path}: {line}"


def test_labels_where_recordings_are_read_say_where_they_go() -> None:
    for command, place in (
        ("extract", "IN"),
        ("train", "IN"),
        ("experiment", "CORPUS"),
        ("predict", "IN"),
    ):
        done = call(command, "corpus", "out.h5", "--labels", "labels.csv")
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1] == (
            f"Error: No such option '--labels': a table of labels stands in place of {place}, with "
            "--root for the folder of its recordings, or lies in that folder as corpus.csv."
        )
    assert "did you mean" in call("extract", "in", "out.h5", "--labells-from", "x").stderr.lower()
    assert "corpus.csv" not in call("merge", "a.h5", "--labels", "labels.csv").stderr


def test_the_run_is_what_a_path_alone_lacks(tmp_path: Path) -> None:
    tiny_corpus(tmp_path / "a")
    tiny_corpus(tmp_path / "b")
    for words in ([], ["a"]):
        done = call("train", *words, folder=tmp_path)
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1] == "Error: Missing argument 'RUN'."
    before = {*tmp_path.rglob("*")}
    done = call("train", "a", "b", folder=tmp_path)  # and nothing is read
    needed = "error: b: holds other files, need a new or empty folder for the run\n"
    assert (done.returncode, done.stderr) == (1, needed)
    assert {*tmp_path.rglob("*")} == before


def test_a_feature_set_is_called_as_its_authors_write_it(tmp_path: Path) -> None:
    for name in ("eGeMAPS", "ComParE"):
        done = call("functionals", "nowhere", "out.h5", "--set", name, folder=tmp_path)
        assert (done.returncode, done.stderr.splitlines()[-1][:21]) == (1, "error: nowhere: no su")


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("report emodb-resultz", "emodb-results"),
        ("evaluate 1.h5 --labels labelz.csv", "labels.csv"),
        ("evaluate 1.h5 2.h5 --protocol corpora --label-map maps.toml", "map.toml"),
        ("extract corpus out.h5 --encoder encoderr.onnx", "encoder.onnx"),
        ("extract corpus out.h5 --encoder encoder.onx", "encoder.onnx"),
        ("extract corpus out.h5 --layout layoutt.toml", "layout.toml"),
        ("experiment corpus run --config configg.toml", "config.toml"),
        ("extract corpus/a.csv out.h5 --root corpuz", "corpus"),
        ("predict classifierr.onnx corpus told.csv", "classifier.onnx"),
        ("train corpus run --recipe recipee.json", "recipe.json"),
        ("train corpus run --system zhang2018-apsipa --pretrained alexnett.pth", "alexnet.pth"),
    ],
)
def test_so_is_every_other_path_that_a_command_reads(tmp_path: Path, words: str, near: str) -> None:
    tiny_corpus(tmp_path / "corpus", speakers=2, per_class=1)
    (tmp_path / "corpus/a.csv").write_text("file\nspk1_low_1.wav\n")
    (tmp_path / "emodb-results").mkdir()
    for name in ("1.h5", "2.h5"):
        tiny_features(tmp_path / name, attributes={"corpus": name})
    for name in (
        "labels.csv", "map.toml", "encoder.onnx", "layout.toml", "config.toml",
        "classifier.onnx", "recipe.json", "alexnet.pth",
    ):  # fmt: skip
        (tmp_path / name).touch()
    done = call(*words.split(), folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"(did you mean {near!r}?)")


def test_python_runs_the_package_as_dsf() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "deepspectrum_features", "diff", "-h"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == call("diff", "-h").stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ex", "extract experiment export"),
        ("extract --over", "--overwrite"),
        ("extract in out.h5 --layout em", "emodb emovo"),
        ("extract in out.h5 --encoder sp", "spectral-functionals"),
        ("extract in out.h5 --level ", "embedding functionals both"),
        ("help ev", "evaluate"),
    ],
)
def test_bash_completes(words: str, offered: str) -> None:
    done = subprocess.run(
        ["bash", "-c", PRESS_TAB, "bash", "dsf", *words.split(" ")],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{PLACE}:/usr/bin:/bin"},
    )
    assert done.stdout.split() == offered.split()
