"""What is to be told of rows: their class, or a number that the corpus gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from deepspectrum_features.corpus.columns import FACTS, Column
from deepspectrum_features.corpus.numbers import looks_continuous, read_numbers
from deepspectrum_features.errors import CorpusError, near_miss

if TYPE_CHECKING:
    from deepspectrum_features.baselines.table import Table

(LABEL,) = (column for column in FACTS if column.name == "label")


def told_column(tables: Sequence[Table], target: str | None) -> Column:
    """Return the column of what is to be told: of numbers of one name, or of labels.

    Raises
    ------
    CorpusError
        If no row has a number of this name.
    """
    if target in (None, LABEL.name):
        return LABEL
    utterances = [one for table in tables for one in table.utterances]
    names = sorted({name for one in utterances for name, _ in one.targets})
    if target not in names:
        if looks_continuous(one.label for one in utterances):
            names.append(LABEL.name)
        found = (
            f"one of {', '.join(names)}"
            if names
            else ("a column of numbers (in --labels TABLE, or in the corpus.csv of dsf extract)")
        )
        raise CorpusError(
            f"{tables[0].path}: --target {target}, need {found}{near_miss(str(target), names)}"
        )
    return Column(str(target), np.float64, fact=True, target=True)


def labels_as_numbers(table: Table) -> Table:
    """Return a table whose labels are numbers under the name ``label``.

    Raises
    ------
    CorpusError
        If they are not.
    """
    labels = [one.label for one in table.utterances]
    numbers = read_numbers(labels)
    if numbers is None:
        strange = next(label for label in labels if read_numbers([label]) is None)
        raise CorpusError(f"{table.path}: --target label, but a label is {strange}, need numbers")
    utterances = (
        replace(one, targets=(*one.targets, (LABEL.name, number)))
        for one, number in zip(table.utterances, numbers, strict=True)
    )
    return replace(table, utterances=tuple(utterances))


def check_several(table: Table, target: str | None) -> None:
    """Refuse rows that are all of one class, or all have the same number.

    Raises
    ------
    CorpusError
        Naming it.
    """
    if target:
        numbers = {one.target(target) for one in table.utterances}
        if len(numbers) < 2:
            raise CorpusError(
                f"{table.path}: --target {target}: one number ({numbers.pop():g}), need at least "
                "two"
            )
        return
    classes = {one.label for one in table.utterances}
    if len(classes) < 2:
        raise CorpusError(f"{table.path}: one class ({classes.pop()}), need at least two")


def check_classes(table: Table) -> None:
    """Refuse labels that are measurements rather than classes.

    Raises
    ------
    CorpusError
        Showing some.
    """
    labels = {one.label for one in table.utterances}
    if looks_continuous(labels):
        shown = ", ".join(sorted(labels, key=float)[:3])
        raise CorpusError(
            f"{table.path}: labels look like numbers on a scale ({shown}, ...), need classes (give "
            "--target label to predict the number, --target NAME for another, or --labels TABLE)"
        )
