"""The options of a command in a file: the same as on the command line, and written as they were."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from called import call, parsed

from deepspectrum_features.cli.experiment import command
from deepspectrum_features.cli.options_file import read_options, write_options

#: Every option of the command, as a person would give it in a file.
ALL = """
corpus = "tones"
folder = "run"
system = ["zhao2018-asmmc", "xie2019-taslp"]
against = ["egemaps", "mine.onnx"]
pretrained = "weights.pth"
layout = "nemo"
labels-from = "parent-folder"
name = "tones"
root = "."
exclude = "out.csv"
speakers = "spk1,spk2,spk3"
limit = 9
preset = "paper"
protocol = "grouped"
epochs = 3
precision = "bf16-mixed"
classifier = ["svm"]
seeds = 2
fold = ["1-of-10"]
jobs = 4
backend = "dask"
scheduler = "tcp://127.0.0.1:8786"
quiet = true
"""

CLUSTER = ("--backend", "dask", "--scheduler", "tcp://127.0.0.1:8786")


def test_a_file_says_all_that_the_command_line_says(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ALL)
    from_file = parsed(command, "--config", str(tmp_path / "a.toml")).params
    options = [part for key, value in tomllib.loads(ALL).items() for part in given(key, value)]
    assert from_file == parsed(command, *options, "tones", "run").params
    assert from_file["labels_from"] == "parent-folder"
    assert len(from_file) == len(tomllib.loads(ALL))
    told = {key.replace("-", "_") for key in tomllib.loads(ALL)} - {"corpus"} | {"source"}
    assert read_options(command, tmp_path / "a.toml").keys() == told


def given(key: str, value: object) -> list[str]:
    """Write a line of the file as options."""
    if key in ("corpus", "folder"):
        return []
    if value is True:
        return [f"--{key}"]
    values = value if isinstance(value, list) else [value]
    return [part for one in values for part in (f"--{key}", str(one))]


def test_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ALL)
    arguments = ["--config", str(tmp_path / "a.toml"), "--classifier", "dnn", "--seeds", "1"]
    for order in (arguments, [*arguments[2:], *arguments[:2]]):
        found = parsed(command, *order, "others", "place").params
        assert (found["classifier"], found["seeds"], found["epochs"]) == (("dnn",), 1, 3)
        assert (found["source"], found["folder"]) == ("others", "place")


def test_what_does_not_fit_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'sytem = ["x"]\nlabels_from = "parent-folder"\nseeds = 0\nclassifier = ["svn"]\n'
        'against = "egemaps"\nepochs = "3"\nconfig = "b.toml"\n'
    )
    done = call("experiment", "--config", "a.toml", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: a.toml: unknown field 'sytem' (did you mean 'system'?); "
        "unknown field 'labels_from' (did you mean 'labels-from'?); unknown field 'config'; "
        "against: 'egemaps', need a list; epochs: '3', need a whole number; "
        "classifier[0]: 'svn', need svm or dnn; seeds: 0, need at least 1\n"
    )
    (tmp_path / "b.toml").write_text("seeds = [")
    done = call("experiment", "--config", "b.toml", folder=tmp_path)
    assert done.stderr.startswith("error: b.toml: not TOML (")
    done = call("experiment", "--config", "none.toml", folder=tmp_path)
    assert done.stderr.startswith("error: none.toml: cannot be read (")


@pytest.mark.parametrize(
    "name", ['"quoted" \\ 東', "line\nend", "\x7f\x1b", "𝄞 = [1]", "mine.toml"]
)
def test_what_is_written_reads_back(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").touch()
    options = ["--name", name, "--against", "egemaps", "--against", "mine.toml", "--fold", "a"]
    options += ["--layout", "mine.toml:small", "-j2", "-q", *CLUSTER]
    ran = parsed(command, *options, "tones", "run")
    write_options(ran, tmp_path / "experiment.toml")
    monkeypatch.chdir("/")
    again = parsed(command, "--config", str(tmp_path / "experiment.toml"))
    places = {
        "source": str(tmp_path / "tones"),
        "folder": str(tmp_path / "run"),
        "layout": str(tmp_path / "mine.toml:small"),
        "against": ("egemaps", str(tmp_path / "mine.toml")),
    }
    how = {"fold": (), "jobs": None, "backend": "local", "scheduler": None, "quiet": False}
    assert again.params == ran.params | places | how
