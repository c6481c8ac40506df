"""Paths in tables: relative to a folder, and recognised by their ends where they lead elsewhere."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from deepspectrum_features.corpus.names import composed
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, one_line

_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
_ELSEWHERE = re.compile(rf"{_ABSOLUTE.pattern}|\.\./")


def place_of(file: str, root: Path) -> str:
    """Return a path relative to the root, ``/`` separated; outside it begins with ``../``."""
    if "\0" in file:
        return ""
    path = root / file
    if "\\" in file and not os.path.lexists(path):  # written on Windows
        path = root / as_written(file)
    relative = os.path.relpath(path, root)
    if relative.startswith(".."):  # the same place may have been named through a link
        folder = os.path.realpath(path.parent)  # Path.resolve raises where links form a loop
        relative = os.path.relpath(Path(folder, path.name), os.path.realpath(root))
    return Path(relative).as_posix()


def is_outside(place: str) -> bool:
    """Whether a place relative to a root is not in it."""
    return place.split("/")[0] == ".."


def as_written(file: str) -> str:
    """Return a path as it stands in a table, ``/`` separated."""
    return file.replace("\\", "/")


def place_or_path(file: str, root: Path) -> str:
    """Return a path relative to the root; an absolute one, of whatever machine, as it stands."""
    return as_written(file) if _is_absolute(file) else place_of(file, root)


def path_by_end(file: str, root: Path) -> str | None:
    """Return the longest end of an absolute path to nowhere that is there under the root.

    So a table of another machine is understood. None where the path itself is there, is not
    absolute, or has no such end.
    """
    if not _is_absolute(file) or "\0" in file or os.path.lexists(root / file):
        return None
    ends = ends_of(as_written(file))
    return next((end for end in ends if os.path.isfile(root / end)), None)  # noqa: PTH113, no error


def ends_of(path: str) -> Iterator[str]:
    """Yield the ends of a path, the longest first.

    Examples
    --------
    >>> list(ends_of("/data/emo/a.wav"))
    ['data/emo/a.wav', 'emo/a.wav', 'a.wav']
    """
    while "/" in path:
        path = path.partition("/")[2]
        if path and not path.startswith("/"):
            yield path


def matched_by_ends(
    where: object, listed: Iterable[str], there: Iterable[str], root: Path = Path()
) -> dict[str, str]:
    """Find the files that paths to other places end in: absolute ones, and those that go up.

    A path into the root is the file that lies there, if there is one.

    Parameters
    ----------
    where : object
        The table that lists the paths, for messages.
    listed : iterable of str
        Its paths.
    there : iterable of str
        The files that there are.
    root : Path, optional
        Folder that these may be relative to.

    Returns
    -------
    dict of str to str
        The file that is meant by each of these paths that ends in one.

    Raises
    ------
    CorpusError
        If two paths end in the same file.

    Examples
    --------
    >>> matched_by_ends("labels.csv", ["/data/emo/a.wav", "b.wav"], ["emo/a.wav", "b.wav"])
    {'/data/emo/a.wav': 'emo/a.wav'}
    """
    files = list(there)
    called = {composed(file): file for file in files} | {file: file for file in files}
    paths = {path: composed(path) for path in listed}
    elsewhere = {path: form for path, form in paths.items() if _ELSEWHERE.match(path)}
    found = {
        path: called[end]
        for path, form in elsewhere.items()
        if (end := next(filter(called.__contains__, _ends_below(form, root)), None)) is not None
    }
    file, count = next(iter(Counter(found.values()).most_common(1)), ("", 0))
    if count > 1:
        first, second, *_ = (path for path, end in found.items() if end == file)
        raise CorpusError(
            f"{where}: {one_line(first)} and {one_line(second)} both end in {one_line(file)}, need "
            "paths that tell them apart"
        )
    meant = {called[form] for form in {*paths, *paths.values()} if form in called}
    return {path: end for path, end in found.items() if end not in meant}


def other_roots(first: Iterable[str], second: Iterable[str]) -> str:
    """Say that two lists of files without a common one are relative to different folders.

    Empty where they share a file, or where it is not one folder that most files of the one lack.

    Examples
    --------
    >>> other_roots(["a.wav", "b.wav"], ["emo/a.wav", "emo/b.wav", "c.wav"])
    'paths are relative to different folders: a.wav is emo/a.wav'
    >>> other_roots(["a.wav"], ["a.wav", "emo/a.wav"])
    ''
    """
    one, two = ({composed(file): file for file in files} for files in (first, second))
    if not one.keys().isdisjoint(two):
        return ""
    for short, long in ((one, two), (two, one)):
        pairs = [(end, file) for file in long for end in ends_of(file) if end in short]
        above = Counter(file.removesuffix(end) for end, file in pairs).most_common(1)
        if above and above[0][1] * 2 > min(len(short), len(long)):
            pair = next((end, file) for end, file in pairs if file == above[0][0] + end)
            here, there = pair if short is one else pair[::-1]
            return (
                f"paths are relative to different folders: {one_line(one[here])} is "
                f"{one_line(two[there])}"
            )
    return ""


def _is_absolute(file: str) -> bool:
    """Whether a path says where it is on its machine, this one or another."""
    return bool(_ABSOLUTE.match(as_written(file)))


def _ends_below(path: str, root: Path) -> Iterator[str]:
    """Yield a path relative to the root, then its ends."""
    yield composed(place_of(path, root))
    yield from ends_of(path)


def by_ends(moved: Mapping[str, str]) -> str:
    """Say how many paths are those of files that they end in, with an example.

    Examples
    --------
    >>> by_ends({"/data/emo/a.wav": "emo/a.wav"})
    'found by the end of the path: 1 file (/data/emo/a.wav is emo/a.wav)'
    """
    return f"found by the end of the path: {_first_of(moved)}"


def by_spelling(spelled: Mapping[str, str]) -> str:
    """Say how many paths are those of files that are spelled otherwise, with an example.

    Examples
    --------
    >>> by_spelling({"Emo/A.WAV": "emo/a.wav"})
    'found under another spelling: 1 file (Emo/A.WAV is emo/a.wav)'
    """
    return f"found under another spelling: {_first_of(spelled)}"


def _first_of(found: Mapping[str, str]) -> str:
    """Count files, and say which the first path is."""
    path, file = next(iter(found.items()))
    return f"{counted(len(found), 'file')} ({one_line(path)} is {one_line(file)})"
