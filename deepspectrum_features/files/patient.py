"""A file for HDF5 to write to."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any


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
