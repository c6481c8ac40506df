"""Recordings that lie under a folder, and what their paths say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.sound.containers.kinds import READABLE, looks_like_sound
from deepspectrum_features.terminal import is_utf8, showable

_ENOUGH = 100


def list_recordings(
    source: Path, layout: Layout | None, labels_from: str | None
) -> tuple[list[Utterance], list[Refusal]]:
    """Describe every recording under a folder, or one alone, by its path.

    Parameters
    ----------
    source : Path
        Folder or recording.
    layout : Layout, optional
        Says what the parts of a path mean.
    labels_from : str, optional
        ``"parent-folder"``: the label is the name of the folder that a recording lies in.
    """
    refused: list[Refusal] = []
    files = find_recordings(source, refused) if source.is_dir() else [source.name]
    return describe_recordings(files, layout, labels_from, refused), refused


def describe_recordings(
    files: Iterable[str], layout: Layout | None, labels_from: str | None, refused: list[Refusal]
) -> list[Utterance]:
    """Describe recordings by their paths; those that do not fit are added to the refused."""
    utterances: list[Utterance] = []
    for file in files:
        try:
            utterances.append(_describe(file, layout, labels_from))
        except CorpusError as error:
            refused.append(Refusal(file, 0.0, None, "corpus", str(error)))
    return utterances


def find_recordings(folder: Path, refused: list[Refusal]) -> Iterator[str]:
    """Yield paths under the folder, sorted, ``/`` separated, whose suffix says sound."""
    for parent, names in _walk(folder, refused):
        for name in names:
            if is_recording(name):
                yield (parent / name).relative_to(folder).as_posix()


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


def existing_source(source: str | Path, name: str | None, root: str | Path | None) -> Path:
    """Return the source; refuse what is not there, or has a name that cannot be stored."""
    if source == "":  # a shell variable that is not set: Path makes it the current folder
        raise CorpusError("'': no such file or folder, need recordings or a manifest")
    source = Path(source)
    for path in (source, os.path.realpath(source), root or "", name or ""):
        if not is_utf8(path):
            raise CorpusError(f"{showable(path)}: not UTF-8, need a UTF-8 name (rename it)")
    if root and not Path(root).is_dir():
        raise CorpusError(f"{root}: no such folder, need the one that paths are relative to")
    if not source.exists():
        raise CorpusError(f"{source}: no such file or folder, need recordings or a manifest")
    return source


def check_labels_from(labels_from: str | None, layout: str | None, source: Path) -> None:
    """Refuse labels by folder where paths mean something else, or there is no folder."""
    if layout and labels_from:
        raise CorpusError("--layout and --labels-from: both say what a path means, need one")
    if labels_from not in (None, "parent-folder"):
        raise CorpusError(f"--labels-from {labels_from}: unknown, need parent-folder")
    if labels_from and not source.is_dir():
        raise CorpusError(f"{source}: --labels-from needs a folder")


def _describe(file: str, layout: Layout | None, labels_from: str | None) -> Utterance:
    """Say what is known of one recording from its path, or why it is refused."""
    if not is_utf8(file):
        raise CorpusError("the name is not UTF-8, need a UTF-8 name (rename the file)")
    if layout:
        return layout.describe(file)
    if labels_from == "parent-folder":
        parent = Path(file).parent.name
        if not parent:
            raise CorpusError("lies in no folder, need one named after its label")
        return Utterance(file, label=parent)
    return Utterance(file)


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
