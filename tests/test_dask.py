"""Extraction by a Dask cluster: whatever happens to it, the output is that of one machine."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from dask_cluster import GONE, SHORT, SLOW, Cluster, check, extracting, finish, nine_parts
from test_crash import DEADLY

from deepspectrum_features import Encoder, extract, functionals
from deepspectrum_features.testing import contents, tone

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals that end a process"),
]

DSF = Path(sys.executable).with_name("dsf")
KILLS = int(os.environ.get("DSF_KILLS", "3"))
WORKERS = 4

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), SLOW.format(seconds=0.03))
    yield cluster
    cluster.end()


@pytest.fixture
def cluster(running: Cluster) -> Cluster:
    """Return a scheduler and four workers."""
    running.mend(WORKERS)
    return running


@pytest.fixture
def pair(running: Cluster) -> Cluster:
    """Return a scheduler and two workers, where more would show no more."""
    running.mend(2)
    return running


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nine_parts(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def expected(
    corpus: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """Return what one machine writes."""
    out = tmp_path_factory.mktemp("expected") / "out.h5"
    extract(corpus, out, encoder=encoder, jobs=1)
    return contents(out)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    return tmp_path / "results" / "out.h5"


@pytest.fixture
def start(corpus: Path, encoder: Encoder, out: Path, running: Cluster) -> Run:
    """Return what starts the extraction on the cluster."""

    def run(*options: str, source: Path = corpus, **environment: str) -> subprocess.Popen[str]:
        relative = os.path.relpath(source, out.parent)
        return extracting(relative, out, encoder, running.address, *options, **environment)

    return run


def await_part(out: Path, process: subprocess.Popen[str], finished: int = 1) -> None:
    """Wait until some parts are finished, and another one is in hand."""
    folder = out.with_name("out.h5.parts")
    while process.poll() is None and (
        len(list(folder.glob("[0-9]*.h5"))) < finished or not list(folder.glob("[0-9]*.trying"))
    ):
        time.sleep(0.005)
    assert process.poll() is None, process.communicate()


def await_rest(out: Path) -> None:
    """Wait until no worker has a part in hand."""
    end = time.monotonic() + 20
    while list(out.with_name("out.h5.parts").glob("[0-9]*.trying")):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("jobs", [None, 2])
def test_what_workers_give_is_what_one_machine_gives(
    cluster: Cluster, start: Run, out: Path, expected: dict[str, object], jobs: int | None
) -> None:
    folder, most = out.with_name("out.h5.parts"), 0
    with start(*([f"--jobs={jobs}"] if jobs else [])) as process:
        while process.poll() is None:
            most = max(most, len(list(folder.glob("[0-9]*.trying"))))
            time.sleep(0.01)
        lines = finish(process)
    assert len(lines) == 1
    assert re.fullmatch(r"out.h5: 360 rows x 12 columns, 271 s in .*", lines[0])
    assert most == (jobs or WORKERS), "at work at a time"
    check(out, expected)


def test_functionals_in_python(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("opensmile")
    done = functionals(
        folder, tmp_path / "a.h5", feature_set="egemaps", backend="dask", scheduler=cluster.address
    )
    assert done.rows == 8
    functionals(folder, tmp_path / "b.h5", feature_set="egemaps", jobs=1)
    assert contents(tmp_path / "a.h5") == contents(tmp_path / "b.h5")


def test_killed_workers_are_replaced_by_others(
    cluster: Cluster, start: Run, out: Path, expected: dict[str, object]
) -> None:
    """One after another is killed in the middle of a part, and a new one started."""
    generator, killed = random.Random(5), 0
    for _ in range(10):
        with start() as process:
            await_part(out, process, finished=0)
            while process.poll() is None and killed < KILLS:
                time.sleep(generator.random())
                cluster.kill(generator.choice(cluster.workers))
                killed += 1
                cluster.start_worker()
            finish(process)
        check(out, expected)
        if killed == KILLS:
            break
        out.unlink()
    assert killed == KILLS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_and_is_continued(
    cluster: Cluster, start: Run, out: Path, expected: dict[str, object], number: int
) -> None:
    with start() as process:
        await_part(out, process)
        process.send_signal(number)
        (line,) = finish(process, code=128 + number)
    word = "interrupted" if number == signal.SIGINT else "terminated"
    assert line == f"{word}: what is finished is kept, the same command continues"
    finished = sorted(path.name for path in out.with_name("out.h5.parts").glob("[0-9]*.h5"))
    await_rest(out)
    left = sorted(path.name for path in out.with_name("out.h5.parts").iterdir())
    assert left == [*finished, "lock"]
    with start() as process:
        lines = finish(process)
    assert lines[0] == f"continuing: {len(finished)} of 9 parts done"
    check(out, expected)


def test_a_recording_that_kills_workers_ends_as_on_one_machine(
    cluster: Cluster, start: Run, out: Path, tmp_path: Path, encoder: Encoder
) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for name in ("a", "b-crash-decode", "c"):
        soundfile.write(recordings / f"{name}.wav", tone(500, 31.0, sample_rate=8000), 8000)
    deadly = cluster.sitecustomize("deadly", DEADLY.format(number=int(signal.SIGSEGV)))
    cluster.kill(*cluster.workers)
    for _ in range(5):  # a task is given up when four workers died of it
        cluster.start_worker(path=deadly)
    with start(source=recordings, PYTHONPATH=str(deadly)) as process:
        (line,) = finish(process, code=1)
    assert "a process at work on it died, need another run (the same command goes round" in line
    assert len([one for one in cluster.workers if one.poll() is None]) == 1
    with start(source=recordings, PYTHONPATH=str(deadly)) as process:
        lines = finish(process, code=3)
    reason = "crashes the decoder (SIGSEGV), need another copy (convert it)"
    assert f"refused b-crash-decode.wav: {reason}" in lines
    cluster.kill(*cluster.workers)
    assert [path.name for path in out.parent.iterdir()] == ["out.h5"]


def test_a_scheduler_that_is_killed_or_hangs_ends_the_run(
    pair: Cluster, start: Run, out: Path, expected: dict[str, object]
) -> None:
    with start(**SHORT) as process:
        await_part(out, process)
        pair.scheduler.send_signal(signal.SIGSTOP)
        (line,) = finish(process, code=1)
    assert line == f"error: {pair.address}: {GONE} continues then)"
    pair.scheduler.send_signal(signal.SIGCONT)
    with start(**SHORT) as process:
        await_part(out, process, finished=3)
        pair.kill(pair.scheduler)
        (continuing, line) = finish(process, code=1)
    assert re.fullmatch("continuing: [1-8] of 9 parts done", continuing)
    assert line == f"error: {pair.address}: {GONE} continues then)"
    with start(**SHORT) as process:
        (_, line) = finish(process, code=1)
    assert line.startswith(f"error: {pair.address}: no scheduler answers (Timed out")
    pair.mend(2)
    with start() as process:
        lines = finish(process)
    assert re.fullmatch("continuing: [3-8] of 9 parts done", lines[0])
    check(out, expected)


def test_a_second_run_on_the_same_output_is_refused(
    pair: Cluster, start: Run, out: Path, expected: dict[str, object]
) -> None:
    with start() as first:
        await_part(out, first, finished=0)
        for one in pair.workers:
            one.send_signal(signal.SIGSTOP)
        with start() as second:
            (line,) = finish(second, code=1)
        for one in pair.workers:
            one.send_signal(signal.SIGCONT)
        assert line == "error: out.h5.parts: another process works there, need it to end first"
        finish(first)
    check(out, expected)


def test_what_a_killed_run_set_off_does_not_meet_another_one(
    pair: Cluster, start: Run, out: Path, corpus: Path, encoder: Encoder, tmp_path: Path
) -> None:
    """Its workers have parts in hand that the next run, with other options, has under that name."""
    with start() as process:
        await_part(out, process)
        for one in pair.workers[:1]:
            one.send_signal(signal.SIGSTOP)
        process.kill()
    with start("--channel", "1") as process:
        await_part(out, process, finished=3)
        for one in pair.workers[:1]:
            one.send_signal(signal.SIGCONT)
        finish(process)
    extract(corpus, tmp_path / "expected.h5", encoder=encoder, channel=1)
    check(out, contents(tmp_path / "expected.h5"))


def test_a_slow_worker_is_waited_for(
    pair: Cluster, start: Run, out: Path, expected: dict[str, object]
) -> None:
    with start(**SHORT) as process:
        await_part(out, process)
        pair.workers[0].send_signal(signal.SIGSTOP)
        time.sleep(6)
        assert process.poll() is None
        pair.workers[0].send_signal(signal.SIGCONT)
        finish(process)
    check(out, expected)


def test_a_full_shared_folder_is_one_line(
    pair: Cluster, start: Run, out: Path, expected: dict[str, object], library: Path
) -> None:
    """Of every worker the 25th call that writes there fails, and all that come after it."""
    pair.kill(*pair.workers)
    full = {
        "LD_PRELOAD": str(library),
        "DSF_FAIL_BELOW": str(out.parent),
        "DSF_FAIL_AT": "25",
        "DSF_FAIL_ERRNO": "28",
    }
    for _ in range(2):
        pair.start_worker(**full)
    with start() as process:
        (line,) = finish(process, code=1)
    assert re.fullmatch(rf"error: {out.parent}/out\.h5\.parts/\S+: No space left on device", line)
    assert not out.exists()
    await_rest(out)
    pair.kill(*pair.workers)
    pair.mend(2)
    with start() as process:
        finish(process)
    check(out, expected)
