"""Files that stand whole under their name, or not at all."""

from __future__ import annotations

import glob
import hashlib
import io
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deepspectrum_features.errors import DsfError

#: What Windows keeps for devices, whatever the suffix.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def check_folder_of(path: Path, error: type[DsfError]) -> None:
    """Refuse a file to write whose folder is missing or closed, before any work."""
    if not path.parent.is_dir():
        raise error(f"{path.parent}: no such folder, need one to write {path.name} in")
    check_folder(path.parent, error)


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
        draft.replace(path)
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
        _remove(path)
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        _remove(draft)


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.draft")


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
    """Remove the drafts of this name whose process is no more."""
    for draft in path.parent.glob(f".{glob.escape(path.name)}.*.draft"):
        process = draft.name.split(".")[-2]
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


class PatientFile(io.FileIO):
    """A file for HDF5 to write to, which keeps a failure to itself until it is closed.

    HDF5 ends in a segmentation fault when a write under it fails, on a full disk for instance: it
    is told that all is well. ``check`` and ``close`` raise the first failure.
    """

    _failure: OSError | None = None

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")

    def write(self, block: Any) -> int:
        """Write the whole block, or remember why not."""
        length = memoryview(block).nbytes
        if self._failure is None:
            try:
                self._write_all(memoryview(block).cast("B"))
            except OSError as error:
                self._failure = error
        return length

    def truncate(self, size: int | None = None) -> int:
        """Cut or lengthen the file, or remember why not."""
        if self._failure is None:
            try:
                return super().truncate(size)
            except OSError as error:
                self._failure = error
        return size or 0

    def check(self) -> None:
        """Raise what failed, outside of HDF5: there is no use in going on."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Close it; raise what failed."""
        super().close()
        self.check()

    def _write_all(self, block: memoryview) -> None:
        while block:  # a disk that fills up takes the first bytes only
            block = block[super().write(block) or 0 :]


def write_text(path: Path, text: str) -> None:
    """Write a whole text file."""
    with whole_file(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8", newline="\n")


def folder_name(name: str) -> str:
    """Return what a folder may be called after a name, unlike after any other name.

    Examples
    --------
    >>> folder_name("spk1"), folder_name("a/b"), folder_name("con")
    ('spk1', 'a_b-c14cdd', 'con-1143da')
    """
    plain = _plain(name)
    reserved = name.startswith(".") or name.endswith(".") or _RESERVED.fullmatch(name)
    return name if plain == name and not reserved and len(name) < 100 else _marked(name)


def folder_names(names: Sequence[str]) -> list[str]:
    """Return what folders may be called that lie side by side, where case may not tell them apart.

    Examples
    --------
    >>> folder_names(["Anna", "bert", "anna"])
    ['Anna-bf4fcc', 'bert', 'anna-55579b']
    """
    alike = Counter(name.casefold() for name in names)
    return [folder_name(one) if alike[one.casefold()] == 1 else _marked(one) for one in names]


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)


def _marked(name: str) -> str:
    """Return a name with a mark of its own."""
    plain = _plain(name).lstrip(".")
    if _RESERVED.fullmatch(name):
        plain = plain.replace(".", "_")  # Windows looks at what stands before the first
    return f"{plain[:80]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
