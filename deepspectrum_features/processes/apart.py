"""Child processes: a module run where a crash does no harm."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Child:
    """How a child process ended.

    Attributes
    ----------
    output : bytes
        What it printed.
    died_of : str
        The signal that ended it, such as ``SIGSEGV``; empty where none did.
    timed_out : bool
        Whether it was ended because its time was over.
    """

    output: bytes
    died_of: str = ""
    timed_out: bool = False


def run_apart(module: str, *arguments: str, seconds: float | None = None) -> Child:
    """Run ``python -m module`` with arguments, and wait for it.

    Parameters
    ----------
    module : str
        Full name of a module that can be run.
    *arguments : str
    seconds : float, s, optional
        End the process after this time.
    """
    command = [sys.executable, "-P", "-m", module, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return Child(b"", timed_out=True)
    died_of = signal.Signals(-done.returncode).name if done.returncode < 0 else ""
    return Child(done.stdout, died_of)
