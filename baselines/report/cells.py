"""What a table says in every place; templates and Markdown say how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deepspectrum_features.baselines.report.figures import Axis, Dots, Interval


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    Attributes
    ----------
    text : str
    detail : str
        Said more quietly.
    shade : float, optional, 0 to 1
        How dark the page paints the place.
    figure : Interval, Dots or Axis, optional
        The same as a picture, on the page alone.
    link : str
        Part of the page that the text leads to.
    strong, upright, own : bool
        Bold; turned by a right angle; the place of a class's own, where reference and prediction
        agree.
    """

    text: str
    detail: str = ""
    shade: float | None = None
    figure: Interval | Dots | Axis | None = None
    link: str = ""
    strong: bool = False
    upright: bool = False
    own: bool = False


@dataclass(frozen=True)
class Table:
    """Cells in rows; the first of each row names it.

    Attributes
    ----------
    title : str
    header : tuple of Cell
    rows : sequence of sequence of Cell
    kind : str
        What the page's style calls it.
    """

    title: str
    header: tuple[Cell, ...]
    rows: Sequence[Sequence[Cell]]
    kind: str


def upright(names: Iterable[str]) -> list[Cell]:
    """Head narrow columns."""
    return [Cell(name, upright=True) for name in names]
