"""Label files of text, where a line of a certain form labels a recording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deepspectrum_features.corpus.numbers import read_number
from deepspectrum_features.corpus.patterns import not_a_pattern, strange_groups
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
class LabelLines:
    """Label files of text, a recording a line.

    Attributes
    ----------
    files : str
        Regular expression for the end of a label file's path; its named groups are facts.
    example : str
        The path of a label file that fits.
    line : str
        Regular expression of a line that labels a recording. Its group ``name`` is the recording,
        groups named after facts, such as ``label``, are these, and all others are targets.
    line_example : str
        A line that fits.
    other : str
        Regular expression of the lines that say something else; without it only empty ones do.
    last : str
        Regular expression of the last line that is not empty, where that tells a whole file from
        one that was cut off.
    """

    kind: str = "lines"
    files: str
    example: str
    line: str
    line_example: str
    other: str = ""
    last: str = ".*"

    def problems(self) -> Iterator[str]:
        """Yield what keeps the regular expressions from being used."""
        found = [
            problem
            for name in ("files", "line", "other", "last")
            for problem in not_a_pattern(name, getattr(self, name))
        ]
        yield from found
        if found:
            return
        yield from strange_groups("files", re.compile(self.files).groupindex, FACT_NAMES)
        if "name" not in re.compile(self.line).groupindex:
            yield "line has no group 'name', need the one that names the recording"

    def entries(self, folder: Path) -> Iterator[Entry]:
        """Yield what the label files under a folder say, one recording after the other.

        Raises
        ------
        CorpusError
            If there are none, or a line has another form.
        """
        for file, told in find_label_files(folder, self.files, self.example):
            yield from self._entries(file, told)

    def _entries(self, file: Path, told: dict[str, str]) -> Iterator[Entry]:
        """Yield what one label file says."""
        line, other = re.compile(self.line), re.compile(self.other)
        lines = [text.rstrip() for text in _read(file).split("\n")]
        filled = [(number, text) for number, text in enumerate(lines, 1) if text]
        number, text = filled[-1] if filled else (1, "")
        if not filled or not re.fullmatch(self.last, text):
            raise self._damaged(file, number, text)
        for number, text in filled:
            if match := line.fullmatch(text):
                yield _entry(match.groupdict(default=""), told, f"{file}: line {number}")
            elif not other.fullmatch(text):
                raise self._damaged(file, number, text)

    def _damaged(self, file: Path, number: int, text: str) -> CorpusError:
        """Return the error of a line that is damaged."""
        return CorpusError(
            f"{file}: line {number}, {one_line(text[:60])!r}: damaged or cut off, need lines like "
            f"{self.line_example!r}"
        )


def _entry(groups: dict[str, str], told: dict[str, str], place: str) -> Entry:
    """Return what the groups of a line, and the path of its file, say."""
    numbers = groups.keys() - {"name", *FACT_NAMES}
    try:
        targets = tuple((name, read_number(groups[name])) for name in sorted(numbers))
    except ValueError as error:
        raise CorpusError(f"{place}: {str(error)!r}, need a number") from None
    return Entry(bare_name(groups["name"]), facts_of(told, groups), targets, place)


def _read(file: Path) -> str:
    """Read a label file; its comments may be in any encoding."""
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise CorpusError(f"{file}: cannot be read ({error})") from None
