"""The folder beside an output where an extraction keeps what is finished, for itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deepspectrum_features.files import alone
from deepspectrum_features.suspects import forget

_LOCK = "lock"


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """Make ``OUT.parts`` and hold its lock; an empty one goes when the work ends.

    Raises
    ------
    FeatureFileError
        If another process works there.
    """
    folder = out.with_name(out.name + ".parts")
    folder.mkdir(exist_ok=True)
    with alone(folder / _LOCK):
        try:
            yield folder
        finally:
            if folder.exists() and [path.name for path in folder.iterdir()] == [_LOCK]:
                clear(folder)


def clear(folder: Path) -> None:
    """Remove what an extraction keeps in the folder, and the folder if nothing else is there."""
    for path in (*folder.glob("[0-9]*.h5"), *folder.glob(".*.draft"), folder / _LOCK):
        path.unlink(missing_ok=True)
    forget(folder)
    with suppress(OSError):  # something of the user's is there
        folder.rmdir()
