"""Locks that keep a second process out of a folder."""

from __future__ import annotations

import errno
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType

from deepspectrum_features.errors import FeatureFileError

#: Numbers of the errors that Lustre, NFS and others give where nobody can lock a file.
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)
_LOOK_SECONDS = 0.5
_without_locks: set[int] = set()  # the file systems that a warning told of

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows, where filelock knows how
    fcntl = None


@contextmanager
def alone(lock: Path, waiting: Callable[[], object] | None = None) -> Iterator[None]:
    """Hold a lock file; refuse at once where another process holds it, or wait for it.

    On a file system without locks a warning says so, once, and nothing is held.

    Parameters
    ----------
    lock : Path
    waiting : callable, optional
        Called now and then while another process holds it; what it raises ends the waiting.
        Default: nobody waits.

    Raises
    ------
    FeatureFileError
        If somebody else is at work.
    """
    with ExitStack() as held:
        while not _take(lock, held):
            if waiting is None:
                raise FeatureFileError(
                    f"{lock.parent}: another process works there, need it to end first"
                )
            waiting()
            time.sleep(_LOOK_SECONDS)
        yield


def _take(lock: Path, held: ExitStack) -> bool:
    """Take a lock, where there are locks at all; return whether nobody else holds it."""
    if fcntl is None:
        return _take_without_fcntl(lock, held)
    stream = held.enter_context(lock.open("w"))
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            error.filename = str(lock)
            raise
        _warn_of_no_locks(os.fstat(stream.fileno()).st_dev, lock.parent)
    return True


def _take_without_fcntl(lock: Path, held: ExitStack) -> bool:
    """Take it by the means of the system: the killed let go here too."""
    from filelock import FileLock, Timeout

    try:
        held.enter_context(FileLock(lock, timeout=0))
    except Timeout:
        return False
    return True


def _warn_of_no_locks(file_system: int, folder: Path) -> None:
    """Say that a second run would not be noticed, once for each file system."""
    if file_system not in _without_locks:
        _without_locks.add(file_system)
        warnings.warn(
            f"{folder}: a file system without locks, a second run there would not be noticed",
            stacklevel=2,
        )
