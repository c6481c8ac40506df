"""An experiment by a Dask cluster: whatever happens to it, the results are those of one machine."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dask_cluster import GONE, SHORT, Cluster, finish

from deepspectrum_features import Encoder
from deepspectrum_features.testing import contents, tiny_corpus

pytest.importorskip("distributed")
pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals that end a process"),
]

EPOCHS = 4
FOLDS = ("spk1", "spk2", "spk3")
SYSTEM = "zhao2018-asmmc-tiny"
#: So the order of sums does not depend on the machine.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}

#: ``dsf``, whose compact size is one that trains in a second.
DSF = f"""
from dataclasses import replace
from deepspectrum_features import cli
from deepspectrum_features.recipe import PRESETS
from deepspectrum_features.testing import tiny_recipe

tiny = tiny_recipe()
tiny = replace(tiny, training=replace(tiny.training, epochs={EPOCHS}, batch_size=4))
PRESETS["zhao2018-asmmc"]["compact"] = tiny
cli.main()
"""

#: What a worker does before all else: every epoch takes a while, and is noted down.
SLOW = """
import time
from deepspectrum_features import scores

def score(*given, honest=scores.score):
    time.sleep(0.5)
    with open({log!r}, "a") as log:
        print("scored", file=log)
    return honest(*given)

scores.score = score
"""
DEADLY = """
import os
from deepspectrum_features import scores

scores.score = lambda *_: os._exit(1)
"""

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where workers note every epoch that they score."""
    return tmp_path_factory.mktemp("log") / "scored.txt"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[Cluster]:
    before = SLOW.format(log=str(log))
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), before, **ONE_THREAD)
    yield cluster
    cluster.end()


@pytest.fixture
def pair(running: Cluster, log: Path) -> Cluster:
    """Return a scheduler and two workers."""
    running.mend(2)
    log.write_text("")
    return running


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three speakers with four tones each."""
    return tiny_corpus(tmp_path_factory.mktemp("corpus") / "tones", speakers=3)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of the experiment."""
    return tmp_path / "run"


@pytest.fixture(scope="module")
def launch(corpus: Path, encoder: Encoder) -> Run:
    """Return what starts a command on a folder; paths are relative, as they may be."""

    def launch(run: Path, *options: str, command: str = "experiment", **environment: str) -> object:
        against = ["--against", str(encoder.path)] if command == "experiment" else []
        orders = [os.path.relpath(corpus, run.parent), run.name, "--classifier", "svm", *against]
        return subprocess.Popen(
            [sys.executable, "-P", "-c", DSF, command, *orders, *options],
            cwd=run.parent, env=os.environ | ONE_THREAD | environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return launch


@pytest.fixture
def start(launch: Run, run: Path, running: Cluster) -> Run:
    """Return what starts the experiment on the cluster."""

    def start(*options: str, **how: str) -> subprocess.Popen[str]:
        cluster = ("--backend", "dask", "--scheduler", running.address)
        return launch(run, *cluster, *options, **how)

    return start


@pytest.fixture(scope="module")
def expected(launch: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what comes of it on one machine."""
    run = tmp_path_factory.mktemp("expected") / "run"
    finish(launch(run, "--jobs", "1"))
    return found(run)


def found(run: Path) -> dict[str, object]:
    """Return scores and predictions, and every fold's learning, weights and features."""
    results = json.loads((run / "results/results.json").read_text("utf-8"))
    told: dict[str, object] = {name: results[name] for name in ("systems", "comparisons")}
    told["predictions"] = (run / "results/predictions.csv").read_text("utf-8")
    for fold in FOLDS:
        place = run / "folds" / fold / SYSTEM
        told[f"{fold} features"] = contents(place / "features.h5")
        for name in ("history.csv", "training.json", "network.safetensors"):
            told[f"{fold} {name}"] = (place / "run" / name).read_bytes()
    return told


def check(run: Path, expected: dict[str, object]) -> None:
    assert found(run) == expected
    assert not (run / "run").exists()
    assert not list(run.rglob("*.draft"))


def await_epoch(run: Path, process: subprocess.Popen[str]) -> None:
    """Wait until another epoch of a fold that is not through is written down."""

    def written() -> set[tuple[Path, int]]:
        left = run.glob(f"folds/*/{SYSTEM}/run/last.ckpt")
        left = (one for one in left if not one.with_name("training.json").exists())
        return {(one, one.stat().st_mtime_ns) for one in left}

    before = written()
    while process.poll() is None and not written() - before:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()


def await_rest(run: Path) -> None:
    """Wait until no worker has a fold in hand."""
    end = time.monotonic() + 120
    for lock in run.glob(f"folds/*/{SYSTEM}/lock"):
        with lock.open("w") as stream:
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    assert time.monotonic() < end
                    time.sleep(0.05)


def test_a_fold_whose_worker_is_killed_is_continued_by_another(
    pair: Cluster, start: Run, run: Path, expected: dict[str, object], log: Path
) -> None:
    with start("--jobs", "2") as process:
        await_epoch(run, process)
        pair.kill(*pair.workers)
        begun = list(run.glob(f"folds/*/{SYSTEM}/run/last.ckpt"))
        for _ in range(2):
            pair.start_worker()
        lines = finish(process)
    assert f"3 folds by the workers of {pair.address}: {run}/folds" in lines
    assert [line for line in lines if re.fullmatch("[1-3] of 3 folds done", line)] == [
        f"{number} of 3 folds done" for number in (1, 2, 3)
    ]
    told = [line for line in lines if line.startswith(f"epoch {EPOCHS}/{EPOCHS}: ")]
    assert len(told) == len(FOLDS)
    told = [line for line in lines if line.startswith(f"epoch 1/{EPOCHS}: ")]
    assert len(told) == len(FOLDS) - len(begun), "what was begun goes on at the epoch"
    check(run, expected)
    once = len(FOLDS) * (EPOCHS + len(("dev", "test")))
    assert once <= len(log.read_text().splitlines()) <= once + 2 * len(pair.workers)


def test_what_was_interrupted_or_lost_its_scheduler_is_continued(
    pair: Cluster, start: Run, run: Path, expected: dict[str, object]
) -> None:
    with start() as process:
        await_epoch(run, process)
        process.send_signal(signal.SIGINT)
        *_, line = finish(process, code=128 + signal.SIGINT)
    assert line == "interrupted: what is finished is kept, the same command continues"
    await_rest(run)
    assert not list(run.glob("folds/*/*/features.h5")), "workers ended what they had in hand"
    with start(**SHORT) as process:
        await_epoch(run, process)
        pair.kill(pair.scheduler)
        *_, line = finish(process, code=1)
    assert line == f"error: {pair.address}: {GONE} continues then)"
    pair.mend(2)
    with start() as process:
        finish(process)
    check(run, expected)


def test_two_runs_on_one_folder_and_one_after_the_other_was_killed(
    pair: Cluster, start: Run, run: Path, expected: dict[str, object]
) -> None:
    """A worker that is out of touch holds a fold of the first one when the next one begins."""
    with start() as first:
        await_epoch(run, first)
        with start() as second:
            *_, line = finish(second, code=1)
        assert line == f"error: {run}: another process works there, need it to end first"
        assert first.poll() is None
        pair.workers[0].send_signal(signal.SIGSTOP)
        first.kill()
    with start() as process:
        while not list(run.glob("folds/*/*/features.h5")):
            assert process.poll() is None
            time.sleep(0.1)
        pair.workers[0].send_signal(signal.SIGCONT)
        finish(process)
    check(run, expected)


def test_the_cells_of_an_ablation(pair: Cluster, start: Run, run: Path) -> None:
    pytest.importorskip("matplotlib")
    with start("--cells", "25ms-40mel", "--fold", "spk2", command="ablate") as process:
        *_, line = finish(process)
    assert line == "1 of 1 fold done"
    assert [one.parent.name for one in run.glob("folds/spk2/*/features.h5")] == ["25ms-40mel"]


def test_a_fold_that_kills_its_workers_ends_the_run(
    launch: Run, run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    (tmp_path / "cluster").mkdir()
    deadly = Cluster(tmp_path / "cluster", DEADLY)
    deadly.start_worker()
    cluster = ("--backend", "dask", "--scheduler", deadly.address, "--fold", "spk1")
    with launch(run, *cluster) as process:
        *_, line = finish(process, code=1)
    deadly.end()
    assert line == (
        f"error: {run}: workers at work on a fold died one after the other, need another run (the "
        "same command continues; fewer workers on a machine leave each more memory)"
    )
