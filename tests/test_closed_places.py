"""Places that cannot be written are found before the work; scores are seen, then stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from called import call

from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import check_folder
from deepspectrum_features.testing import tiny_corpus, tiny_features

DSF = Path(sys.executable).with_name("dsf")
Powers = Callable[[], None] | None

pytest.importorskip("sklearn")


def dsf(
    *arguments: object, folder: Path, preexec: Powers = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(DSF), *map(str, arguments)],
        capture_output=True, text=True, cwd=folder, preexec_fn=preexec, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two recordings and some folders that commands would write to."""
    folder = tmp_path_factory.mktemp("place")
    tiny_corpus(folder / "tones", speakers=1, per_class=1)
    for name in ("closed", "results", "kept.parts", "fits/fits", "page/report.csv"):
        (folder / name).mkdir(parents=True)
    for suffix in (".h5", ".onnx", ".csv", ".png", ".html"):
        (folder / f"folder{suffix}").mkdir()
        (folder / f"link{suffix}").symlink_to("nowhere/at-all")
    (folder / "results/results.json").touch()
    (folder / "note.txt").touch()
    (folder / "empty.h5").touch()
    return folder


#: Most of what is to be worked on is not there, or empty: nothing has read it yet.
CLOSED = [
    ("closed", ["extract", "tones", "closed/out.h5"]),
    ("closed", ["evaluate", "empty.h5", "-o", "closed/results"]),
    ("results", ["evaluate", "empty.h5", "--overwrite"]),
    ("kept.parts", ["evaluate", "empty.h5", "-o", "kept"]),
    ("closed", ["experiment", "nowhere", "closed"]),
    ("closed", ["experiment", "nowhere", "closed/deep/run"]),
    ("fits/fits", ["experiment", "nowhere", "fits"]),
    ("closed", ["report", "nowhere", "-o", "closed/report.html"]),
    ("closed", ["train", "nowhere", "closed"]),
    ("closed", ["train", "nowhere", "closed/run"]),
    ("closed", ["export", "nowhere", "closed/x.onnx"]),
    ("closed", ["merge", "no.h5", "-o", "closed/all.h5"]),
    ("closed", ["functionals", "tones", "closed/out.h5", "--set", "egemaps"]),
]

ONE_AFTER_ANOTHER = """
import json, sys
from pathlib import Path
from called import call

for closed, command in json.loads(sys.argv[1]):
    before = sorted(Path().rglob("*"))
    Path(closed).chmod(0o555)
    done = call(*command)
    Path(closed).chmod(0o755)
    traced = sorted(Path().rglob("*")) != before
    print(json.dumps([done.returncode, done.stdout, done.stderr, traced]))
"""


@pytest.fixture(scope="module")
def refused(place: Path, ordinary: Powers) -> list[tuple[int, str, str, bool]]:
    """Run them one after another in a child; return what each said, and whether it left a trace."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", ONE_AFTER_ANOTHER, json.dumps(CLOSED)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True, text=True, cwd=place, preexec_fn=ordinary, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(CLOSED)))
def test_a_closed_place_is_one_line_before_any_work(
    refused: list[tuple[int, str, str, bool]], number: int
) -> None:
    code, out, said, traced = refused[number]
    assert (code, out, traced) == (1, "", False)
    closed = CLOSED[number][0]
    assert said.splitlines()[-1].endswith(f"{closed}: not writable, need a folder to write in")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["train", "nowhere", "note.txt/run"], "note.txt: not a folder, need one to"),
        (["report", "nowhere", "-o", "page/report.html"], "page/report.csv: a folder, need"),
        (["experiment", "nowhere", "note.txt/run"], "note.txt: not a folder, need one to"),
    ],
)
def test_what_stands_in_the_way_is_named_before_any_work(
    place: Path, command: list[str], line: str
) -> None:
    done = call(*command, folder=place)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"error: {line}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["extract", "tones", "{}.h5"],
        ["functionals", "tones", "{}.h5", "--set", "egemaps"],
        ["merge", "no.h5", "-o", "{}.h5"],
        ["fit", "no.h5", "--out", "{}.onnx"],
        ["predict", "no.onnx", "tones", "{}.csv"],
        ["attend", "no.wav", "{}.png"],
        ["report", "nowhere", "-o", "{}.html"],
    ],
    ids=lambda command: command[0],
)
def test_a_file_to_write_is_no_folder_and_no_link_to_nothing(
    place: Path, command: list[str]
) -> None:
    for name, found in {"folder": "a folder", "link": "a link to nothing"}.items():
        done = call(*(word.format(name) for word in command), folder=place)
        assert (done.returncode, done.stdout) == (1, "")
        out = next(word for word in command if "{}" in word).format(name)
        last = done.stderr.splitlines()[-1]
        assert last.endswith(f"{out}: {found}, need the name of a file to write")


def test_a_folder_may_still_be_made_below_one_that_is_open(tmp_path: Path) -> None:
    check_folder(tmp_path, DsfError)
    check_folder(tmp_path / "a/b/c", DsfError)
    check_folder(Path("still/to/be/made"), DsfError)
    (tmp_path / "nothing").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DsfError, match="nothing: not a folder, need one to write in"):
        check_folder(tmp_path / "nothing" / "b", DsfError)
    assert [path.name for path in tmp_path.iterdir()] == ["nothing"]


def take_small_files_alone() -> None:
    """Refuse files beyond the size of a fit, so that what is written last does not fit."""
    import resource

    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # Python would keep modules that were cut off
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))


@pytest.mark.slow
def test_scores_are_printed_before_anything_is_stored(tmp_path: Path) -> None:
    tiny_features(tmp_path / "x.h5")
    done = dsf("evaluate", "x.h5", "-q", folder=tmp_path, preexec=take_small_files_alone)
    assert done.returncode == 1
    assert done.stderr.endswith("predictions.csv: File too large\n")
    assert "| x svm-linear global |" in done.stdout
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("results.parts/*.npz")}
    assert len(kept) == 5
    assert not (tmp_path / "results").exists()
    again = call("evaluate", "x.h5", "-q", folder=tmp_path)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert (tmp_path / "results/results.md").read_text() == done.stdout
    assert not (tmp_path / "results.parts").exists()


@pytest.mark.slow
def test_results_are_stored_where_nobody_reads_what_is_printed(tmp_path: Path) -> None:
    tiny_features(tmp_path / "x.h5")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [str(DSF), "evaluate", "x.h5", "-q"],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert (tmp_path / "results/results.json").exists()


@pytest.mark.slow
def test_results_may_be_replaced_from_inside_their_folder(tmp_path: Path) -> None:
    """Their folder is then called ``.``, which is the name of nothing beside it."""
    evaluate([tiny_features(tmp_path / "x.h5")]).write(tmp_path / "results")
    command = ["evaluate", tmp_path / "x.h5", "-o", ".", "--overwrite", "-q"]
    done = call(*command, folder=tmp_path / "results")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "x.h5"]
