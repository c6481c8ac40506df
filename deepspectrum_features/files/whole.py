"""Files that stand whole under their name, or not at all."""

from __future__ import annotations

import errno
import glob
import itertools
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepspectrum_features.errors import DsfError

#: What file systems say that flush no folders, such as some of networks.
_NO_FLUSH = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)
_numbers = itertools.count(1)


def check_folder_of(path: Path, error: type[DsfError]) -> None:
    """Refuse a file to write whose folder is missing or closed, before any work."""
    if not path.parent.is_dir():
        raise error(f"{path.parent}: no such folder, need one to write {path.name} in")
    check_folder(path.parent, error)


def check_file(path: Path, error: type[DsfError]) -> None:
    """Refuse a file to write that is a folder, leads nowhere, or lies in no open folder."""
    check_folder_of(path, error)
    if path.is_dir():
        raise error(f"{path}: a folder, need the name of a file to write")
    if path.is_symlink() and not path.exists():
        raise error(f"{path}: a link to nothing, need the name of a file to write")


def check_folder(folder: Path, error: type[DsfError]) -> None:
    """Refuse a folder that cannot be written in, or not be made where it is missing."""
    there = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not there.is_dir():
        raise error(f"{there}: not a folder, need one to write in")
    if not os.access(there, os.W_OK | os.X_OK):
        raise error(f"{there}: not writable, need a folder to write in")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; on success flush it to disk and rename it.

    On an error nothing stands under either name; what a killed process left is removed.
    """
    _remove_orphans(path)
    draft = _draft_of(path)
    try:
        yield draft
        _flush(draft)
        give_name(draft, path)
    except OSError as error:
        error.filename = str(path)  # writing tells of a full disk, but not where
        raise
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; on success it takes the name, and what is there.

    On an error nothing stands under either name that was not there before.
    """
    _remove_orphans(path)
    draft = _draft_of(path)
    draft.mkdir()
    try:
        yield draft
        for file in draft.iterdir():
            _flush(file)
        flush_folder(draft)
        _remove(path)
        give_name(draft, path)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        _remove(draft)


def give_name(draft: Path, path: Path) -> None:
    """Let a draft stand under its name, and wait until the disk knows it by that.

    Whoever then removes what the file was made of loses nothing when the power goes.
    """
    draft.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system does that."""
    if sys.platform == "win32":  # which opens no folders
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # it may be written in all the same
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            error.filename = str(folder)
            raise
    finally:
        os.close(descriptor)


def _draft_of(path: Path) -> Path:
    """Return a name that nobody else takes, in a thread or on a machine that shares the folder."""
    writer = f"{_machine()}-{os.getpid()}-{next(_numbers)}"
    return path.with_name(f".{path.name}.{writer}.draft")


def _machine() -> str:
    return platform.node().partition(".")[0]


def _flush(file: Path) -> None:
    """Wait until a file is on the disk."""
    descriptor = os.open(file, os.O_RDWR)  # Windows does not flush what is open for reading
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    """Remove a file, a folder or a link to one, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_orphans(path: Path) -> None:
    """Remove the drafts of this name whose process, on this machine, is no more."""
    drafts = glob.escape(f".{path.name}.{_machine()}-") + "*-*.draft"
    for draft in path.parent.glob(drafts):
        process = draft.name.split("-")[-2]
        if process.isdecimal() and not _is_alive(int(process)):
            _remove(draft)


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":  # there os.kill is no question, but an order
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def write_text(path: Path, text: str) -> None:
    """Write a whole text file."""
    with whole_file(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8", newline="\n")
