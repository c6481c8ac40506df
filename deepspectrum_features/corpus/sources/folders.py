"""Files that lie under a folder: recordings, and what may be sound under another name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.sound.containers.kinds import READABLE, looks_like_sound
from deepspectrum_features.terminal import is_utf8

_ENOUGH = 100


def find_recordings(folder: Path, refused: list[Refusal]) -> Iterator[str]:
    """Yield paths under the folder, sorted, ``/`` separated, whose suffix says sound."""
    return find_files(folder, refused, is_recording)


def find_files(
    folder: Path, refused: list[Refusal], wanted: Callable[[str], bool]
) -> Iterator[str]:
    """Yield paths under the folder, sorted, ``/`` separated, whose last name is wanted."""
    for parent, names in _walk(folder, refused):
        place = parent.relative_to(folder)
        for name in names:
            if wanted(name):
                yield (place / name).as_posix()


def passed_over(folder: Path) -> Iterator[str]:
    """Yield the files under a folder that look like sound, but whose suffix does not say so.

    A suffix of which so many are none, such as that of transcripts, is not looked at any more.
    """
    none = Counter[str]()
    for parent, names in _walk(folder, []):
        for name in names:
            suffix = _suffix(name)
            if suffix in READABLE or name.startswith(".") or none[suffix] == _ENOUGH:
                continue
            if looks_like_sound(parent / name):
                yield (parent / name).relative_to(folder).as_posix()
            else:
                none[suffix] += 1


def is_recording(name: str) -> bool:
    """Whether the suffix of a file says sound, and it is not hidden."""
    return _suffix(name) in READABLE and not name.startswith(".")


def check_name(file: str) -> None:
    """Refuse a name that cannot be stored."""
    if not is_utf8(file):
        raise CorpusError("the name is not UTF-8, need a UTF-8 name (rename the file)")


def _suffix(name: str) -> str:
    """Return the suffix of a file, in small letters; Path takes ten times as long."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122


def _walk(folder: Path, refused: list[Refusal]) -> Iterable[tuple[Path, list[str]]]:
    """Walk folders in sorted order, following links, each real folder once."""

    def refuse(error: OSError) -> None:
        closed = Path(error.filename).relative_to(folder).as_posix()
        reason = f"folder cannot be read ({error.strerror})".lower()
        refused.append(Refusal(closed, 0.0, None, "corpus", reason))

    seen: set[Path] = set()
    for parent, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        real = Path(parent).resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        yield Path(parent), sorted(files)
