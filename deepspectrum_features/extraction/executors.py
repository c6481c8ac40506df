"""Tasks run side by side, in threads or in processes: the seam between parts and machines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from deepspectrum_features.processes.side_by_side import in_processes

#: Receives the utterances and the seconds of sound that were done since its last call. What it
#: raises ends the work.
Progress = Callable[[int, float], object]
Task = Callable[[Progress], Any]

_LOOK_SECONDS = 0.5


class StoppedError(Exception):
    """Ends a thread's work between two batches, or two blocks of a file."""


class ProcessDiedError(Exception):
    """A process at work died, of a crash or because it was killed."""


class Executor(Protocol):
    """Runs tasks side by side."""

    def run(self, tasks: Iterable[Task], progress: Progress) -> list[Any]:
        """Run every task to its end; return what they return, those that end first before others.

        When a task fails, or this thread is interrupted, no other task begins, those at work are
        ended, and what was raised is raised here. Nothing is at work any more when this returns.

        Parameters
        ----------
        tasks : iterable of callable
            Each is called with what it reports its progress to.
        progress : callable
            Receives what the tasks report.

        Raises
        ------
        ProcessDiedError
            If a process that runs tasks is lost.
        """


@dataclass(frozen=True)
class Threads:
    """Runs tasks in threads of this process; they report whenever they call ``progress``.

    Attributes
    ----------
    jobs : int
        Tasks at a time.
    stop : callable
        Cuts short what tasks are computing outside of Python.
    """

    jobs: int
    stop: Callable[[], object] = lambda: None

    def run(self, tasks: Iterable[Task], progress: Progress) -> list[Any]:
        """Run every task; see `Executor`. A second Ctrl-C does not keep it from waiting."""
        stopped = threading.Event()
        at_work: set[int] = set()

        def report(count: int, seconds: float) -> None:
            if stopped.is_set():
                raise StoppedError
            progress(count, seconds)

        def start(task: Task) -> Any:
            at_work.add(threading.get_ident())
            try:
                report(0, 0.0)
                return task(report)
            finally:
                at_work.discard(threading.get_ident())

        pool, returned = ThreadPoolExecutor(self.jobs), []
        try:
            tasks, waiting = iter(tasks), set[Future[Any]]()
            while True:  # what a task needs is made when its turn is near
                for task in islice(tasks, 2 * self.jobs - len(waiting)):
                    waiting.add(pool.submit(start, task))
                if not waiting:
                    break
                # Windows notices a Ctrl-C between two waits only
                done, waiting = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
                returned += [future.result() for future in done]
        except BaseException:
            stopped.set()
            self.stop()
            raise
        finally:
            _end(pool, at_work)
        return returned


@dataclass(frozen=True)
class Processes:
    """Runs tasks in processes; they report when a task is done.

    Attributes
    ----------
    jobs : int
        Tasks at a time.
    """

    jobs: int

    def run(self, tasks: Iterable[Task], progress: Progress) -> list[Any]:
        """Run every task; see `Executor`. Processes that are at work are killed to end them."""
        calls, returned = ((task,) for task in tasks), []
        try:
            with closing(in_processes(run_reporting, calls, self.jobs)) as reports:
                for one, count, seconds in reports:
                    progress(count, seconds)
                    returned.append(one)
        except BrokenProcessPool:
            raise ProcessDiedError from None
        return returned


def run_reporting(task: Task) -> tuple[Any, int, float]:
    """Run a task elsewhere; return what it returns, and the sums of its reports."""
    reports: list[tuple[int, float]] = []
    returned = task(lambda count, seconds: reports.append((count, seconds)))
    return returned, sum(count for count, _ in reports), sum(seconds for _, seconds in reports)


def run_in_thread(work: Callable[[Callable[[], object]], object]) -> None:
    """Do work that a Ctrl-C must not reach, such as HDF5's, which does not survive an exception.

    ``work`` is called with what it calls now and then, to be ended there.
    """
    Threads(1).run([lambda report: work(lambda: report(0, 0.0))], lambda count, seconds: None)


def _end(pool: ThreadPoolExecutor, at_work: set[int]) -> None:
    """Wait until no thread is at work: one in onnxruntime when the interpreter ends would abort it.

    Joining would not do: Python takes a thread for ended when a signal interrupts the joining.
    """
    while True:
        try:
            pool.shutdown(wait=False, cancel_futures=True)
            while at_work:
                time.sleep(0.01)
        except (KeyboardInterrupt, SystemExit):  # the first one is on its way already
            continue
        return
