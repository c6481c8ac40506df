"""Columns of feature files: those that are asked for, and the families that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from fnmatch import fnmatchcase

from deepspectrum_features import arguments
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.terminal import counted, counts, first_few

#: What makes a name a pattern.
_WILD = frozenset("*?[")


def take_columns(tables: Sequence[Table], patterns: Sequence[str]) -> list[Table]:
    """Take the columns that match any of some patterns, in the order that they have.

    Parameters
    ----------
    tables : sequence of Table
    patterns : sequence of str
        Names of columns, in which ``*`` stands for any text, ``?`` for one character and ``[0-3]``
        for one of several; case counts. A name that a column really has is always this column.
        None at all: every column is taken.

    Returns
    -------
    list of Table
        Their names say which patterns were used.

    Raises
    ------
    FeatureFileError
        If a table has no such column, or a pattern matches in no table.
    TypeError
        If ``patterns`` is no list of texts.
    """
    _check(patterns)
    for pattern in patterns:
        if not any(_matching(table, [pattern]) for table in tables):
            raise _no_match(tables, [pattern])
    return [_narrowed(table, patterns) for table in tables] if patterns else list(tables)


def _check(patterns: Sequence[str]) -> None:
    """Refuse what is no list of texts."""
    listed = isinstance(patterns, Sequence) and not isinstance(patterns, str)
    if not listed or not all(isinstance(one, str) for one in patterns):
        arguments.refuse("columns", patterns, "a list of names or patterns", TypeError)


def shares(whole: Sequence[Table], taken: Sequence[Table]) -> list[str]:
    """Say of every table how many of its columns were taken."""
    return [
        f"{some.name}: {len(some.column_name)} of {counted(len(every.column_name), 'column')}"
        for every, some in zip(whole, taken, strict=True)
    ]


def families_line(table: Table) -> str:
    """Name the families of a table, each with its number of columns."""
    return f"columns of {table.name} by family: {counts(table.family)}"


def told_apart(tables: Sequence[Table]) -> tuple[str, ...]:
    """Return the families of tables side by side; those of one name in two are two families."""
    owners = [set(table.family) for table in tables]
    return tuple(
        family if sum(family in own for own in owners) == 1 else f"{table.name}: {family}"
        for table in tables
        for family in table.family
    )


def _narrowed(table: Table, patterns: Sequence[str]) -> Table:
    """Return a table of the columns that match."""
    used = [pattern for pattern in dict.fromkeys(patterns) if _matching(table, [pattern])]
    if not used:
        raise _no_match([table], patterns)
    chosen = _matching(table, used)
    return replace(
        table,
        name=f"{table.name}[{first_few(used, ' ')}]",
        features=table.features[:, chosen],
        column_name=tuple(table.column_name[column] for column in chosen),
        family=tuple(table.family[column] for column in chosen),
    )


def _matching(table: Table, patterns: Sequence[str]) -> list[int]:
    """Return which columns match any pattern."""
    names = set(patterns)
    wild = [pattern for pattern in patterns if _WILD.intersection(pattern)]
    return [
        column
        for column, name in enumerate(table.column_name)
        if name in names or any(fnmatchcase(name, pattern) for pattern in wild)
    ]


def _no_match(tables: Sequence[Table], patterns: Sequence[str]) -> FeatureFileError:
    """Say that there is no such column, which families there are, and what comes nearest."""
    names = [name for table in tables for name in table.column_name]
    families = counts(family for table in tables for family in table.family)
    nearest = max(names, key=lambda name: max(_likeness(name, one) for one in patterns))
    where = first_few([str(table.path) for table in tables])
    return FeatureFileError(
        f"{where}: no column matches --columns {' '.join(patterns)}, need some of these families: "
        f"{families} (the nearest column is {nearest}, dsf info --columns lists all)"
    )


def _likeness(name: str, pattern: str) -> float:
    """Say how much the beginning of a name, or its end, is like a pattern: 0 to 1."""
    text = pattern.strip("*").lower()
    part = name[-len(text) :] if pattern.startswith("*") else name[: len(text)]
    return SequenceMatcher(None, text, part.lower()).ratio()
