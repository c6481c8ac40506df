"""Rows that a table leaves out: of a corpus before any work, of feature files when scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deepspectrum_features.corpus.sources.manifest import read_manifest
from deepspectrum_features.corpus.sources.paths import matched_by_ends
from deepspectrum_features.corpus.utterance import Stretch, join_keys, place
from deepspectrum_features.errors import CorpusError, near_miss, near_path
from deepspectrum_features.terminal import counted, one_line


def excluded_rows(
    table: str | Path, stretches: Sequence[Stretch], root: Path | None = None
) -> frozenset[int]:
    """Find the rows that a table names, to leave them out.

    A line names rows by file, or by file, start and end, or by file and start; without a channel
    it names those of all channels. A line with a file alone names all that the recording gives. A
    path to another place names the file that it ends in.

    Parameters
    ----------
    table : str or Path
        A manifest; of its columns, ``file``, ``start``, ``end`` and ``channel`` are used.
    stretches : sequence of (file, start, end, channel)
        The rows that there are.
    root : Path, optional
        Folder that the table's paths are relative to; default its own.

    Returns
    -------
    frozenset of int
        Positions in ``stretches``.

    Raises
    ------
    CorpusError
        If the table cannot be read, or a line names no row, or two lines the same by their ends.
    """
    table = Path(table)
    if not table.is_file():
        raise CorpusError(
            f"{table}: no such file, need a table of what to leave out{near_path(table)}"
        )
    root = root or table.parent
    listed, _ = read_manifest(table, root, inside=False)
    files, there = (one.file for one in listed), (file for file, *_ in stretches)
    meant = matched_by_ends(table, files, there, root)
    named = (replace(one, file=meant.get(one.file, one.file)) for one in listed)
    lines, keys = join_keys((one.stretch for one in named), stretches)
    rows: dict[Stretch, list[int]] = {}
    for row, key in enumerate(keys):
        for name in _names(key):
            rows.setdefault(name, []).append(row)
    if idle := [line for line in lines if line not in rows]:
        raise CorpusError(f"{table}: {_names_nothing(idle, stretches)}")
    return frozenset(row for line in lines for row in rows[line])


def _names(key: Stretch) -> set[Stretch]:
    """Return what a line may call a row."""
    file, start, end, channel = key
    return {
        (file, *times, of_channel)
        for of_channel in (channel, 0)
        for times in ((start, end), (start, None), (0.0, None))
    }


def _names_nothing(idle: Sequence[Stretch], stretches: Sequence[Stretch]) -> str:
    """Say which line names no row, and what comes close to it."""
    files = list(dict.fromkeys(stretch[0] for stretch in stretches))
    first = idle[0]
    near = next((place(stretch) for stretch in stretches if stretch[0] == first[0]), None)
    hint = near_miss(first[0], files) if near is None else f" (did you mean {near!r}?)"
    return one_line(f"{counted(len(idle), 'line')} without a match, such as {place(first)}{hint}")
