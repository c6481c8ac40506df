"""Label files that are tables, a recording a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deepspectrum_features.corpus.numbers import BLANK, read_number
from deepspectrum_features.corpus.patterns import (
    filled,
    names_in,
    not_a_pattern,
    strange_groups,
)
from deepspectrum_features.corpus.sources.delimited import read_rows
from deepspectrum_features.corpus.sources.label_files.entry import (
    FACT_NAMES,
    Entry,
    bare_name,
    facts_of,
    find_label_files,
)
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import one_line


@dataclass(frozen=True, kw_only=True)
class LabelRows:
    """Label files that are tables, a recording a row.

    Attributes
    ----------
    files : str
        Regular expression for the end of a label file's path; its named groups are facts.
    example : str
        The path of a label file that fits.
    name : str
        Name of the recording of a row, its columns in braces: ``dia{Dialogue_ID}``.
    columns : dict of str to str
        The column that tells a fact, such as ``label``.
    targets : dict of str to str
        The column of numbers that a target is.
    blank : tuple of str
        Cells that tell nothing, besides empty ones and words such as ``NA``.
    """

    kind: str = "table"
    files: str
    example: str
    name: str
    columns: dict[str, str]
    targets: dict[str, str] = field(default_factory=dict)
    blank: tuple[str, ...] = ()

    def problems(self) -> Iterator[str]:
        """Yield what keeps the table from being read."""
        wrong = list(not_a_pattern("files", self.files))
        yield from wrong
        if not wrong:
            yield from strange_groups("files", re.compile(self.files).groupindex, FACT_NAMES)
        if strange := [fact for fact in self.columns if fact not in FACT_NAMES]:
            yield f"columns names {strange[0]!r}, need {', '.join(FACT_NAMES)}"
        if not names_in(self.name):
            yield "name has no column in braces, need the one that names the recording"

    def entries(self, folder: Path) -> Iterator[Entry]:
        """Yield what the tables under a folder say, row by row.

        Raises
        ------
        CorpusError
            If there are none, or one lacks a column or is damaged.
        """
        for file, told in find_label_files(folder, self.files, self.example):
            yield from self._entries(file, told)

    def _entries(self, file: Path, told: dict[str, str]) -> Iterator[Entry]:
        """Yield what one table says."""
        header, rows = read_rows(file)
        needed = [*names_in(self.name), *self.columns.values(), *self.targets.values()]
        if missing := [name for name in needed if name not in header]:
            raise CorpusError(
                f"{file}: columns {one_line(', '.join(header))}, need {', '.join(missing)}"
            )
        for line, row in rows:
            if len(row) != len(header):
                raise CorpusError(
                    f"{file}: {line}: damaged or cut off, {len(row)} cells, the header has "
                    f"{len(header)}"
                )
            cells = dict(zip(header, map(str.strip, row), strict=True))
            yield self._entry(cells, told, f"{file}: {line}")

    def _entry(self, cells: Mapping[str, str], told: dict[str, str], place: str) -> Entry:
        """Return what one row says."""
        facts = {
            fact: cell
            for fact, column in self.columns.items()
            if (cell := cells[column]) not in BLANK and cell not in self.blank
        }
        name = bare_name(filled(self.name, cells))
        return Entry(name, facts_of(told, facts), tuple(self._targets(cells, place)), place)

    def _targets(self, cells: Mapping[str, str], place: str) -> Iterator[tuple[str, float]]:
        """Yield the numbers of one row that are there."""
        for name, column in self.targets.items():
            if (cell := cells[column]) in BLANK:
                continue
            try:
                yield name, read_number(cell)
            except ValueError:
                raise CorpusError(f"{place}: {column} {cell!r}, need a number") from None
