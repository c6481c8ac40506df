"""Tables that list utterances: CSV or TSV, or an audformat segmented table saved as CSV."""

from __future__ import annotations

import csv
import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.columns import COLUMNS, FACTS, TOLD
from deepspectrum_features.corpus.numbers import BLANK, odd_cell, read_number, read_numbers
from deepspectrum_features.corpus.utterance import Utterance, join_keys
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.terminal import one_line

_COLUMNS = [column.name for column in TOLD]
_TAKEN = frozenset(name for column in COLUMNS for name in (column.name, *column.aliases))
_CHANNEL = re.compile(r"0*(\d{1,4})(?:\.0*)?", re.ASCII)  # 1.0, as pandas writes it beside NaN
_MOST_CHANNELS = 1024  # of libsndfile
_CLOCK = re.compile(
    r"(?P<days>-?\d+) days?(?: \+?(?P<clock>\d+:\d\d:\d\d(?:\.\d+)?))?"
    r"|(?P<alone>\d+:\d\d:\d\d(?:\.\d+)?)",
    re.ASCII,
)


def read_manifest(table: Path, root: Path) -> tuple[list[Utterance], list[str]]:
    """Read a table of utterances and the notices a user should see.

    Parameters
    ----------
    table : Path
        UTF-8, separated by commas, tabs or semicolons. Column ``file`` is needed; ``start`` and
        ``end`` (seconds, or audformat's ``0 days 00:00:01.5``; an empty end or ``NaT`` is the end
        of the file), ``channel`` (counted from 1; empty or 0 is the mean of all) and the facts
        that `deepspectrum_features.corpus.columns` declares are read when there. Any other column
        that holds nothing but numbers and blanks is a target under its own name.
    root : Path
        Folder that the paths are relative to, and must stay in.

    Raises
    ------
    CorpusError
        Naming every line that does not fit.
    """
    header, rows = _read_rows(table)
    columns = _columns(header)
    if "file" not in columns:
        raise CorpusError(
            f"{table}: columns {one_line(', '.join(header))}, need one named file"
            f"{near_miss('file', [name.lower() for name in header])}"
        )
    problems = [
        f"line {line}: {len(row)} cells, the header has {len(header)}"
        for line, row in rows
        if len(row) > len(header)
    ]
    targets = _targets(header, [row for _, row in rows], columns)
    utterances = [
        replace(utterance, targets=told)
        for (line, row), told in zip(rows, _told(targets, len(rows)), strict=True)
        if (utterance := _utterance(line, row, columns, root, problems)) is not None
    ]
    (keys,) = join_keys(one.stretch for one in utterances)
    twice = ((key, count) for key, count in Counter(keys).items() if count > 1)
    problems += [f"{key[0]} listed {count} times" for key, count in twice]
    if problems:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" * (len(problems) > 5))
        raise CorpusError(f"{table}: {one_line(shown)}")
    if not utterances:
        raise CorpusError(f"{table}: no rows, need at least one file")
    return utterances, list(_notices(table, header, [row for _, row in rows], columns, targets))


def _read_rows(table: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the numbered rows that hold anything."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            delimiter = max(",\t;", key=first.count)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            lines = [(reader.line_num, row) for row in reader if any(row)]
    except UnicodeDecodeError as error:
        raise CorpusError(f"{table}: byte {error.start} is not UTF-8, need UTF-8 text") from None
    except (OSError, csv.Error) as error:
        raise CorpusError(f"{table}: cannot be read ({error})") from None
    if not lines:
        raise CorpusError(f"{table}: empty, need a header line with a column named file")
    return lines[0][1], lines[1:]


def _columns(header: list[str]) -> dict[str, int]:
    """Map our column names to positions; an exact name goes before an alias."""
    names = [name.strip().lower() for name in header]
    columns = {}
    for column in TOLD:
        if spelled := [name for name in (column.name, *column.aliases) if name in names]:
            columns[column.name] = names.index(spelled[0])
    return columns


def _targets(
    header: list[str], rows: list[list[str]], columns: dict[str, int]
) -> dict[str, list[float]]:
    """Return the columns of numbers that are not ours, by name, NaN where a row has none."""
    names = [name.strip() for name in header]
    found = {}
    for at, name in enumerate(names):
        if at in columns.values() or names.count(name) > 1 or not _may_be_target(name):
            continue
        cells = (row[at].strip() if at < len(row) else "" for row in rows)
        if (numbers := read_numbers(cells)) is not None:
            found[name] = numbers
    return found


def _may_be_target(name: str) -> bool:
    """Whether a name is free, and can be that of a dataset."""
    return bool(name.strip(".")) and not {"/", "\0"} & {*name} and name.lower() not in _TAKEN


def _told(targets: dict[str, list[float]], rows: int) -> Iterator[tuple[tuple[str, float], ...]]:
    """Yield the numbers of each row that are there."""
    for row in range(rows):
        numbers = ((name, values[row]) for name, values in targets.items())
        yield tuple((name, number) for name, number in numbers if not math.isnan(number))


def _notices(
    table: Path,
    header: list[str],
    rows: list[list[str]],
    columns: dict[str, int],
    targets: dict[str, list[float]],
) -> Iterator[str]:
    """Yield which columns were read as numbers, and which were not read."""
    missing = [name for name in _COLUMNS if name not in columns]
    others = [name.strip() for at, name in enumerate(header) if at not in columns.values()]
    for what, names in (
        ("numbers read", [name for name in others if name in targets]),
        ("columns not used", [name for name in others if name not in targets]),
    ):
        if names:
            shown = ", ".join(name + near_miss(name.lower(), missing) for name in names)
            yield f"{table}: {what}: {one_line(shown)}"
    for at, name in enumerate(header):
        if at in columns.values() or name.strip() in targets:
            continue
        if odd := odd_cell(row[at].strip() if at < len(row) else "" for row in rows):
            where = f"{table}: {one_line(name.strip())}"
            yield f"{where}: {one_line(odd)!r} is no number, the others are"


def _utterance(
    line: int, row: list[str], columns: dict[str, int], root: Path, problems: list[str]
) -> Utterance | None:
    """Turn one row into an utterance, or add what is wrong with it to the problems."""
    cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
    written = row[columns["file"]] if columns["file"] < len(row) else ""
    if written != cells["file"] and os.path.lexists(root / written):
        cells["file"] = written  # a name may begin or end with a space
    found = list(_cell_problems(cells, root))
    if found:
        problems.extend(f"line {line}: {problem}" for problem in found)
        return None
    facts: dict[str, Any] = {column.name: cells.get(column.name, "") for column in FACTS}
    return Utterance(
        _relative(cells["file"], root),
        _seconds(cells.get("start", "")) or 0.0,
        _seconds(cells.get("end", "")),
        channel=_channel(cells.get("channel", "")),
        **facts,
    )


def _cell_problems(cells: dict[str, str], root: Path) -> Iterator[str]:
    """Yield what is wrong with one row."""
    if not cells["file"]:
        yield "no file"
    elif "\0" in cells["file"]:
        yield f"{cells['file']!r} holds a NUL, need a file name"
    elif _relative(cells["file"], root).split("/")[0] == "..":
        yield f"{cells['file']} lies outside {root}, need a path inside it (give --root)"
    times = {}
    for name in ("start", "end"):
        try:
            times[name] = _seconds(cells.get(name, ""))
        except ValueError:
            yield f"{name} {cells[name]!r}, need seconds"
    start, end = times.get("start") or 0.0, times.get("end")
    if start < 0:
        yield f"start {start:g} s, need 0 or later"
    elif end is not None and end <= start:
        yield f"end {end:g} s is not after start {start:g} s"
    try:
        _channel(cells.get("channel", ""))
    except ValueError:
        yield f"channel {cells['channel']!r}, need its number, 1 to {_MOST_CHANNELS}, or nothing"
    for column in FACTS:
        if column.values and (found := cells.get(column.name, "")) not in column.values:
            *others, last = filter(None, column.values)
            yield f"{column.name} {found!r}, need {', '.join(others)} or {last}"


def _relative(file: str, root: Path) -> str:
    """Return a path relative to the root, ``/`` separated; outside it begins with ``../``."""
    path = root / file
    if "\\" in file and not os.path.lexists(path):  # written on Windows
        path = root / file.replace("\\", "/")
    relative = os.path.relpath(path, root)
    if relative.startswith(".."):  # the same place may have been named through a link
        folder = os.path.realpath(path.parent)  # Path.resolve raises where links form a loop
        relative = os.path.relpath(Path(folder, path.name), os.path.realpath(root))
    return Path(relative).as_posix()


def _seconds(text: str) -> float | None:
    """Read seconds or a clock time; None where the cell is empty or NaT."""
    if text in BLANK:
        return None
    if time := _CLOCK.fullmatch(text):  # as pandas writes a timedelta; "0 days" alone is zero
        clock = time["clock"] or time["alone"] or "0:0:0"
        hours, minutes, rest = map(float, clock.split(":"))
        seconds = float(time["days"] or 0) * 86400 + hours * 3600 + minutes * 60 + rest
    else:
        seconds = read_number(text)
    if not math.isfinite(seconds):
        raise ValueError(text)
    return seconds


def _channel(text: str) -> int:
    """Read the number of a channel; 0, the mean of all, where the cell is empty."""
    if text in BLANK:
        return 0
    number = _CHANNEL.fullmatch(text)
    if number is None or int(number[1]) > _MOST_CHANNELS:
        raise ValueError(text)
    return int(number[1])
