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
    if child.timed_out:
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
    try:
        found = {"problems": verify(path, Encoder.open(encoder) if encoder else None)}
    except DsfError as error:
        found = {"error": str(error)}
    print(json.dumps(found))


if __name__ == "__main__":
    _report(*sys.argv[1:])
