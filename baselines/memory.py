"""What a fit needs of the machine's memory, decided before any work."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Protocol

from deepspectrum_features.errors import DsfError

_MEMINFO = Path("/proc/meminfo")


class Estimator(Protocol):
    """What can say how much memory its fit takes beside the features given."""

    def bytes_needed(self, rows: int, columns: int) -> int:
        """Estimate bytes for so many rows and columns of float32."""


def check_memory(estimator: Estimator, rows: int, columns: int, jobs: int = 1) -> None:
    """Refuse a fit that the machine has no memory for.

    Parameters
    ----------
    estimator : SVM, DNN, SVR, Ridge or OwnScores
    rows, columns : int
        Of the largest training set.
    jobs : int
        So many fits at once.

    Raises
    ------
    DsfError
        Naming what is needed, what is free, and a way out. Where the system does not tell what is
        free, nothing is refused.
    """
    needed, free = jobs * estimator.bytes_needed(rows, columns), free_bytes()
    if free is None or needed <= free:
        return
    name, kernel = type(estimator).__name__.lower(), getattr(estimator, "kernel", "")
    what = f"{rows} rows of {columns} columns" + f" with kernel {kernel}" * bool(kernel)
    what += f" in {jobs} jobs" * (jobs > 1)
    advice = "a machine with more memory, or fewer rows or columns"
    if jobs > 1:
        advice = "fewer --jobs"
    elif kernel == "rbf":
        advice = "--kernel linear"
    raise DsfError(
        f"{name}: {what} need about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free "
        f"(use {advice})"
    )


def jobs_that_fit(estimator: Estimator, rows: int, columns: int, most: int) -> int:
    """Return how many fits memory holds at once, one at least."""
    needed, free = estimator.bytes_needed(rows, columns), free_bytes()
    return most if free is None else max(1, min(most, free // max(needed, 1)))


def free_bytes() -> int | None:
    """Return the memory that is free or can be freed, in bytes; None where nobody tells.

    Linux says what is available; elsewhere it is all that the machine has.
    """
    if _MEMINFO.exists():
        found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMINFO.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf, others not every name
        return None
