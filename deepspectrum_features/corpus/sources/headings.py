"""The columns of a table by what stands above them, however it is spelled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from deepspectrum_features.corpus.columns import COLUMNS, TOLD
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.terminal import one_line

#: What a row may have in place of an end, counted from its start.
DURATION = "duration"
_DURATIONS = (DURATION, "dur", "length")
_OFFSET = "offset"  # of an onset or start: the end; of a duration: the start
_ENDINGS = frozenset("end ends stop finish until to dur duration length len t1".split())
_SECONDS = frozenset("s sec secs second seconds".split())
_OTHER_UNITS = frozenset(
    "ms msec millis milliseconds us ns sample samples frame frames hh mm ss".split()
)
_NAMES = {column.name: (column.name, *column.aliases) for column in TOLD}
_TAKEN = frozenset(name for column in COLUMNS for name in (column.name, *column.aliases))


def find_columns(where: object, header: Sequence[str]) -> dict[str, int]:
    """Find the columns that a manifest may have, and `DURATION` where that stands for the end.

    Case, blanks, hyphens and underscores do not matter, and ``(s)`` may stand behind a time. An
    exact name goes before an alias.

    Parameters
    ----------
    where : object
        The table, for messages.
    header : sequence of str

    Returns
    -------
    dict of str to int
        Positions by the names of the declaration.

    Raises
    ------
    CorpusError
        If there is no column ``file``, times are given in another unit alone, or rows have a start
        and something that looks like an end or a duration under no name that is known.

    Examples
    --------
    >>> find_columns("a.csv", ["File", "Start (s)", "dur", "emotion"])
    {'file': 0, 'label': 3, 'start': 1, 'duration': 2}
    """
    spelled = [plain_heading(name) for name in header]
    columns = {}
    for name, names in _NAMES.items():
        if (at := _first(spelled, names)) is not None:
            columns[name] = at
    if "file" not in columns:
        near = near_miss("file", [name.lower() for name in header])
        raise CorpusError(
            f"{where}: columns {one_line(', '.join(header))}, need one named file"
            f"{near or ' (label and speaker name the others)'}"
        )
    columns |= _durations_and_offsets(spelled, columns)
    _refuse_other_units(where, header, columns)
    _refuse_other_endings(where, header, columns)
    return columns


def plain_heading(name: str) -> str:
    """Return a heading in small letters with ``_`` between words, without a unit of seconds.

    Examples
    --------
    >>> [plain_heading(name) for name in ("Speaker ID", "end-time", "Start (s)", "stops")]
    ['speaker_id', 'end_time', 'start', 'stops']
    """
    words = _words(name)
    return "_".join(words[:-1] if len(words) > 1 and words[-1] in _SECONDS else words)


def may_be_target(name: str) -> bool:
    """Whether a name is free, and can be that of a dataset."""
    return bool(name.strip(".")) and not {"/", "\0"} & {*name} and name.lower() not in _TAKEN


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.lower())


def _first(spelled: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the position of the first name that is there, in two words or in one."""
    every = (one for name in names for one in (name, name.replace("_", "")))
    return next((spelled.index(name) for name in every if name in spelled), None)


def _durations_and_offsets(spelled: Sequence[str], columns: Mapping[str, int]) -> dict[str, int]:
    """Return what stands for a start or an end that has no column of its own."""
    duration, offset = _first(spelled, _DURATIONS), _first(spelled, (_OFFSET,))
    if "start" in columns and "end" not in columns:
        found = {"end": offset} if duration is None else {DURATION: duration}
    elif "start" not in columns and "end" not in columns and duration is not None:
        found = {} if offset is None else {"start": offset, DURATION: duration}
    else:
        found = {}
    return {name: at for name, at in found.items() if at is not None}


def _refuse_other_units(where: object, header: Sequence[str], columns: Mapping[str, int]) -> None:
    """Refuse starts, ends and durations that nothing but other units tell."""
    wanted = [name for name in ("start", "end") if name not in columns]
    wanted_names = {name for role in wanted for name in _NAMES[role]}
    if "start" in columns and "end" in wanted and DURATION not in columns:
        wanted_names |= {*_DURATIONS, _OFFSET}
    if strange := [name for name in header if _in_other_unit(name, wanted_names)]:
        raise CorpusError(
            f"{where}: {one_line(', '.join(strange))}: not in seconds, need columns start and end "
            "(or start and duration) in seconds"
        )


def _refuse_other_endings(where: object, header: Sequence[str], columns: Mapping[str, int]) -> None:
    """Refuse starts alone where a heading says that rows end somewhere."""
    if "start" not in columns or {"end", DURATION} & columns.keys():
        return
    unused = (name for at, name in enumerate(header) if at not in columns.values())
    if endings := [name for name in unused if _ENDINGS.intersection(_words(name))]:
        start = header[columns["start"]]
        raise CorpusError(
            f"{where}: {one_line(', '.join(endings))}: beside {one_line(start)}, need a column end "
            "or duration (name it so; with an empty column end, rows reach to the end of the "
            "recording)"
        )


def _in_other_unit(name: str, names: set[str]) -> bool:
    """Whether a heading is one of the names with another unit than seconds."""
    words = _words(name)
    units = next((at for at, word in enumerate(words) if word in _OTHER_UNITS), len(words))
    return (
        0 < units < len(words)
        and _OTHER_UNITS.union(_SECONDS).issuperset(words[units:])
        and "_".join(words[:units]) in names
    )
