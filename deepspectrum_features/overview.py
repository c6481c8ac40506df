"""What objects show of themselves where Python and notebooks print them: a line, a small table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from deepspectrum_features.terminal import aligned, printable


class Overview(NamedTuple):
    """The cells of a small table, the first of each row its name.

    Attributes
    ----------
    rows : sequence of sequence of str
    header : sequence of str
        Names of the columns; empty for none.
    """

    rows: Sequence[Sequence[str]]
    header: Sequence[str] = ()

    def html(self, caption: str) -> str:
        """Write it for a notebook, which gives it its colours, light or dark.

        Examples
        --------
        >>> print(Overview([("label", "a & b")]).html("<Corpus>"))
        <table><caption style="text-align: left">&lt;Corpus&gt;</caption>
        <tr><th style="text-align: left">label</th><td style="text-align: left">a &amp; b</td></tr>
        </table>
        """
        head = [_row(_element("th", name) for name in self.header)] if self.header else []
        rows = [
            _row([_element("th", name), *(_element("td", cell) for cell in cells)])
            for name, *cells in self.rows
        ]
        return "\n".join([f"<table>{_element('caption', caption)}", *head, *rows, "</table>"])


class WithOverview(ABC):
    """Base of what shows itself: in a line, and in notebooks as a table below the line.

    Neither reads anything: both tell what is in memory.
    """

    @abstractmethod
    def _headline(self) -> str:
        """Say in a few words what it is."""

    @abstractmethod
    def _overview(self) -> Overview:
        """Return what a table says of it."""

    def __repr__(self) -> str:
        """Return its kind and what it is, in a line."""
        return f"<{type(self).__name__}: {printable(self._headline())}>"

    def _repr_html_(self) -> str:
        """Return what notebooks show."""
        return self._overview().html(repr(self))


class Described(WithOverview):
    """Base of what is described by rows, the first of each its name; ``print`` aligns them."""

    @abstractmethod
    def _description(self) -> Sequence[tuple[str, str]]:
        """Name what describes it."""

    def _overview(self) -> Overview:
        return Overview(self._description())

    def __str__(self) -> str:
        """Describe it, the most important first."""
        return aligned(self._description())


def _row(elements: Iterable[str]) -> str:
    return f"<tr>{''.join(elements)}</tr>"


def _element(tag: str, text: str) -> str:
    """Write text in an element; notebooks would align it to the right."""
    return f'<{tag} style="text-align: left">{escape(printable(text))}</{tag}>'
