"""The door to HDF5 files that are read: opened, and told from others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from deepspectrum_features.errors import FeatureFileError, near_path
from deepspectrum_features.files.locks import NO_LOCKS
from deepspectrum_features.sound.containers.kinds import Door, kind_of
from deepspectrum_features.terminal import showable

FORMAT = "deepspectrum-features"
#: What is read. Written is 1, or 2 where rows have a key that 1 does not know: a channel.
VERSIONS = (1, 2)
#: What h5py raises where a file is damaged.
DAMAGED = (OSError, KeyError, ValueError, TypeError, RuntimeError)


def open_store(path: Path) -> h5py.File:
    """Open an HDF5 file to read, without a lock where the file system has none.

    Files of ours stand whole under their name, and nobody writes to them there.
    """
    try:
        return h5py.File(path, "r")
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return h5py.File(path, "r", locking=False)


def check_there(path: Path) -> None:
    """Refuse a feature file to read that is a folder, or is not there.

    Raises
    ------
    FeatureFileError
        If it is so.
    """
    if path.is_dir():
        raise FeatureFileError(
            f"{path}: a folder, need a feature file (dsf extract {path} OUT.h5 makes one of "
            "recordings)"
        )
    if not path.exists():
        raise FeatureFileError(f"{path}: no such file, need a feature file{near_path(path)}")


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a feature file to read all of it; what is wrong with it, then or later, is one line.

    Raises
    ------
    FeatureFileError
        If it is missing, not a feature file, damaged, or of a later version.
    """
    check_there(path)
    try:
        with open_store(path) as store:
            _check_format(store, path)
            yield store
    except (*DAMAGED, MemoryError) as error:
        reason = _other_kind(path) or (str(error) or "more than memory holds").splitlines()[0]
        raise FeatureFileError(f"{path}: not a readable feature file ({reason})") from None


def _check_format(store: h5py.File, path: Path) -> None:
    """Refuse an HDF5 file that is not a feature file, or one of a later version.

    Raises
    ------
    FeatureFileError
        If it is either.
    """
    if not _is_ours(store):
        raise FeatureFileError(f"{path}: an HDF5 file, but not a feature file of ours")
    version = int(store.attrs["version"])
    if version not in VERSIONS:
        known = " and ".join(map(str, VERSIONS))
        raise FeatureFileError(f"{path}: format version {version}, this version reads {known}")


def _other_kind(path: Path) -> str:
    """Say what a file is that is not HDF5; nothing of one that is, or cannot be looked at."""
    try:
        if h5py.is_hdf5(path):
            return ""
        if path.stat().st_size == 0:
            return "0 bytes"
        kind = kind_of(path)
    except OSError:
        return ""
    if kind.words and kind.door is not Door.NONE:
        return f"{kind.words}, a recording: dsf extract writes a feature file of it"
    return kind.words or "no HDF5 file"


def is_feature_file(path: Path) -> bool:
    """Whether a file is one of ours, whatever its version and state."""
    try:
        with open_store(path) as store:
            return _is_ours(store)
    except DAMAGED:
        return False


def attribute_text(value: Any) -> str:
    """Return an attribute as text, whichever string type it was stored as."""
    return value.decode("utf-8") if isinstance(value, bytes) else showable(value)


def _is_ours(store: h5py.File) -> bool:
    return attribute_text(store.attrs.get("format", "")) == FORMAT
