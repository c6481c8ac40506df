"""Rows of feature files, and inputs without one, that are not scored: which, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.corpus.columns import Column
from deepspectrum_features.corpus.exclusion import excluded_rows
from deepspectrum_features.corpus.utterance import join_keys
from deepspectrum_features.errors import CorpusError

if TYPE_CHECKING:
    from deepspectrum_features.baselines.labels import Told
    from deepspectrum_features.baselines.table import Table


def refused_inputs(tables: Sequence[Table], told: Told) -> list[LeftOut]:
    """Count the inputs that were refused at extraction, and that no table has a row of."""
    refused = [one for table in tables for one in table.refused]
    keys, rows = join_keys(
        (one.stretch for one in refused),
        (one.stretch for table in tables for one in table.utterances),
    )
    there = {*rows, *((file, start, None, channel) for file, start, _, channel in rows)}
    labels = dict[object, str]()
    for key, label in zip(keys, told.labels(refused), strict=True):
        if key not in there:
            labels[key] = labels.get(key) or label
    return [LeftOut.of("inputs refused at extraction", list(labels.values()))] if labels else []


def drop_excluded(
    tables: Sequence[Table], exclude: str | Path | None
) -> tuple[list[Table], list[LeftOut]]:
    """Leave out what a table of exclusions names, of the rows and of what was refused.

    Raises
    ------
    CorpusError
        If a line of it names nothing, or nothing is left.
    """
    if exclude is None:
        return list(tables), []
    listed = [(*table.utterances, *table.refused) for table in tables]
    (keys,) = join_keys(one.stretch for inputs in listed for one in inputs)
    named = excluded_rows(exclude, keys)
    labels = dict[object, str]()
    kept, first = [], 0
    for table, inputs in zip(tables, listed, strict=True):
        count = len(table.utterances)
        for row in (row for row in range(count) if first + row in named):
            labels[keys[first + row]] = labels.get(keys[first + row]) or inputs[row].label
        rows = [row for row in range(count) if first + row not in named]
        refused = [inputs[row] for row in range(count, len(inputs)) if first + row not in named]
        kept.append(replace(table.take(rows), refused=tuple(refused)))
        first += len(inputs)
        if not rows:
            raise CorpusError(f"{exclude}: leaves nothing of {table.path}, need some rows")
    left_out = LeftOut.of(f"{tables[0].unit} that {exclude} names", list(labels.values()))
    return kept, [left_out] if labels else []


def drop_silent(tables: Sequence[Table]) -> tuple[list[Table], list[LeftOut]]:
    """Leave out the rows of nothing but digital zeros: there is nothing in them to tell.

    Raises
    ------
    CorpusError
        If that is all of them.
    """
    silent = np.any([table.silent for table in tables], axis=0)
    if not silent.any():
        return list(tables), []
    if silent.all():
        raise CorpusError(f"{tables[0].files}: nothing but digital silence, need speech")
    heard = np.flatnonzero(~silent).tolist()
    labels = [tables[0].utterances[row].label for row in np.flatnonzero(silent)]
    left_out = LeftOut.of(f"{tables[0].unit} of digital silence", labels)
    return [table.take(heard) for table in tables], [left_out]


def drop_blank(tables: Sequence[Table], column: Column) -> tuple[list[Table], list[LeftOut]]:
    """Leave out the rows of which no table has what is to be told: a label, or a number.

    Raises
    ------
    CorpusError
        If that is all of them.
    """
    told = [[column.of(one) for one in table.utterances] for table in tables]
    rows = [any(column.known([value]) for value in values) for values in zip(*told, strict=True)]
    known = [row for row, there in enumerate(rows) if there]
    if not known:
        numbers = sorted({name for one in tables[0].utterances for name, _ in one.targets})
        number = f", or --target {'|'.join(numbers)} to predict a number" if numbers else ""
        raise CorpusError(
            f"{tables[0].path}: no labels, need some to separate (give --labels TABLE or --layout "
            f"NAME{number}; or extract once more with --layout NAME, --labels-from parent-folder "
            "or a corpus.csv with a label column, which adds them to the file)"
        )
    what = column.name if column.target else "a label"
    blank = [one.label for one, there in zip(tables[0].utterances, rows, strict=True) if not there]
    left_out = [LeftOut.of(f"{tables[0].unit} without {what}", blank)] if blank else []
    return [table.take(known) for table in tables], left_out
