"""Recordings that label files tell of: the two matched, and what is in one of them alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.namesakes import preferred
from deepspectrum_features.corpus.sources.folders import check_name
from deepspectrum_features.corpus.sources.label_files.entry import Entry
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, first_few, one_line


class _Recording(NamedTuple):
    """A recording, what its path tells in codes, what label files call it, and its split."""

    file: str
    told: dict[str, str]
    name: str
    split: str


def describe_labelled(
    files: Iterable[str], folder: Path, layout: Layout, refused: list[Refusal]
) -> tuple[list[Utterance], list[str]]:
    """Describe recordings by their paths and by the label files of a folder.

    Parameters
    ----------
    files : iterable of str
        Recordings, relative to the folder.
    folder : Path
        Where the label files lie.
    layout : Layout
        With a reader.
    refused : list of Refusal
        Recordings whose path does not fit, or whose codes are unknown, are added.

    Returns
    -------
    list of Utterance
        The recordings that a label file tells of, as far as the layout chooses them.
    list of str
        Notices: which recordings have no label, and which labels no recording.

    Raises
    ------
    CorpusError
        If label files are not there, damaged, or of other recordings, or tell of one twice, or two
        recordings are the same one.
    """
    recordings = _without_rivals(_read_paths(files, layout, refused), layout)
    if not recordings:
        return [], []
    entries = _read_entries(folder, layout)
    matched = [(one, _entry_of(one, entries.get(one.name, {}))) for one in recordings]
    found = {entry.place for _, entry in matched if entry}
    if not found:
        raise CorpusError(
            f"{folder}: label files name none of {counted(len(recordings), 'recording')}, such as "
            f"{one_line(recordings[0].name)}, but {one_line(next(iter(entries), 'nothing'))}"
        )
    utterances = _utterances(matched, layout, refused)
    bare = [one.file for one, entry in matched if entry is None]
    idle = [
        entry.name
        for of_split in entries.values()
        for entry in of_split.values()
        if entry.place not in found and _is_chosen(entry, layout)
    ]
    return utterances, [*_without_label(folder, bare), *_without_recording(folder, idle)]


def _read_paths(
    files: Iterable[str], layout: Layout, refused: list[Refusal]
) -> Iterator[_Recording]:
    """Yield the recordings whose paths the layout chooses."""
    for file in files:
        try:
            check_name(file)
            told = layout.told_by(file)
        except CorpusError as error:
            refused.append(Refusal(file, 0.0, None, "corpus", str(error)))
        else:
            if told is not None:
                yield _Recording(file, told, told["name"], _split(told, layout))


def _without_rivals(recordings: Iterable[_Recording], layout: Layout) -> list[_Recording]:
    """Return one recording for each name and split, the one that the layout prefers."""
    of_name = defaultdict[tuple[str, str], dict[str, _Recording]](dict)
    for one in recordings:
        of_name[one.name, one.split][one.file] = one
    return [rivals[_only(rivals, name, layout)] for (name, _), rivals in of_name.items()]


def _only(rivals: Iterable[str], name: str, layout: Layout) -> str:
    """Return the one of several recordings of one name that the layout prefers."""
    first, *others = preferred([*rivals], layout)
    if others:
        raise CorpusError(
            f"{one_line(first)} and {one_line(others[0])}: both {one_line(name)}, need one (does "
            "the corpus lie there twice?)"
        )
    return first


def _read_entries(folder: Path, layout: Layout) -> dict[str, dict[str, Entry]]:
    """Return what the label files say, by the name of the recording and by split."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in layout.reader.entries(folder) if layout.reader else ():
        of_split, split = found.setdefault(entry.name, {}), _split(entry.told, layout)
        if split in of_split:
            raise CorpusError(
                f"{entry.place}: labels {one_line(entry.name)} again, after "
                f"{of_split[split].place}, need one of them"
            )
        of_split[split] = entry
    return found


def _split(told: Mapping[str, str], layout: Layout) -> str:
    """Return the split that a code stands for; of another variant the code itself."""
    code = told.get("split", "")
    return layout.splits.get(code, code)


def _entry_of(recording: _Recording, entries: Mapping[str, Entry]) -> Entry | None:
    """Return what label files say of a recording: where both tell a split, that of its own."""
    if recording.split:
        return entries.get(recording.split, entries.get(""))
    if len(entries) > 1:
        raise CorpusError(
            f"{one_line(recording.file)}: labelled in {' and '.join(entries)}, need a path that "
            "tells which"
        )
    return next(iter(entries.values()), None)


def _utterances(
    matched: Iterable[tuple[_Recording, Entry | None]], layout: Layout, refused: list[Refusal]
) -> list[Utterance]:
    """Return the recordings with an entry that the layout chooses; unknown codes are refused."""
    found = []
    for recording, entry in matched:
        if entry is None:
            continue
        try:
            one = layout.utterance(recording.file, recording.told | entry.told, entry.targets)
        except CorpusError as error:
            reason = f"{error} ({entry.place})"
            refused.append(Refusal(recording.file, 0.0, None, "corpus", reason))
        else:
            found += [one] if one else []
    return found


def _is_chosen(entry: Entry, layout: Layout) -> bool:
    """Whether the recording of an entry, were it there, would be one of the layout's."""
    if layout.leaves_out(entry.name):
        return False
    try:
        return layout.utterance(entry.name, entry.told) is not None
    except CorpusError:
        return True


def _without_label(folder: Path, files: Sequence[str]) -> Iterator[str]:
    """Say which recordings are left out, if there are any."""
    if files:
        yield one_line(
            f"{counted(len(files), 'recording')} in {folder} left out, not in its label files: "
            f"{first_few(files)}"
        )


def _without_recording(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Say which labels are of recordings that are not there, if there are any."""
    if names:
        yield one_line(
            f"{counted(len(names), 'label')} in {folder} of recordings that are not there: "
            f"{first_few(names)}"
        )
