"""What is expected of any command line: help by all its names, near misses, completion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from called import call

from deepspectrum_features.cli.commands import GROUPS

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
    for name in ("speech.h5", "1.h5", "corpus"):
        (tmp_path / name).touch()
    feature_file = "no such file, need a feature file"
    said = {
        ("info", "speeches.h5"): f"{feature_file} (did you mean 'speech.h5'?)",
        ("info", "speech.hdf5"): f"{feature_file} (did you mean 'speech.h5'?)",
        ("info", "2.h5"): feature_file,
        ("corpus", "corpsu"): "no such file or folder, need recordings or a manifest "
        "(did you mean 'corpus'?)",
    }
    for (command, path), line in said.items():
        done = call(command, path, folder=tmp_path)
        assert done.stderr.splitlines()[-1] == f"error: {path}: {line}"


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
