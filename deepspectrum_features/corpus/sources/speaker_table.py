"""What a table that comes with a corpus says of its speakers: numbers, such as their age."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.corpus.numbers import BLANK, read_number
from deepspectrum_features.corpus.sources.delimited import read_rows
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, first_few, one_line

Targets = tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class SpeakerTable:
    """A table with a line for each speaker.

    Attributes
    ----------
    file : str
        Its name; it lies in the folder of the corpus, or in the one above.
    speaker : str
        Column that names speakers as paths do.
    targets : dict of str to str
        Columns of numbers that every utterance of a speaker gets, by the name of the target.
    """

    file: str
    speaker: str
    targets: dict[str, str]


def tell_speakers(
    table: SpeakerTable, folder: Path, utterances: Sequence[Utterance]
) -> tuple[list[Utterance], list[str]]:
    """Give utterances the numbers of their speakers.

    Returns
    -------
    utterances : list of Utterance
        As they were where there is no table.
    notices : list of str
        What is not told.

    Raises
    ------
    CorpusError
        If the table cannot be read, lacks a column, names a speaker twice, or gives no number.
    """
    places = [place / table.file for place in (folder, folder.resolve().parent)]
    found = next((place for place in places if place.is_file()), None)
    told = ", ".join(table.targets)
    if found is None:
        return [*utterances], [f"no {table.file} in {folder} or above it, so no {told} of speakers"]
    numbers = _read(table, found)
    absent = sorted({one.speaker for one in utterances} - {*numbers})
    notices = []
    if absent:
        notices = [
            one_line(f"{found}: {counted(len(absent), 'speaker')} not listed ({first_few(absent)})")
        ]
    return [replace(one, targets=numbers.get(one.speaker, ())) for one in utterances], notices


def _read(table: SpeakerTable, path: Path) -> dict[str, Targets]:
    """Return the numbers of every speaker that a table names."""
    header, rows = read_rows(path)
    names = [name.strip() for name in header]
    _check_columns(table, names, path)
    numbers: dict[str, Targets] = {}
    for line, row in rows:
        where = f"{path}: {line}"
        cells = dict(zip(names, map(str.strip, row), strict=False))
        _check_columns(table, cells, where)
        speaker = cells[table.speaker]
        if speaker in numbers:
            raise CorpusError(one_line(f"{where}: {speaker} is listed before, need it once"))
        numbers[speaker] = tuple(_numbers(table, cells, where))
    return numbers


def _check_columns(table: SpeakerTable, names: Container[str], where: object) -> None:
    """Refuse a header or a line that ends before what is looked for."""
    wanted = [table.speaker, *table.targets.values()]
    if missing := [name for name in wanted if name not in names]:
        raise CorpusError(f"{where}: no column {missing[0]}, need {', '.join(wanted)}")


def _numbers(
    table: SpeakerTable, cells: Mapping[str, str], where: str
) -> Iterator[tuple[str, float]]:
    """Yield the numbers of one line; a blank is none."""
    for target, column in table.targets.items():
        try:
            if cells[column] not in BLANK:
                yield target, read_number(cells[column])
        except ValueError:
            problem = f"{where}: {column} {cells[column]!r}, need a number"
            raise CorpusError(one_line(problem)) from None
