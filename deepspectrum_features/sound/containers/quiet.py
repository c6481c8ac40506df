"""Decoders that print what they think of a file: not on the terminal of who asked for features."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _ErrorStream:
    """Where C code prints, ``stderr`` of stdio; Python's own standard error is another thing.

    Attributes
    ----------
    silenced : int
        How many threads want it quiet.
    """

    def __init__(self) -> None:
        self.silenced = 0
        self._lock = threading.Lock()
        self._loud: int | None = None
        self._stream: ctypes.c_void_p | None = None
        try:
            library = ctypes.CDLL(None)
            library.fopen.restype = ctypes.c_void_p
            self._null = library.fopen(os.devnull.encode(), b"w")
            self._stream = ctypes.c_void_p.in_dll(library, "stderr")
        except (TypeError, ValueError, AttributeError, OSError):
            pass  # another C library: it stays loud

    def silence(self, step: int) -> None:
        """Count one thread more, or one less, that wants it quiet."""
        if self._stream is None or not self._null:
            return
        with self._lock:
            if not self.silenced:
                self._loud = self._stream.value
            self.silenced += step
            self._stream.value = self._null if self.silenced else self._loud


_ERRORS = _ErrorStream()


@contextmanager
def quiet() -> Iterator[None]:
    """Throw away what C code prints to standard error while this lasts, in all threads.

    mpg123, inside libsndfile, says there what is wrong with the bits of a frame, and can be told
    nothing else. Python, and what writes to the file descriptor itself, is heard as ever.
    """
    _ERRORS.silence(1)
    try:
        yield
    finally:
        _ERRORS.silence(-1)
