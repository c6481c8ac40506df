"""What a command took of the machine, from its start to its end."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

REPEATS = 3


class Taken(NamedTuple):
    """What one command took: seconds by the clock and of the CPU, and its largest process."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def run(command: Sequence[str | Path], folder: Path) -> Taken:
    """Run a command in a folder to its end, and say what it took; one that fails says why."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))}: {said.read().decode()}")
    return Taken(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


def typical(command: Sequence[str | Path], folder: Path) -> Taken:
    """Run a command a few times; return the median of everything that it took."""
    taken = [run(command, folder) for _ in range(REPEATS)]
    return Taken(*map(statistics.median, zip(*taken, strict=True)))


def median(work: Callable[[], object]) -> float:
    """Run the work a few times; return the median in seconds."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
