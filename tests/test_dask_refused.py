"""Clusters that cannot do the work, of extraction and experiment: one line, nothing computed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from called import call
from dask_cluster import SHORT, Cluster, finish

from deepspectrum_features import Encoder
from deepspectrum_features.testing import tiny_corpus

pytest.importorskip("distributed")
pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals that end a process"),
]

DSF = Path(sys.executable).with_name("dsf")
COMMANDS = ("extract", "experiment")

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "")
    yield cluster
    cluster.end()


@pytest.fixture
def empty(running: Cluster) -> Iterator[Cluster]:
    """Return a scheduler without workers."""
    yield running
    running.kill(*running.workers)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three speakers with four tones each."""
    return tiny_corpus(tmp_path_factory.mktemp("corpus") / "tones", speakers=3)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the folder that a command writes into."""
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


@pytest.fixture
def told(corpus: Path, encoder: Encoder, place: Path) -> dict[str, list[str]]:
    """Return the options of commands that name no cluster; paths are relative, as they may be."""
    source, path = os.path.relpath(corpus, place), str(encoder.path)
    return {
        "extract": ["extract", source, "out.h5", "--encoder", path],
        "experiment": ["experiment", source, "run", "--against", path, "--fold", "spk1"],
    }


@pytest.fixture
def start(told: dict[str, list[str]], place: Path, running: Cluster) -> Run:
    """Return what starts a command on the cluster."""

    def run(command: str) -> subprocess.Popen[str]:
        options = [*told[command], "--backend", "dask", "--scheduler", running.address]
        return subprocess.Popen(
            [DSF, *options], cwd=place, env=os.environ | SHORT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return run


def check_nothing_is_computed(place: Path) -> None:
    assert [one.name for one in place.iterdir()] in ([], ["run"]), (
        "what an experiment decodes stays"
    )
    assert not (place / "run/folds").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_worker_ends_the_run(empty: Cluster, start: Run, place: Path, command: str) -> None:
    with start(command) as process:
        *_, line = finish(process, code=1)
    assert line == (
        f"error: {empty.address}: no worker for 5 s, need some (dask worker {empty.address})"
    )
    assert not list(place.iterdir())


@pytest.mark.parametrize(
    ("command", "package"), [("extract", "soxr"), ("experiment", "soxr"), ("experiment", "torch")]
)
def test_a_worker_of_other_versions_is_refused(
    empty: Cluster, start: Run, place: Path, command: str, package: str
) -> None:
    empty.start_worker(path=empty.other_version(package, "0.0.1"))
    with start(command) as process:
        *_, line = finish(process, code=1)
    wrong = f"{package} 0.0.1, need {version(package)} as here (install the same versions on all"
    assert re.fullmatch(rf"error: tcp://127\.0\.0\.1:\d+: {re.escape(wrong)} machines\)", line), (
        line
    )
    check_nothing_is_computed(place)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_worker_without_this_package_is_refused(
    empty: Cluster, start: Run, place: Path, command: str
) -> None:
    code = "import sys\nsys.modules['deepspectrum_features'] = None\n"
    empty.start_worker(path=empty.sitecustomize("missing", code))
    with start(command) as process:
        *_, line = finish(process, code=1)
    assert re.fullmatch(
        r"error: tcp://127\.0\.0\.1:\d+: .* 'deepspectrum_features.*, need "
        r"deepspectrum_features \S+ as here \(install the same versions on all machines\)",
        line,
    ), line
    check_nothing_is_computed(place)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_worker_that_does_not_see_where_to_write_is_refused(
    empty: Cluster, start: Run, place: Path, command: str
) -> None:
    empty.start_blind_worker(place)
    with start(command) as process:
        *_, line = finish(process, code=1)
    written = place / {"extract": "out.h5.parts", "experiment": "run"}[command]
    seen = re.escape(f"does not see {written}, need a folder that all machines share")
    assert re.fullmatch(rf"error: tcp://127\.0\.0\.1:\d+: {seen}", line), line
    check_nothing_is_computed(place)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_worker_that_does_not_see_the_recordings_is_refused(
    empty: Cluster, start: Run, place: Path, corpus: Path, command: str
) -> None:
    empty.start_blind_worker(corpus)
    with start(command) as process:
        *_, line = finish(process, code=1)
    given = re.escape(str(place / os.path.relpath(corpus, place)))
    assert re.fullmatch(
        rf"error: tcp://127\.0\.0\.1:\d+: sees other recordings in {given} than are here, "
        r"something from spk1_high_1\.wav to spk3_low_2\.wav, need a folder that all machines "
        r"share \(if they were changed just now, run again\)",
        line,
    ), line
    check_nothing_is_computed(place)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "--scheduler: need --backend dask too"),
        (["--backend", "dask"], "--backend dask: scheduler unknown, need --scheduler tcp://HOST"),
        (
            ["--backend", "dask", "--scheduler", "127.0.0.1:1"],
            "--backend dask: scheduler 127.0.0.1:1, need --scheduler tcp://HOST:PORT or tls://",
        ),
        (
            ["--backend", "dask", "--scheduler", "tcp://127.0.0.1:1"],
            "tcp://127.0.0.1:1: no scheduler answers (Timed out",
        ),
    ],
)
def test_a_cluster_that_is_not_there_is_refused(
    told: dict[str, list[str]], place: Path, command: str, options: list[str], line: str
) -> None:
    from dask import config

    with config.set({"distributed.comm.timeouts.connect": "1s"}):
        done = call(*told[command], *options, folder=place)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {line}")
    assert not list(place.iterdir())
