"""Tables that list utterances: CSV or TSV, or an audformat segmented table saved as CSV."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from deepspectrum_features.corpus.numbers import BLANK, read_numbers
from deepspectrum_features.corpus.sources.delimited import Row, read_rows
from deepspectrum_features.corpus.sources.headings import find_columns, may_be_target
from deepspectrum_features.corpus.sources.manifest_notices import notices_of
from deepspectrum_features.corpus.sources.manifest_row import problems_of, utterance_of
from deepspectrum_features.corpus.sources.paths import (
    by_ends,
    by_spelling,
    path_by_end,
    place_of,
    place_or_path,
)
from deepspectrum_features.corpus.sources.spellings import Spellings
from deepspectrum_features.corpus.utterance import Utterance, standing_twice
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import one_line

_KNOWN = 1024  # files of a table whose place is kept


def read_manifest(
    table: Path, root: Path, inside: bool = True
) -> tuple[list[Utterance], list[str]]:
    """Read a table of utterances and the notices a user should see.

    Parameters
    ----------
    table : Path
        UTF-8, or UTF-16 with its mark, separated by commas, tabs or semicolons, with a column
        ``file``. What else is read, and under which names, is the declaration in
        `deepspectrum_features.corpus.columns`; times are seconds, or audformat's
        ``0 days 00:00:01.5``. An empty end is the end of the file, no channel the mean of all.
        Beside a start, a column ``duration`` may stand for the end. Any other column that holds
        nothing but numbers and blanks is a target under its own name. Words for nothing, such as
        ``NA``, are blanks.
    root : Path
        Folder that the paths are relative to.
    inside : bool, optional
        Whether paths must stay in the root. An absolute path to nowhere is then the longest end of
        it that is there, and any path to nowhere the file that differs from it in case and Unicode
        normalisation alone. Otherwise absolute paths, and paths out of it, stay as they are.

    Raises
    ------
    CorpusError
        Naming every line that does not fit.
    """
    header, rows = read_rows(table)
    return list_utterances(table, header, rows, root, inside)


def list_utterances(
    where: str | Path, header: Sequence[str], rows: Sequence[Row], root: Path, inside: bool = True
) -> tuple[list[Utterance], list[str]]:
    """Turn the rows of a table into utterances and notices, as `read_manifest` does.

    Parameters
    ----------
    where : str or Path
        What messages call the table.
    header : sequence of str
    rows : sequence of (str, list of str)
        What messages call each row, such as ``line 4``, and its cells.
    root, inside
        As in `read_manifest`.

    Raises
    ------
    CorpusError
        Naming every line that does not fit.
    """
    columns = find_columns(where, header)
    problems = [
        f"{line}: {len(row)} cells, the header has {len(header)}"
        for line, row in rows
        if len(row) > len(header)
    ]
    targets = _targets(header, [row for _, row in rows], columns)
    utterances, moved, spelled = list[Utterance](), dict[str, str](), dict[str, str]()
    known = lru_cache(_KNOWN)  # tables list many rows of a file
    found_by_end = known(partial(path_by_end, root=root))
    found_as_spelled = known(Spellings(root).find)
    placed = known(partial(place_of if inside else place_or_path, root=root))
    for (line, row), told in zip(rows, _told(targets, len(rows)), strict=True):
        cells = _cells(row, columns, root)
        if inside and (end := found_by_end(cells["file"])):
            moved[cells["file"]] = end
            cells["file"] = end
        place = placed(cells["file"])
        if inside and (file := found_as_spelled(place)):
            spelled[place], place = file, file
        if found := list(problems_of(cells, place, root if inside else None)):
            problems += [f"{line}: {problem}" for problem in found]
        else:
            utterances.append(utterance_of(cells, place, told))
    problems += _listed_twice(utterances)
    if problems:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" * (len(problems) > 5))
        raise CorpusError(f"{where}: {one_line(shown)}")
    if not utterances:
        raise CorpusError(f"{where}: no rows, need at least one file")
    notices = list(notices_of(header, [row for _, row in rows], columns, targets))
    if moved:
        notices.append(f"{by_ends(moved)}, in {root}")
    if spelled:
        notices.append(f"{by_spelling(spelled)}, in {root}")
    return utterances, [f"{where}: {notice}" for notice in notices]


def _cells(row: Sequence[str], columns: Mapping[str, int], root: Path) -> dict[str, str]:
    """Return what a row has in our columns; blank cells are empty."""
    cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
    written = row[columns["file"]] if columns["file"] < len(row) else ""
    if written != cells["file"] and os.path.lexists(root / written):
        cells["file"] = written  # a name may begin or end with a space
    return {name: "" if name != "file" and cell in BLANK else cell for name, cell in cells.items()}


def _listed_twice(utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield the recordings of which one stretch is listed several times."""
    alike = standing_twice(lambda: (one.stretch for one in utterances))
    yield from (f"{file} listed {len(rows)} times" for (file, *_), rows in alike.items())


def _targets(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: Mapping[str, int]
) -> dict[str, list[float]]:
    """Return the columns of numbers that are not ours, by name, NaN where a row has none."""
    names = [name.strip() for name in header]
    found = {}
    for at, name in enumerate(names):
        if at in columns.values() or names.count(name) > 1 or not may_be_target(name):
            continue
        cells = (row[at].strip() if at < len(row) else "" for row in rows)
        if (numbers := read_numbers(cells)) is not None:
            found[name] = numbers
    return found


def _told(targets: Mapping[str, list[float]], rows: int) -> Iterator[tuple[tuple[str, float], ...]]:
    """Yield the numbers of each row that are there."""
    for row in range(rows):
        numbers = ((name, values[row]) for name, values in targets.items())
        yield tuple((name, number) for name, number in numbers if not math.isnan(number))
