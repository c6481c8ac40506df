"""Recordings looked at side by side, as many at a time as there are processors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import cpu_count

from deepspectrum_features.terminal import progress_bar

Item = TypeVar("Item")
Found = TypeVar("Found")


def look_at_each(
    look: Callable[[Item], Found], items: Sequence[Item], bar: bool, title: str
) -> Iterator[Found]:
    """Yield what a function finds of each item, in their order; decoders work in threads.

    Parameters
    ----------
    look : callable
    items : sequence
    bar : bool
        Show a progress bar at a terminal or in a notebook.
    title : str
        What the bar says.
    """
    pool = ThreadPoolExecutor(cpu_count())
    try:
        with progress_bar(len(items), "files", bar, desc=title, leave=False) as shown:
            for found in pool.map(look, items):
                shown.update(1)
                yield found
    finally:
        pool.shutdown(cancel_futures=True)  # what is interrupted ends soon
