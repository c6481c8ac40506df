"""Verification in a process of its own: HDF5 may crash on a damaged file, or never end."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import DsfError, FeatureFileError
from deepspectrum_features.features.verification import verify
from deepspectrum_features.processes.apart import run_apart

#: What a whole file takes at the most, on a slow machine: start-up, and bytes to read.
_SECONDS = 60.0
_BYTES_PER_SECOND = 1e6
#: The same in seconds of work, where the system counts them.
_WORK_SECONDS = 8.0
_BYTES_PER_WORK_SECOND = 1e7


def verify_apart(path: str | Path, encoder: str | None = None) -> list[str]:
    """Return everything that is wrong with a feature file, as `verify` does, and survive it.

    Parameters
    ----------
    path : str or Path
    encoder : str, optional
        Name or path of what the file should come from.

    Raises
    ------
    FeatureFileError
        If it cannot be opened as a feature file at all, or what reads it crashes or hangs.
    """
    seconds = _SECONDS
    with suppress(OSError):
        seconds += Path(path).stat().st_size / _BYTES_PER_SECOND
    child = run_apart(__name__, str(path), *([encoder] if encoder else []), seconds=seconds)
    if child.timed_out or child.died_of == "SIGXCPU":
        raise FeatureFileError(f"{path}: HDF5 does not come to an end with it, need another copy")
    if child.died_of:
        raise FeatureFileError(f"{path}: HDF5 crashes on it ({child.died_of}), need another copy")
    found = json.loads(child.output)
    if "error" in found:
        raise FeatureFileError(found["error"])
    problems: list[str] = found["problems"]
    return problems


def _report(path: str, encoder: str | None = None) -> None:
    """Print what is found as JSON."""
    found: dict[str, object]
    _limit_work(path)
    try:
        found = {"problems": verify(path, Encoder.open(encoder) if encoder else None)}
    except DsfError as error:
        found = {"error": str(error)}
    print(json.dumps(found))


def _limit_work(path: str) -> None:
    """Let the system end this process when it has worked too long, however busy the machine is."""
    with suppress(ImportError, OSError, ValueError):  # Windows has none; who has less keeps it
        import resource

        seconds = int(_WORK_SECONDS + Path(path).stat().st_size / _BYTES_PER_WORK_SECOND)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))


if __name__ == "__main__":
    _report(*sys.argv[1:])
