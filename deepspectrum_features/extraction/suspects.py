"""Recordings that crash the decoder: found after the crash, kept out of the next run.

While a recording is read, a small file names it. A crash leaves that file behind, and so does a
kill from outside. The next run therefore decodes what it names in a child process first, and only
what kills the child is held back.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from deepspectrum_features.errors import AudioError
from deepspectrum_features.files import write_text
from deepspectrum_features.processes.apart import run_apart
from deepspectrum_features.sound.audio import scan
from deepspectrum_features.sound.content import content_digest
from deepspectrum_features.sound.crash import Crash

_DEADLY = ("SIGSEGV", "SIGABRT", "SIGILL", "SIGBUS")
_OPENED = "opened"
_KEPT = "crashing.json"


class InHand:
    """A file ``NAME.trying`` that names the recording being read; gone when all went well.

    Parameters
    ----------
    folder : Path
    name : str
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.trying"

    def __enter__(self) -> InHand:
        """Create the file."""
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        return self

    def __call__(self, name: str = "") -> None:
        """Name the recording that is read from now on, or none."""
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, os.fsencode(name) + b"\0")
        except OSError as error:
            error.filename = str(self._path)  # writing tells of a full disk, but not where
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Remove it: this process lives."""
        os.close(self._file)
        self._path.unlink(missing_ok=True)


def crashing_files(folder: Path, root: Path, known: Iterable[str] = ()) -> dict[str, Crash]:
    """Find which of the recordings in hand when a run ended crash the decoder.

    Parameters
    ----------
    folder : Path
        Where the run kept its ``.trying`` files.
    root : Path
        What recordings are relative to.
    known : iterable of str
        Recordings that crashed in an earlier run.
    """
    trying = list(folder.glob("*.trying"))
    named = {os.fsdecode(path.read_bytes().split(b"\0")[0]) for path in trying} - {""}
    kept = folder / _KEPT
    if kept.exists():
        named.update(json.loads(kept.read_text(encoding="utf-8")))
    suspects = sorted(named.union(known))
    crashes: dict[str, Crash] = {}
    if suspects and _death([root / name for name in suspects]) is not None:
        for name in suspects:
            if (found := _death([root / name])) is not None:
                crashes[name] = found
    if crashes:
        write_text(kept, json.dumps(sorted(crashes)))
    for path in trying:
        path.unlink()
    return crashes


def forget(folder: Path) -> None:
    """Remove everything that this module keeps in a folder."""
    for path in (*folder.glob("*.trying"), folder / _KEPT):
        path.unlink(missing_ok=True)


def _death(paths: list[Path]) -> Crash | None:
    """Decode recordings in a child process; say how it died, if it died of them."""
    child = run_apart(__name__, *map(str, paths))
    if child.died_of not in _DEADLY:
        return None
    opened = child.output.count(_OPENED.encode()) == len(paths)
    return Crash(child.died_of, opened)


def _decode(paths: list[Path]) -> None:
    """Read every recording to its end, as a run does; what is merely bad does not matter."""
    for path in paths:
        try:
            scan(path)
            print(_OPENED, flush=True)
            content_digest(path)
        except AudioError:
            continue


if __name__ == "__main__":
    _decode([Path(name) for name in sys.argv[1:]])
