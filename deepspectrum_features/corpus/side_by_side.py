"""Recordings looked at side by side, as many at a time as there are processors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from joblib import cpu_count

from deepspectrum_features.terminal import progress_bar

_AT_A_TIME = 256  # recordings that wait for a thread: each takes two kilobytes

Item = TypeVar("Item")
Found = TypeVar("Found")


def look_at_each(
    look: Callable[[Item], Found], items: Iterable[Item], count: int, bar: bool, title: str
) -> Iterator[Found]:
    """Yield what a function finds of each item, in their order; decoders work in threads.

    Parameters
    ----------
    look : callable
    items : iterable
    count : int
        How many they are.
    bar : bool
        Show a progress bar at a terminal or in a notebook.
    title : str
        What the bar says.
    """
    pool = ThreadPoolExecutor(cpu_count())
    try:
        with progress_bar(count, "files", bar, desc=title, leave=False) as shown:
            waiting = iter(items)
            while block := list(islice(waiting, _AT_A_TIME)):
                for found in pool.map(look, block):
                    shown.update(1)
                    yield found
    finally:
        pool.shutdown(cancel_futures=True)  # what is interrupted ends soon
