"""Decoders that print what they think of a file: not on the terminal of who asked for features."""

from __future__ import annotations

import ctypes
import os
import threading


class _Quiet:
    """Throws away what C code prints while this lasts, in all threads.

    mpg123, inside libsndfile, says what is wrong with the bits of a frame, and can be told nothing
    else; libsndfile itself does so of MIDI samples, on standard output. What is exchanged is
    ``stdout`` and ``stderr`` of stdio: Python, and what writes to a file descriptor itself, is
    heard as ever.
    """

    def __init__(self) -> None:
        self._threads = 0  # that want it quiet
        self._lock = threading.Lock()
        self._loud: list[int | None] = []
        self._streams: list[ctypes.c_void_p] = []
        try:
            library = ctypes.CDLL(None)
            library.fopen.restype = ctypes.c_void_p
            self._null = library.fopen(os.devnull.encode(), b"w")
            if self._null:
                names = ("stdout", "stderr")
                self._streams = [ctypes.c_void_p.in_dll(library, name) for name in names]
        except (TypeError, ValueError, AttributeError, OSError):
            pass  # another C library: it stays loud

    def __enter__(self) -> None:
        """Begin to throw away."""
        with self._lock:
            self._threads += 1
            if self._threads == 1:
                self._loud = [stream.value for stream in self._streams]
                for stream in self._streams:
                    stream.value = self._null

    def __exit__(self, *_: object) -> None:
        """Give back what was there, if no other thread wants it quiet."""
        with self._lock:
            self._threads -= 1
            if not self._threads:
                for stream, loud in zip(self._streams, self._loud, strict=True):
                    stream.value = loud


quiet = _Quiet()
