"""A part for another machine: computed there if that sees the same, and as long as it is wanted."""

from __future__ import annotations

import pickle
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.errors import CorpusError, DsfError, FeatureFileError
from deepspectrum_features.extraction.cluster import Dask, patience
from deepspectrum_features.extraction.executors import Progress
from deepspectrum_features.extraction.part_task import PartTask, is_finished, part_path
from deepspectrum_features.files import write_text
from deepspectrum_features.provenance import READING, software_versions

#: Names, in the folder of parts, the run that they are computed for.
TICKET = "run"

_LOOK_SECONDS = 1.0
_alone = threading.Lock()


@dataclass(frozen=True)
class Ticket:
    """A file that says which run a folder of parts belongs to; work for any other ends.

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
    """Give a folder of parts to a run that other machines work for, until it ends.

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


def run_shared(
    tasks: Iterable[PartTask], cluster: Dask, folder: Path, alone: bool, progress: Progress
) -> None:
    """Let the workers of a cluster compute parts, and see that all of them are there.

    Parameters
    ----------
    tasks : iterable of PartTask
    cluster : Dask
    folder : Path
        Where parts are written, which all machines share.
    alone : bool
        Whether one is computed at a time in a process, however many threads it has.
    progress : callable

    Raises
    ------
    DsfError
        If a machine is not like this one, does not see what this one sees, or there is no working
        with the cluster.
    """
    patient, paths = patience(), list[Path]()
    with ticket_for(folder, patient) as ticket:

        def sent() -> Iterator[SharedTask]:
            for task in tasks:
                paths.append(part_path(task.part, folder))
                yield SharedTask.of(task, ticket, alone)

        cluster.run(sent(), progress)
        for path in paths:
            if not appears(path, patient):
                raise FeatureFileError(f"{path}: not there, need a folder that all machines share")


@dataclass(frozen=True)
class SharedTask:
    """A `PartTask` on its way to a machine that shares the folders it reads and writes.

    Attributes
    ----------
    task : bytes
        Pickled: it is of use only where the software is the same.
    versions : dict of str to str
        Of the software here.
    stamp : str
        Of the part's recordings as they are seen here.
    ticket : Ticket
    alone : bool
        Whether one is computed at a time in a process, however many threads it has.
    """

    task: bytes
    versions: dict[str, str]
    stamp: str
    ticket: Ticket
    alone: bool

    @classmethod
    def of(cls, task: PartTask, ticket: Ticket, alone: bool) -> SharedTask:
        """Prepare a task for its way; paths that are relative mean nothing elsewhere."""
        corpus = replace(task.corpus, root=task.corpus.root.absolute())
        task = replace(task, corpus=corpus, folder=task.folder.absolute())
        versions = software_versions([*READING, *task.worker.versions()])
        return cls(pickle.dumps(task), versions, task.part.stamp(corpus.root), ticket, alone)

    def __call__(self, progress: Progress) -> None:
        """Look whether this machine can do it, and do it unless it is done already."""
        task = self._arrived()
        looked = time.monotonic()

        def report(count: int, seconds: float) -> None:
            nonlocal looked
            if not count or time.monotonic() - looked > _LOOK_SECONDS:
                self.ticket.check()
                looked = time.monotonic()
            progress(count, seconds)

        if is_finished(task.part, task.corpus, task.folder):  # who did it died before saying so
            report(len(task.part.utterances), task.part.seconds)
            return
        with _alone if self.alone else nullcontext():
            task(report)

    def _arrived(self) -> PartTask:
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
        task: PartTask = pickle.loads(self.task)
        if task.part.stamp(task.corpus.root) != self.stamp:
            first, last = task.part.utterances[0].file, task.part.utterances[-1].file
            raise CorpusError(
                f"{_address()}: sees other recordings in {task.corpus.root} than are here, "
                f"something from {first} to {last}, need a folder that all machines share (if they "
                "were changed just now, run again)"
            )
        return task


def _address() -> str:
    """Return the address of the worker that this is."""
    from distributed import get_worker

    return str(get_worker().address)
