"""Feature files brought together: the same rows in the same order, told the same of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.corpus.columns import Column
from deepspectrum_features.corpus.sources.paths import other_roots
from deepspectrum_features.corpus.utterance import Stretch, Utterance, join_keys, place
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.terminal import counts

if TYPE_CHECKING:
    from deepspectrum_features.baselines.table import Table


def align(tables: Sequence[Table], common: bool) -> tuple[list[Table], list[LeftOut]]:
    """Bring all tables into the order of the first.

    Parameters
    ----------
    tables : sequence of Table
    common : bool
        Keep the rows that all have, where they differ.

    Returns
    -------
    tables : list of Table
    left_out : list of LeftOut
        What each table lacks of the rows that another has; a row may be lacking in several.

    Raises
    ------
    FeatureFileError
        If they differ in their rows without ``common``, or share none.
    """
    head, *others = tables
    all_keys = join_keys(*((one.stretch for one in table.utterances) for table in tables))
    first, *rest = all_keys
    for table, keys in zip(others, rest, strict=True):
        if not common and set(keys) != set(first):
            raise FeatureFileError(_differing(head, first, table, keys))
    shared = set(first).intersection(*rest)
    if not shared:
        roots = filter(None, (_other_roots(head, table) for table in others))
        raise FeatureFileError(
            f"{head.files}: shares no utterance with the other files{next(roots, '')}"
        )
    order = [key for key in first if key in shared]
    aligned = []
    for table, found in zip(tables, all_keys, strict=True):
        rows = {key: row for row, key in enumerate(found)}
        aligned.append(table.take([rows[key] for key in order]))
    return aligned, _lacking(tables, all_keys)


def _differing(head: Table, first: Sequence[Stretch], table: Table, keys: Sequence[Stretch]) -> str:
    """Say which rows two tables do not share."""
    alone = [
        one
        for own, found, others in ((head, first, {*keys}), (table, keys, {*first}))
        for one, key in zip(own.utterances, found, strict=True)
        if key not in others
    ]
    corpora = (
        f" ({counts(one.corpus for one in alone)})" if any(one.corpus for one in alone) else ""
    )
    return (
        f"{table.files}: {len(keys)} {table.unit}, {head.files}: {len(first)}; {len(alone)} are of "
        f"one alone{corpora}, the first is {place(alone[0].stretch)}"
        + (_other_roots(head, table) or " (need the same, or --common)")
    )


def _other_roots(one: Table, other: Table) -> str:
    """Say why two tables of the same recordings share no row, where their paths tell it."""
    files = ([row.file for row in table.utterances] for table in (one, other))
    found = other_roots(*files)
    return f" ({found}; extract both from one folder)" if found else ""


def agree(tables: Sequence[Table], columns: Iterable[Column]) -> list[Table]:
    """Give every table the facts that it lacks entirely and another has.

    Parameters
    ----------
    tables : sequence of Table
        Aligned.
    columns : iterable of Column
        The facts that all are to agree on.

    Raises
    ------
    FeatureFileError
        If two tables tell different things of a row, naming the first.
    """
    for column in columns:
        told = [[column.of(one) for one in table.utterances] for table in tables]
        known = [number for number, values in enumerate(told) if column.known(values)]
        for number in known[1:]:
            _check_equal(column, tables[known[0]], tables[number])
        if known and len(known) < len(tables):
            tables = [_filled(table, column, told[known[0]]) for table in tables]
    return list(tables)


def _check_equal(column: Column, one: Table, other: Table) -> None:
    """Refuse another fact of the same row."""
    told = [[_shown(column, row) for row in table.utterances] for table in (one, other)]
    rows = [row for row, (first, second) in enumerate(zip(*told, strict=True)) if first != second]
    if rows:
        row = rows[0]
        expected, found = (values[row] or "unknown" for values in told)
        raise FeatureFileError(
            f"{other.path}: {column.name} of {place(one.utterances[row].stretch)} is {found}, "
            f"{one.path} says {expected} ({len(rows)} {one.unit} differ), need files of one corpus "
            "(or --labels TABLE)"
        )


def _shown(column: Column, one: Utterance) -> str:
    """Return what a row has of a column, as text; empty where it has none."""
    value = column.of(one)
    return str(value) if column.known([value]) else ""


def _filled(table: Table, column: Column, values: Sequence[Any]) -> Table:
    """Return a table with one fact as another has it."""
    return replace(
        table,
        utterances=tuple(
            replace(one, targets=(*one.targets, (column.name, value)))
            if column.target
            else replace(one, **{column.name: value})
            for one, value in zip(table.utterances, values, strict=True)
        ),
    )


def _lacking(tables: Sequence[Table], all_keys: Sequence[Sequence[Stretch]]) -> list[LeftOut]:
    """Count what each table lacks of the rows that another has."""
    labels: dict[Stretch, str] = {}
    for table, keys in zip(tables, all_keys, strict=True):
        for key, one in zip(keys, table.utterances, strict=True):
            labels[key] = labels.get(key) or one.label
    found = []
    for table, there in zip(tables, map(set, all_keys), strict=True):
        if lacking := [label for key, label in labels.items() if key not in there]:
            found.append(LeftOut.of(f"{table.unit} not in {table.name}", lacking))
    return found
