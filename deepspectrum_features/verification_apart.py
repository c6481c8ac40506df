"""Verification in a process of its own: HDF5 may crash on a damaged file, or never end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import DsfError, FeatureFileError
from deepspectrum_features.verification import verify

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
    command = [sys.executable, "-P", "-m", __name__, str(path), *([encoder] if encoder else [])]
    limit = _SECONDS
    with suppress(OSError):
        limit += Path(path).stat().st_size / _BYTES_PER_SECOND
    try:
        child = subprocess.run(command, capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise FeatureFileError(
            f"{path}: HDF5 does not come to an end with it, need another copy"
        ) from None
    if child.returncode < 0:
        died = signal.Signals(-child.returncode).name
        raise FeatureFileError(f"{path}: HDF5 crashes on it ({died}), need another copy")
    found = json.loads(child.stdout)
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
