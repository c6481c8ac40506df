"""Work for another machine: done there if that sees the same, and as long as it is wanted."""

from __future__ import annotations

import pickle
import threading
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import CorpusError, DsfError, FeatureFileError
from deepspectrum_features.extraction.cluster import Dask, patience
from deepspectrum_features.extraction.executors import Progress
from deepspectrum_features.extraction.plan import stamp
from deepspectrum_features.files import write_text
from deepspectrum_features.processes.allocation import keep_as_usual
from deepspectrum_features.provenance import READING, software_versions

#: Names, in the folder that is written to, the run that it is written for.
TICKET = "run"

_LOOK_SECONDS = 1.0
_alone = threading.Lock()


@dataclass(frozen=True)
class Ticket:
    """A file that says which run a folder belongs to; work for any other ends.

    Attributes
    ----------
    path : Path
    number : str
        What stands in it, no other run's.
    patience : float, s
        How long a machine may take to see what another has written.
    """

    path: Path
    number: str
    patience: float

    def check(self) -> None:
        """Refuse to work on for a run that has ended, or lost the folder to another.

        Raises
        ------
        FeatureFileError
            If it has.
        """
        try:
            number = self.path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            number = ""
        if number != self.number:
            raise FeatureFileError(
                f"{self.path.parent}: another run took it over, or somebody removed it, need one "
                "run at a time"
            )


@contextmanager
def ticket_for(folder: Path, patience: float) -> Iterator[Ticket]:
    """Give a folder to a run that other machines work for, until it ends.

    Parameters
    ----------
    folder : Path
    patience : float, s
        How long a machine may take to see what another has written.
    """
    ticket = Ticket(folder.absolute() / TICKET, uuid.uuid4().hex, patience)
    write_text(ticket.path, ticket.number)
    try:
        yield ticket
    finally:
        ticket.path.unlink(missing_ok=True)


def appears(path: Path, patience: float) -> bool:
    """Whether a file is there, or comes: network file systems show late what others wrote."""
    end = time.monotonic() + patience
    while not path.exists():
        if time.monotonic() > end:
            return False
        time.sleep(min(_LOOK_SECONDS, patience))
    return True


class Shareable(Protocol):
    """Work on a corpus that any machine can do which sees the same folders: paths are absolute.

    Attributes
    ----------
    corpus : Corpus
        What the work needs of it.
    path : Path
        What is written in the end.
    """

    @property
    def corpus(self) -> Corpus:
        """What the work needs of a corpus."""

    @property
    def path(self) -> Path:
        """What is written in the end."""

    def packages(self) -> Iterable[str]:
        """Return the names of the packages that only this work uses."""

    def __call__(self, progress: Progress) -> Any:
        """Do it; what is done already is not done again."""


def run_shared(
    tasks: Iterable[Shareable], cluster: Dask, folder: Path, alone: bool
) -> Generator[tuple[Any, int, float]]:
    """Let the workers of a cluster do tasks, and see that all comes of it.

    Closing the generator ends the work.

    Parameters
    ----------
    tasks : iterable of Shareable
    cluster : Dask
    folder : Path
        Where all of it is written, which all machines share.
    alone : bool
        Whether one is done at a time in a process, however many threads it has.

    Yields
    ------
    returned : object
        What a task returns.
    count : int
    seconds : float
        Sums of what it reported.

    Raises
    ------
    DsfError
        If a machine is not like this one, does not see what this one sees, or there is no working
        with the cluster.
    ProcessDiedError
        If one worker after another is lost at a task.
    """
    patient, paths = patience(), list[Path]()
    with ticket_for(folder, patient) as ticket:

        def sent() -> Iterator[SharedTask]:
            for task in tasks:
                paths.append(task.path)
                yield SharedTask.of(task, ticket, alone)

        yield from cluster.run(sent())
        for path in paths:
            if not appears(path, patient):
                raise FeatureFileError(f"{path}: not there, need a folder that all machines share")


@dataclass(frozen=True)
class SharedTask:
    """A task on its way to a machine that shares the folders it reads and writes.

    Attributes
    ----------
    task : bytes
        Pickled: it is of use only where the software is the same.
    versions : dict of str to str
        Of the software here.
    stamp : str
        Of the recordings as they are seen here.
    ticket : Ticket
    alone : bool
        Whether one is done at a time in a process, however many threads it has.
    """

    task: bytes
    versions: dict[str, str]
    stamp: str
    ticket: Ticket
    alone: bool

    @classmethod
    def of(cls, task: Shareable, ticket: Ticket, alone: bool) -> SharedTask:
        """Prepare a task for its way."""
        versions = software_versions([*READING, *task.packages()])
        return cls(pickle.dumps(task), versions, _stamp(task.corpus), ticket, alone)

    def __call__(self, progress: Progress) -> Any:
        """Look whether this machine can do it, and do it."""
        task = self._arrived()
        keep_as_usual()
        looked = time.monotonic()

        def report(count: int, seconds: float) -> None:
            nonlocal looked
            if not count or time.monotonic() - looked > _LOOK_SECONDS:
                self.ticket.check()
                looked = time.monotonic()
            progress(count, seconds)

        with _alone if self.alone else nullcontext():
            return task(report)

    def _arrived(self) -> Shareable:
        """Return the task, after checking that it gives here what it would give at home."""
        here = software_versions(self.versions.keys() - {"deepspectrum_features", "python"})
        for name, version in self.versions.items():
            if (found := here.get(name, "missing")) != version:
                raise DsfError(
                    f"{_address()}: {name} {found}, need {version} as here (install the same "
                    "versions on all machines)"
                )
        if not appears(self.ticket.path, self.ticket.patience):
            raise FeatureFileError(
                f"{_address()}: does not see {self.ticket.path.parent}, need a folder that all "
                "machines share"
            )
        self.ticket.check()
        task: Shareable = pickle.loads(self.task)
        if _stamp(task.corpus) != self.stamp:
            first, last = task.corpus.utterances[0].file, task.corpus.utterances[-1].file
            raise CorpusError(
                f"{_address()}: sees other recordings in {task.corpus.root} than are here, "
                f"something from {first} to {last}, need a folder that all machines share (if they "
                "were changed just now, run again)"
            )
        return task


def _stamp(corpus: Corpus) -> str:
    """Digest what is seen of the recordings of a corpus."""
    return stamp(corpus.root, dict.fromkeys(one.file for one in corpus.utterances))


def _address() -> str:
    """Return the address of the worker that this is."""
    from distributed import get_worker

    return str(get_worker().address)
