"""Audacity's label files: a line for every region, start, end and text with tabs between."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from deepspectrum_features.corpus.numbers import read_numbers
from deepspectrum_features.corpus.sources.text import read_text
from deepspectrum_features.corpus.sources.textgrid import Interval, Tier
from deepspectrum_features.errors import CorpusError

_LABEL = re.compile(r"(-?\d+(?:[.,]\d+)?)\t(-?\d+(?:[.,]\d+)?)\t([^\r\n]*)", re.ASCII)
_SPECTRAL = "\\"  # begins a line with the frequencies of the label before it


def read_labels(path: Path) -> Tier | None:
    """Read a label file; None where the text is something else.

    Regions that overlap and have nothing but numbers for a text are the track of an analysis, not
    labels.

    Raises
    ------
    CorpusError
        If it cannot be read.
    """
    lines = read_text(path).splitlines()
    matches = [
        _LABEL.fullmatch(line) for line in lines if line.strip() and not line.startswith(_SPECTRAL)
    ]
    if not matches or not all(matches):
        return None
    found = [Interval(_seconds(one[1]), _seconds(one[2]), one[3].strip()) for one in matches if one]
    if any(one.end < one.start for one in found) or _is_track(found):
        return None
    regions = tuple(one for one in found if one.end > one.start)
    return Tier("", regions, points=len(found) - len(regions))


def is_label_file(path: Path) -> bool:
    """Whether a text is a label file."""
    try:
        return path.suffix.lower() == ".txt" and read_labels(path) is not None
    except CorpusError:
        return False


def _seconds(text: str) -> float:
    """Read seconds, with a decimal comma where the language has one."""
    return float(text.replace(",", "."))


def _is_track(found: list[Interval]) -> bool:
    """Whether texts are numbers and regions overlap: time, frequency and strength, say."""
    overlapping = any(later.start < one.end for one, later in pairwise(found))
    return overlapping and read_numbers([one.text for one in found]) is not None
