"""What systems make of every class, in the tables of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deepspectrum_features.baselines.records import ClassScores, SystemResult
from deepspectrum_features.baselines.report.cells import Cell, Table, upright
from deepspectrum_features.baselines.report.wording import PERCENT, number
from deepspectrum_features.baselines.results import Results


def rates(told: ClassScores, classes: Sequence[str]) -> Iterator[tuple[float | None, ...]]:
    """Yield precision, recall and F1 of every class, the harmonic mean of the two."""
    for name in classes:
        precision, recall = told.precision.get(name), told.recall.get(name)
        both = (precision or 0.0) + (recall or 0.0)
        f1 = 2 * (precision or 0.0) * (recall or 0.0) / both if both else 0.0
        yield precision, recall, None if recall is None else f1


def recalls(results: Results) -> Table | None:
    """Say which classes every system finds, where there are several."""
    found = _by_class(results)
    if len(found) < 2:
        return None
    counts = found[0][1].confusion
    header = [
        Cell(name, f"n = {sum(row)}") for name, row in zip(results.classes, counts, strict=False)
    ]
    rows = [
        (Cell(one.name), *(_recall(told, name) for name in results.classes)) for one, told in found
    ]
    return Table("Recall (and precision) of every class", (Cell("System"), *header), rows, "recall")


def classes(results: Results) -> list[Table]:
    """Say of every system how well it finds each class: precision, recall, F1, and rows."""
    header = tuple(map(Cell, ("Class", "Precision", "Recall", "F1", f"{results.unit.title()}s")))
    return [
        Table(
            f"Every class, by {one.name}",
            header,
            [
                (Cell(name), *(_rate(rate) for rate in own), Cell(str(sum(row))))
                for name, row, own in zip(
                    results.classes, told.confusion, rates(told, results.classes), strict=True
                )
            ],
            "classes",
        )
        for one, told in _by_class(results)
    ]


def confusions(results: Results) -> list[Table]:
    """Say what every system takes for what: counts, and shares of the row."""
    header = (Cell("Reference"), *upright(results.classes))
    return [
        Table(
            f"Confusion of {one.name}",
            header,
            [
                (Cell(name), *_counts(counts, place))
                for place, (name, counts) in enumerate(
                    zip(results.classes, told.confusion, strict=True)
                )
            ],
            "matrix",
        )
        for one, told in _by_class(results)
    ]


def _by_class(results: Results) -> list[tuple[SystemResult, ClassScores]]:
    """Return the systems that tell classes apart, with what is said of each class."""
    return [(one, one.by_class) for one in results.systems if one.by_class]


def _counts(counts: tuple[int, ...], own: int) -> list[Cell]:
    """Write a row of a confusion matrix."""
    total = sum(counts)
    return [
        Cell(
            str(count),
            f"{round(100 * count / total)}{PERCENT}" if count else "",
            shade=count / total if total else 0.0,
            own=place == own,
        )
        for place, count in enumerate(counts)
    ]


def _rate(value: float | None) -> Cell:
    return Cell(number(value), shade=value)


def _recall(told: ClassScores, name: str) -> Cell:
    """Write the recall of a class, its precision beside it."""
    recall = told.recall.get(name)
    return Cell(number(recall), f"({number(told.precision.get(name))})", shade=recall)
