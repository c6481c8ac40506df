"""Memory that training keeps between steps, instead of asking the system for every tensor."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# of malloc.h: what is set, and what it is where nobody sets it
_TRIM_THRESHOLD, _DEFAULT_TRIM_THRESHOLD = -1, 128 * 1024
_MMAP_MAX, _DEFAULT_MMAP_MAX = -4, 65536

_NEVER_TRIM = -1


@contextmanager
def memory_kept() -> Iterator[None]:
    """Keep what is freed within, and give it back to the system at the end.

    The GNU C library takes every large tensor from the system and gives it back when it is freed,
    and the system clears each page anew: in training, which asks for the same tensors at every
    step, that is up to two thirds of the time. Other C libraries are left as they are.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "mallopt"):
        yield
        return
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, _NEVER_TRIM)
    try:
        yield
    finally:
        libc.mallopt(_MMAP_MAX, _DEFAULT_MMAP_MAX)
        libc.mallopt(_TRIM_THRESHOLD, _DEFAULT_TRIM_THRESHOLD)
        libc.malloc_trim(0)
