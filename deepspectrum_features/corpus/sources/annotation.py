"""Utterances of recordings that a TextGrid or a label file beside them cuts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.numbers import BLANK
from deepspectrum_features.corpus.sources.audacity import is_label_file, read_labels
from deepspectrum_features.corpus.sources.headings import plain_heading
from deepspectrum_features.corpus.sources.textgrid import Interval, Tier, read_textgrid
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, one_line

_TEXTGRID = ".textgrid"
_SUFFIXES = (".TextGrid", _TEXTGRID, ".txt")
_NAMES = {column.name: (column.name, *column.aliases) for column in FACTS}


def is_annotation(path: Path) -> bool:
    """Whether a file is a TextGrid, by its suffix, or a label file, by its content."""
    return path.suffix.lower() == _TEXTGRID or is_label_file(path)


def kind_of_annotation(path: Path) -> str:
    """Name what an annotation is."""
    return "a TextGrid" if path.suffix.lower() == _TEXTGRID else "labels of Audacity"


def read_annotation(path: Path, file: str) -> tuple[list[Utterance], list[str]]:
    """Read the utterances of a recording, and what was not used, off a TextGrid or a label file.

    Of several tiers the one named ``label`` gives the utterances, else the first that has any. A
    tier named ``speaker`` tells who speaks in the middle of each.

    Parameters
    ----------
    path : Path
    file : str
        The recording, as utterances name it.

    Raises
    ------
    CorpusError
        If it is damaged, or holds no stretch of time with a text.
    """
    textgrid = path.suffix.lower() == _TEXTGRID
    tiers = read_textgrid(path) if textgrid else [read_labels(path) or Tier("")]
    speaker = _called("speaker", tiers)
    others = [tier for tier in tiers if tier.intervals and tier is not speaker]
    tier = _called("label", tiers) or next(iter(others), speaker)
    if tier is None:
        raise CorpusError(f"{path}: no stretch of time with a text, need some")
    for one in tier.intervals:
        if not 0 <= one.start < one.end:
            raise CorpusError(f"{path}: {one.start:g} to {one.end:g} s, need times of a recording")
    utterances = [
        Utterance(
            file,
            one.start,
            one.end,
            _word("" if tier is speaker else one.text),
            _word(_text_at(speaker, one)),
        )
        for one in tier.intervals
    ]
    return utterances, list(_notes(tiers, tier, speaker))


def cut_by_annotations(
    utterances: Iterable[Utterance], folder: Path
) -> tuple[list[Utterance], list[Refusal], list[str]]:
    """Cut the recordings of a folder by the TextGrids and label files of their names beside them.

    Returns
    -------
    utterances : list of Utterance
    refused : list of Refusal
        Recordings whose annotation cannot be read.
    notices : list of str
    """
    found: list[Utterance] = []
    refused: list[Refusal] = []
    notes: Counter[str] = Counter()
    for one in utterances:
        try:
            path = _beside(folder / one.file)
            rows, unused = read_annotation(path, one.file) if path else ([one], [])
        except CorpusError as error:
            refused.append(Refusal.of(one, "corpus", str(error)))
        else:
            found += rows
            notes.update(unused)
    return found, refused, [*_cut_notice(found), *_counted(notes)]


def _cut_notice(found: Sequence[Utterance]) -> Iterator[str]:
    """Yield how many stretches of how many recordings there are."""
    files = [one.file for one in found if one.end is not None]
    if files:
        yield (
            f"{counted(len(files), 'stretch')} of {counted(len(set(files)), 'recording')}, as "
            "TextGrids and Audacity labels beside them say (to take recordings whole, list them in "
            "a corpus.csv)"
        )


def _counted(notes: Mapping[str, int]) -> Iterator[str]:
    """Yield what was not used, and of how many files."""
    for note, count in notes.items():
        yield f"{note} (in {counted(count, 'file')})"


def _beside(recording: Path) -> Path | None:
    """Return the TextGrid or the label file of a recording, if there is one."""
    stem = os.path.splitext(recording)[0]  # noqa: PTH122, Path is slow
    paths = (stem + suffix for suffix in _SUFFIXES)
    there = filter(os.path.isfile, paths)  # False where forbidden
    return next(filter(is_annotation, map(Path, there)), None)


def _called(fact: str, tiers: Sequence[Tier]) -> Tier | None:
    """Return the tier that tells a fact, by its name."""
    return next(
        (one for one in tiers if one.intervals and plain_heading(one.name) in _NAMES[fact]), None
    )


def _text_at(tier: Tier | None, one: Interval) -> str:
    """Return what stands in a tier at the middle of an interval."""
    middle = (one.start + one.end) / 2
    intervals = tier.intervals if tier else ()
    return next((there.text for there in intervals if there.start <= middle < there.end), "")


def _word(text: str) -> str:
    """Return a text, empty where it is a word for nothing."""
    return "" if text in BLANK else text


def _notes(tiers: Sequence[Tier], *used: Tier | None) -> Iterator[str]:
    """Yield which tiers and points are not used."""
    told = [one for one in tiers if one.intervals or one.points]
    if others := [one.name for one in told if one not in used]:
        chosen = one_line(used[0].name if used[0] else "")
        yield (
            f"stretches and labels are those of tier {chosen}, not used: "
            f"{one_line(', '.join(others))}"
        )
    if points := sum(one.points for one in used if one):
        yield f"{counted(points, 'label')} at points in time left out"
