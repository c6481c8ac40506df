"""One row of a manifest: the utterance that it lists, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from sys import intern
from typing import Any

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.sources.cells import MOST_CHANNELS, read_channel, read_seconds
from deepspectrum_features.corpus.sources.headings import DURATION
from deepspectrum_features.corpus.sources.paths import as_written, is_outside
from deepspectrum_features.corpus.utterance import Utterance

_DIGITS = 9  # of a start and a duration added up, s


def utterance_of(
    cells: Mapping[str, str], place: str, targets: tuple[tuple[str, float], ...]
) -> Utterance:
    """Return the utterance of a row without `problems_of`.

    Parameters
    ----------
    cells : mapping of str to str
        What stands in the columns that `find_columns` found; blank ones are empty.
    place : str
        Where its file is, as `place_of` says.
    targets : tuple of (str, float)
    """
    start = read_seconds(cells.get("start", "")) or 0.0
    # of a label or a speaker that many rows have, one text is enough
    facts: dict[str, Any] = {column.name: intern(cells.get(column.name, "")) for column in FACTS}
    return Utterance(
        as_written(cells["file"]) if is_outside(place) else place,
        start,
        _end(cells, start),
        channel=read_channel(cells.get("channel", "")),
        targets=targets,
        **facts,
    )


def problems_of(cells: Mapping[str, str], place: str, root: Path | None) -> Iterator[str]:
    """Yield what is wrong with one row; with a root, that its file lies outside too."""
    file = cells["file"]
    if not file:
        yield "no file"
    elif "\0" in file:
        yield f"{file!r} holds a NUL, need a file name"
    elif root and is_outside(place):
        yield f"{file} lies outside {root}, need a path inside it (give --root)"
    yield from _time_problems(cells)
    try:
        read_channel(cells.get("channel", ""))
    except ValueError:
        yield f"channel {cells['channel']!r}, need its number, 1 to {MOST_CHANNELS}, or nothing"
    for column in FACTS:
        if column.values and (found := cells.get(column.name, "")) not in column.values:
            *others, last = filter(None, column.values)
            yield f"{column.name} {found!r}, need {', '.join(others)} or {last}"


def _time_problems(cells: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with start, end and duration."""
    times = dict[str, float | None]()
    for name in ("start", "end", DURATION):
        try:
            times[name] = read_seconds(cells.get(name, ""))
        except ValueError:
            yield f"{name} {cells[name]!r}, need seconds"
    start, end, length = times.get("start") or 0.0, times.get("end"), times.get(DURATION)
    if start < 0:
        yield f"start {start:g} s, need 0 or later"
    elif end is not None and end <= start:
        yield f"end {end:g} s is not after start {start:g} s"
    elif length is not None and length <= 0:
        yield f"duration {length:g} s, need more than 0"


def _end(cells: Mapping[str, str], start: float) -> float | None:
    """Return the end of a row, as it stands there or as its duration says."""
    length = read_seconds(cells.get(DURATION, ""))
    return read_seconds(cells.get("end", "")) if length is None else round(start + length, _DIGITS)
