"""Locks that keep a second process out of a folder."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType

from deepspectrum_features.errors import FeatureFileError

#: Numbers of the errors that Lustre, NFS and others give where nobody can lock a file.
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)
_without_locks: set[int] = set()  # the file systems that a warning told of

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows, where filelock knows how
    fcntl = None


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock file; refuse at once where another process holds it.

    On a file system without locks a warning says so, once, and nothing is held.

    Raises
    ------
    FeatureFileError
        If somebody else is at work.
    """
    with ExitStack() as held:
        _take(lock, held)
        yield


def _take(lock: Path, held: ExitStack) -> None:
    """Take a lock, where there are locks at all."""
    if fcntl is None:
        _take_without_fcntl(lock, held)
        return
    stream = held.enter_context(lock.open("w"))
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _at_work(lock) from None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            error.filename = str(lock)
            raise
        _warn_of_no_locks(os.fstat(stream.fileno()).st_dev, lock.parent)


def _take_without_fcntl(lock: Path, held: ExitStack) -> None:
    """Take it by the means of the system: the killed let go here too."""
    from filelock import FileLock, Timeout

    try:
        held.enter_context(FileLock(lock, timeout=0))
    except Timeout:
        raise _at_work(lock) from None


def _at_work(lock: Path) -> FeatureFileError:
    return FeatureFileError(f"{lock.parent}: another process works there, need it to end first")


def _warn_of_no_locks(file_system: int, folder: Path) -> None:
    """Say that a second run would not be noticed, once for each file system."""
    if file_system not in _without_locks:
        _without_locks.add(file_system)
        warnings.warn(
            f"{folder}: a file system without locks, a second run there would not be noticed",
            stacklevel=2,
        )
