"""The folder beside an output where an extraction keeps what is finished, for itself alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction.shared_task import TICKET
from deepspectrum_features.extraction.suspects import forget
from deepspectrum_features.features.store import is_feature_file
from deepspectrum_features.features.suffixes import way_to
from deepspectrum_features.files import check_file, flush_folder
from deepspectrum_features.files.locks import alone
from deepspectrum_features.terminal import is_utf8, showable

_LOCK = "lock"


def check_place(out: Path, overwrite: bool) -> None:
    """Refuse an output that could not be written in the end, or must not be.

    Raises
    ------
    FeatureFileError
        Naming the place.
    """
    check_file(out, FeatureFileError)
    if way := way_to(out):
        raise FeatureFileError(
            f"{out}: a feature file is HDF5, need a name such as {out.with_suffix('.h5')} "
            f"(for {out.suffix}, {way})"
        )
    if not is_utf8(os.path.realpath(out)):
        raise FeatureFileError(f"{showable(out)}: not UTF-8, need a UTF-8 name")
    if overwrite and out.exists() and not is_feature_file(out):
        raise FeatureFileError(f"{out}: exists and is not a feature file, need another name")


def parts_folder(out: Path) -> Path:
    """Return the folder beside an output that keeps its finished parts."""
    return out.with_name(out.name + ".parts")


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """Make ``OUT.parts`` and hold its lock; an empty one goes when the work ends.

    Raises
    ------
    FeatureFileError
        If another process works there.
    """
    folder = parts_folder(out)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)
    with alone(folder / _LOCK):
        try:
            yield folder
        finally:
            if folder.exists() and [path.name for path in folder.iterdir()] == [_LOCK]:
                clear(folder)
    with suppress(OSError):  # Windows keeps a lock that is held
        folder.rmdir()


def clear(folder: Path) -> None:
    """Remove what an extraction keeps in the folder, and the folder if nothing else is there."""
    for path in (*folder.glob("[0-9]*.h5"), *folder.glob(".*.draft")):
        path.unlink(missing_ok=True)
    (folder / TICKET).unlink(missing_ok=True)
    forget(folder)
    with suppress(PermissionError):  # Windows keeps it while it is held
        (folder / _LOCK).unlink(missing_ok=True)
    with suppress(OSError):  # something of the user's is there
        folder.rmdir()
