"""Libraries that are loaded before the C library, so that its calls answer as a test wants."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def compiled(code: str, folder: Path) -> Path:
    """Compile C to what ``LD_PRELOAD`` takes, in a folder; skip where that cannot be."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler: no call can be made to answer otherwise")
    source, library = folder / "library.c", folder / "library.so"
    source.write_text(code, encoding="utf-8")
    command = [compiler, "-std=gnu11", "-O1", "-shared", "-fPIC", "-o", library]
    subprocess.run([*command, source, "-ldl"], check=True)
    return library
