"""Tables written as HTML and as Markdown, from the same cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deepspectrum_features.baselines.report.markup import NOTHING, Html, element, joined

#: Stands where there is nothing to say.
NONE = "\N{EN DASH}"
_MARKDOWN = re.compile(r"([\\`*\[\]|])")


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
    figure : Html
        The same as a picture, on the page alone.
    strong, upright, own : bool
        Bold; turned by a right angle; the place of a class's own, where reference and prediction
        agree.
    """

    text: str
    detail: str = ""
    shade: float | None = None
    figure: Html = NOTHING
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
    kind: str = ""


def upright(names: Iterable[str]) -> list[Cell]:
    """Head narrow columns."""
    return [Cell(name, upright=True) for name in names]


def table_html(table: Table, line: str) -> Html:
    """Write a table in a box of its own that scrolls where it is too wide.

    Parameters
    ----------
    table : Table
    line : str
        What its numbers stand on, said in the caption.
    """
    said = joined(element("strong", table.title), " ", element("small", line))
    head = [_cell(one, "th", scope="col") for one in table.header]
    names: list[str | None] = [one.text for one in table.header]
    if table.kind != "scores":  # elsewhere a cell always stands below its name
        names = [None] * len(names)
    rows = []
    for first, *others in table.rows:
        cells = [
            _cell(one, "td", data_name=name) for name, one in zip(names[1:], others, strict=True)
        ]
        rows.append(element("tr", _cell(first, "th", scope="row"), *cells))
    written = element(
        "table",
        element("caption", element("span", said)),
        element("thead", element("tr", *head)),
        element("tbody", *rows),
        class_=table.kind,
    )
    return element(
        "div", written, class_="scroll", role="region", tabindex="0", aria_label=table.title
    )


def table_markdown(table: Table, line: str) -> Iterator[str]:
    r"""Yield the lines of a table without its pictures.

    Examples
    --------
    >>> pair = (Cell("UA"), Cell("0.386", "[0.310, 0.460]"))
    >>> print(*table_markdown(Table("Scores", (Cell("Measure"), Cell("eGeMAPS")), [pair]), "LOSO"))
    <BLANKLINE>
    ## Scores
     LOSO
     | Measure | eGeMAPS | |---|---| | UA | 0.386 \[0.310, 0.460\] |
    """
    yield f"\n## {markdown_text(table.title)}\n"
    yield f"{markdown_text(line)}\n"
    yield _row(table.header)
    yield "|---" * len(table.header) + "|"
    yield from map(_row, table.rows)


def markdown_text(text: str) -> str:
    r"""Keep text from being read as Markdown or HTML.

    Examples
    --------
    >>> print(markdown_text("a|b <c>"))
    a\|b &lt;c&gt;
    """
    escaped = _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def _cell(cell: Cell, name: str, **attributes: str | None) -> Html:
    """Write one place of a table; what it looks like is its class."""
    text = element("b", cell.text) if cell.strong else joined(cell.text)
    if cell.detail:
        text = joined(text, " ", element("small", cell.detail))
    looks = {
        "pictured": bool(cell.figure),
        "upright": cell.upright,
        "shaded": cell.shade is not None,
        "own": cell.own,
    }
    return element(
        name,
        element("span", text) if cell.upright else text,
        cell.figure,
        class_=" ".join(look for look, true in looks.items() if true) or None,
        style=None if cell.shade is None else f"--share:{cell.shade:.3f}",
        **attributes,
    )


def _row(cells: Sequence[Cell]) -> str:
    return f"| {' | '.join(markdown_text(f'{one.text}{_aside(one)}') for one in cells)} |"


def _aside(cell: Cell) -> str:
    """Return what a cell says more quietly, in the brackets it has or in round ones."""
    if not cell.detail:
        return ""
    return f" {cell.detail}" if cell.detail.startswith("[") else f" ({cell.detail})"
