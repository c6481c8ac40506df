"""Executors: every task once, so many at a time, and nothing at work when they are through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deepspectrum_features.extraction.executors import (
    Executor,
    ProcessDiedError,
    Processes,
    Progress,
    Task,
    Threads,
    run_in_thread,
)
from deepspectrum_features.testing import tiny_corpus

DSF = Path(sys.executable).with_name("dsf")

WORK_APART = """
import time
from deepspectrum_features.extraction.executors import Processes

def task(progress):
    print("at work", flush=True)
    time.sleep(60)

Processes(2).run([task, task], print)
"""
EXECUTORS = [Threads(1), Threads(3), Processes(2)]
each = pytest.mark.parametrize("executor", EXECUTORS, ids=["1 thread", "3 threads", "2 processes"])


def counting(number: int) -> Task:
    """Return a task that reports one utterance and half a second, so many times.

    Local functions are sent to a process whole: it cannot import this module.
    """

    def task(progress: Progress) -> None:
        for _ in range(number):
            progress(1, 0.5)

    return task


def failing() -> Task:
    """Return a task that raises."""

    def task(progress: Progress) -> None:
        raise LookupError("from a task")

    return task


def killed() -> Task:
    """Return a task whose process is killed."""
    return lambda progress: os.kill(os.getpid(), signal.SIGKILL)


def asking() -> Task:
    """Return a task that reports whether its process ignores Ctrl-C."""
    return lambda progress: progress(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, 0.0)


def run(executor: Executor, *tasks: Task) -> tuple[int, float]:
    """Run tasks; return the sums of what they reported."""
    reports: list[tuple[int, float]] = []
    executor.run(iter(tasks), lambda *report: reports.append(report))
    return sum(count for count, _ in reports), sum(seconds for _, seconds in reports)


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait, five seconds at most."""
    end = time.monotonic() + 5
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.001)


@each
def test_every_task_is_run_once_and_its_progress_told(executor: Executor) -> None:
    assert run(executor, *map(counting, range(20))) == (190, 95.0)  # 0 + 1 + ... + 19, halved
    assert run(executor) == (0, 0.0)


@each
def test_what_tasks_return_comes_back(executor: Executor) -> None:
    def returning(number: int) -> Task:
        return lambda progress: number

    found = executor.run(map(returning, range(5)), lambda count, seconds: None)
    assert sorted(found) == [0, 1, 2, 3, 4]


@each
def test_what_a_task_raises_is_raised(executor: Executor) -> None:
    with pytest.raises(LookupError, match="from a task"):
        run(executor, counting(3), failing(), counting(3))


@pytest.mark.parametrize("jobs", [1, 3])
def test_threads_are_as_many_as_the_jobs(jobs: int) -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def work(progress: Progress) -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        wait_until(lambda: most >= jobs)
        time.sleep(0.02)  # one more would have begun by then
        with lock:
            at_work -= 1

    run(Threads(jobs), *[work] * 12)
    assert most == jobs


def test_after_a_failure_no_task_begins_and_those_at_work_end() -> None:
    began: list[str] = []
    stopped = threading.Event()

    def long(progress: Progress) -> None:
        began.append("long")
        stopped.wait(5)  # as if inside onnxruntime, until it is stopped
        progress(0, 0.0)
        began.append("never")

    def fails(progress: Progress) -> None:
        wait_until(lambda: bool(began))
        raise LookupError("from a task")

    before = threading.active_count()
    later = [lambda progress: began.append("later")] * 50
    with pytest.raises(LookupError, match="from a task"):
        run(Threads(2, stopped.set), long, fails, *later)
    wait_until(lambda: threading.active_count() <= before)
    assert stopped.is_set()
    assert "never" not in began
    assert began.count("later") < 50


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2, 3])
def test_threads_are_waited_for_through_a_second_interruption(times: int) -> None:
    events: list[str] = []

    def work(progress: Progress) -> None:
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
        events.append("end of what cannot be cut short")
        progress(0, 0.0)
        events.append("never")

    with pytest.raises(KeyboardInterrupt):
        run(Threads(2), work, counting(3))
    assert events == ["end of what cannot be cut short"]


def test_what_is_run_in_a_thread_ends_where_it_looks_up() -> None:
    blocks: list[int] = []

    def work(look_up: Callable[[], object]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for block in range(1000):
            look_up()
            blocks.append(block)
            time.sleep(0.005)

    with pytest.raises(KeyboardInterrupt):
        run_in_thread(work)
    assert len(blocks) < 200


def test_a_process_that_dies_is_an_error_of_its_own() -> None:
    with pytest.raises(ProcessDiedError):
        run(Processes(2), counting(1), killed())


@pytest.mark.slow
def test_processes_end_soon_after_their_parent_was_killed() -> None:
    """They hold its standard output open."""
    with subprocess.Popen([sys.executable, "-c", WORK_APART], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"at work\n"
        parent.kill()
        parent.communicate(timeout=20)


def test_processes_leave_an_interruption_to_their_parent() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert run(Processes(2), *[asking()] * 6) == (6, 0.0)
    assert run(Threads(2), *[asking()] * 6) == (0, 0.0)
    assert signal.getsignal(signal.SIGINT) is before


def processes_of(parent: subprocess.Popen[str]) -> list[int]:
    """Return the processes that run the tasks of another process."""
    found = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text(encoding="ascii")
    return [int(one) for one in found.split() if b"LokyProcess" in command_of(one)]


def command_of(process: str) -> bytes:
    """Return what a process was called with, nothing of one that is no more."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
@pytest.mark.parametrize("seconds", [0, 0.1, 0.3])
def test_an_interruption_while_processes_begin_is_one_line(tmp_path: Path, seconds: float) -> None:
    """A terminal sends Ctrl-C to all of them: those that still import have nothing to say."""
    pytest.importorskip("opensmile")
    tones = tiny_corpus(tmp_path / "tones", speakers=2, per_class=12)
    command = [str(DSF), "functionals", str(tones), str(tmp_path / "out.h5"), "-j", "2"]
    with subprocess.Popen(
        [*command, "--set", "compare"], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        while parent.poll() is None and len(processes_of(parent)) < 2:
            time.sleep(0.002)
        time.sleep(seconds)
        os.killpg(parent.pid, signal.SIGINT)
        said = parent.communicate()[1].split("\n")
    assert parent.returncode == 130
    assert [line for line in said if line] == [
        "interrupted: what is finished is kept, the same command continues"
    ]
