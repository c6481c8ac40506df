"""Memory that was freed: kept where it is wanted again at once, else given back to the system.

The GNU C library alone is told; others are left as they are.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# of malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_ALL = {_TRIM_THRESHOLD: -1, _MMAP_MAX: 0}
#: What they are where nobody sets them; thresholds grow to these where large arrays are freed.
_USUAL = {_TRIM_THRESHOLD: 64 * 2**20, _MMAP_THRESHOLD: 32 * 2**20, _MMAP_MAX: 65536}


@contextmanager
def memory_kept() -> Iterator[None]:
    """Keep what is freed within, and give it back at the end.

    Large tensors are taken from the system otherwise, and given back when they are freed, and the
    system clears each page anew: in training, which asks for the same tensors at every step, that
    is up to two thirds of the time.
    """
    _keep(_ALL)
    try:
        yield
    finally:
        keep_as_usual()
        give_memory_back()


def keep_as_usual() -> None:
    """Keep what the library keeps by itself, whatever the environment says.

    Dask has its workers keep next to nothing, and arrays that come and go then cost as much time
    as what is computed of them.
    """
    _keep(_USUAL)


def give_memory_back() -> None:
    """Give back what is free, also below what is in use and what threads have put by."""
    if libc := _gnu_libc():
        libc.malloc_trim(0)


def _keep(settings: dict[int, int]) -> None:
    if libc := _gnu_libc():
        for parameter, value in settings.items():
            libc.mallopt(parameter, value)


def _gnu_libc() -> ctypes.CDLL | None:
    """Return the C library of this process, None where it is not the GNU one."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "mallopt") else None
