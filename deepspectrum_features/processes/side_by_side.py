"""Work side by side in processes that end with this one, and leave Ctrl-C to it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky import process_executor

_Done = TypeVar("_Done")

_LOOK_SECONDS = 0.5


def in_processes(
    work: Callable[..., _Done],
    arguments: Iterable[tuple[Any, ...]],
    jobs: int,
    *,
    ordered: bool = False,
) -> Generator[_Done]:
    """Yield what work returns for each of some arguments.

    Closing the generator ends what is still at work.

    Parameters
    ----------
    work : callable
        A function of a module; it, its arguments and what it returns are pickled.
    arguments : iterable of tuple
    jobs : int
        Processes at a time.
    ordered : bool, optional
        Yield in the order of the arguments; else what is done first comes first.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        If a process dies.
    """
    parallel = Parallel(
        jobs,
        return_as="generator" if ordered else "generator_unordered",
        initializer=_begin,
        initargs=(os.getpid(),),
    )
    results = None
    try:
        calls = (delayed(work)(*one) for one in arguments)
        with _holding_interrupts():
            results = parallel(chain([delayed(_nothing)()], calls))
            next(results)  # joblib ends in order only once a process has begun
        for one in results:  # noqa: UP028 - yield from would close them, and joblib give advice
            yield one
    finally:
        _close(results)


def _nothing() -> None:
    """Be done, in a process."""


@contextmanager
def _holding_interrupts() -> Iterator[None]:
    """Keep Ctrl-C waiting; processes that begin meanwhile get none, not even as they import."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # once it begins, it lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _close(results: Any) -> None:
    """End what is still at work, without joblib's advice to begin less."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        if results is not None:
            results.close()


def _begin(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end soon after it: it may be killed, this would wait on."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process_executor._USE_PSUTIL = False  # else what work imports is a leak, and ends the process
    threading.Thread(target=watch, daemon=True).start()
