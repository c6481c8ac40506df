"""Files that stand whole under their name, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from deepspectrum_features.errors import FeatureFileError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows: two runs at once are not noticed
    fcntl = None


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; on success flush it to disk and rename it.

    On an error nothing stands under either name.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)  # writing tells of a full disk, but not where
        raise
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock file; refuse at once where another process holds it.

    Raises
    ------
    FeatureFileError
        If somebody else is at work.
    """
    with lock.open("w") as stream:
        if fcntl is not None:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FeatureFileError(
                    f"{lock.parent}: another process works there, need it to end first"
                ) from None
        yield


def write_text(path: Path, text: str) -> None:
    """Write a whole text file."""
    with whole_file(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8")
