"""The door to HDF5 files that are read."""

from __future__ import annotations

from pathlib import Path

import h5py

from deepspectrum_features.files import NO_LOCKS


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
