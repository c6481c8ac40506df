"""Tasks run by the workers of a Dask cluster that somebody has started."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from deepspectrum_features import __version__
from deepspectrum_features.errors import DsfError, first_line
from deepspectrum_features.extraction.executors import ProcessDiedError, Task, run_reporting
from deepspectrum_features.extras import naming_extras

if TYPE_CHECKING:
    from distributed import Client, Future

_LOOK_SECONDS, _CLOSE_SECONDS = 0.5, 5.0
_LIBRARIES = ("distributed", "tornado", "asyncio")


@naming_extras()
def patience() -> float:
    """Return for how many seconds an answer is waited for, as Dask's configuration says."""
    import dask
    import distributed  # noqa: F401 - brings its part of the configuration
    from dask.utils import parse_timedelta

    return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"), "s"))


@dataclass(frozen=True)
class Dask:
    """Runs tasks by the workers of a Dask cluster; they report when a task is done.

    Where a worker is lost, others do its task again. Tasks that are at work when a run ends are not
    waited for, as nobody can end a thread of another machine: they have to find out.

    Attributes
    ----------
    scheduler : str
        Its address.
    jobs : int, optional
        Tasks at a time; default one for every thread that the workers have.
    """

    scheduler: str
    jobs: int | None = None

    def run(self, tasks: Iterable[Task]) -> Generator[tuple[Any, int, float]]:
        """Run every task; yield what each returns, and the sums of its reports, as they end.

        No more are on their way than can be at work. Closing the generator lets go of them.

        Raises
        ------
        DsfError
            If the scheduler does not answer, was restarted, or has no worker for too long.
        ProcessDiedError
            If one worker after another is lost at a task.
        """
        left = iter(tasks)
        with _connected(self.scheduler) as cluster:
            while True:
                threads = cluster.threads()
                room = min(threads, self.jobs or threads) - len(cluster.at_work)
                for task in islice(left, max(room, 0)):
                    cluster.submit(task)
                if not cluster.at_work:
                    return
                yield from cluster.done()


class _Cluster:
    """A scheduler that answers, and what it was asked to do."""

    def __init__(self, scheduler: str, client: Client, patience: float) -> None:
        self.at_work: set[Future[Any]] = set()
        self._scheduler, self._client, self._patience = scheduler, client, patience
        self._ended: SimpleQueue[Future[Any]] = SimpleQueue()

    def threads(self) -> int:
        """Return how many threads the workers have, once there are some."""
        end = time.monotonic() + self._patience
        while not (found := self._ask()):
            if time.monotonic() > end:
                raise DsfError(
                    f"{self._scheduler}: no worker for {self._patience:g} s, need some (dask "
                    f"worker {self._scheduler})"
                )
            time.sleep(_LOOK_SECONDS)
        return found

    def submit(self, task: Task) -> None:
        """Let some worker do a task."""
        from distributed.protocol.pickle import dumps

        with self._losing_it():
            future = self._client.submit(_courier(), dumps((run_reporting, task)), pure=False)
        self.at_work.add(future)
        future.add_done_callback(self._ended.put)

    def done(self) -> Iterator[tuple[Any, int, float]]:
        """Yield what a task gives that has ended, if one does so soon."""
        with suppress(Empty):
            future = self._ended.get(timeout=_LOOK_SECONDS)
            if found := self._result(future):
                self.at_work.discard(future)
                yield found
            else:  # the worker that has it was lost: another one does it again
                future.add_done_callback(self._ended.put)

    def close(self) -> None:
        """Let go of everything; what has not begun will not."""
        with suppress(Exception):  # of a scheduler that is gone too
            self._client.close(timeout=_CLOSE_SECONDS)

    def _ask(self) -> int:
        """Return how many threads the scheduler knows of."""
        with self._losing_it(OSError):
            identity = self._client.scheduler.identity
            told = self._client.sync(identity, n_workers=0, callback_timeout=self._patience)
        return int(told["total_threads"])

    def _result(self, future: Future[Any]) -> Any:
        """Return what a task gives, nothing where it is not to be had; raise what it raises."""
        from distributed.scheduler import KilledWorker

        error = None
        with self._losing_it(), suppress(TimeoutError):
            error = future.exception(timeout=self._patience)
            if error is None:
                return future.result(timeout=self._patience)
        if isinstance(error, KilledWorker):
            raise ProcessDiedError
        if isinstance(error, ImportError):
            raise DsfError(
                f"{first_line(error)}, need deepspectrum_features {__version__} as here (install "
                "the same versions on all machines)"
            )
        if error is not None:
            raise error
        return None

    @contextmanager
    def _losing_it(self, *signs: type[Exception]) -> Iterator[None]:
        """Say that the scheduler is gone where an error is a sign of that."""
        from distributed.client import ClosedClientError
        from distributed.comm import CommClosedError

        try:
            yield
        except (CancelledError, ClosedClientError, CommClosedError, *signs):
            raise DsfError(
                f"{self._scheduler}: the scheduler is gone, out of reach or was restarted, need it "
                "and its workers (the same command continues then)"
            ) from None


def _courier() -> Callable[[bytes], Any]:
    """Return what calls a pickled function in a worker.

    As a function in a function it travels whole: scheduler and workers need nothing of this package
    to read it, and a worker that lacks something can say so.
    """

    def call(pickled: bytes) -> Any:
        import pickle

        from distributed import get_worker

        try:
            function, argument = pickle.loads(pickled)
        except Exception as error:
            raise ImportError(f"{get_worker().address}: {error}") from None
        return function(argument)

    return call


@contextmanager
def _connected(scheduler: str) -> Iterator[_Cluster]:
    """Connect to a scheduler, whose libraries say nothing meanwhile: we do, in one line."""
    from distributed import Client
    from distributed.security import Security

    seconds, security = patience(), Security()
    if scheduler.startswith("tls:") and not security.get_connection_args("client")["ssl_context"]:
        raise DsfError(
            f"{scheduler}: no certificate to show, need distributed.comm.tls in Dask's "
            "configuration"
        )
    with _silent():
        try:
            client = Client(scheduler, timeout=seconds, security=security, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise DsfError(
                f"{scheduler}: no scheduler answers ({first_line(error)}), need one that runs "
                "(dask scheduler)"
            ) from None
        cluster = _Cluster(scheduler, client, seconds)
        try:
            yield cluster
        finally:
            cluster.close()


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what Dask's libraries log, and warn of, from the terminal."""
    known = [name for name in logging.root.manager.loggerDict if name.startswith(_LIBRARIES)]
    levels = {name: logging.getLogger(name).level for name in known}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="distributed")
        for name in levels:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
