"""The tables of a report as Markdown, each with its protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from deepspectrum_features.baselines.report import class_tables, data_tables, pairs, tables
from deepspectrum_features.baselines.report.cells import Cell, Table
from deepspectrum_features.baselines.report.protocol_card import card, notices, under, warnings
from deepspectrum_features.baselines.report.ranking import ranked, verdict
from deepspectrum_features.baselines.results import Results

_SPECIAL = re.compile(r"([\\`*\[\]|])")


def markdown(found: Sequence[Results]) -> str:
    """Write the tables of the page, without its pictures."""
    return "\n".join(line for one in found for line in _part(one))


def table_markdown(table: Table, line: str) -> Iterator[str]:
    r"""Yield the lines of a table without its pictures.

    Examples
    --------
    >>> pair = (Cell("UA"), Cell("0.386", "[0.310, 0.460]"))
    >>> header = (Cell("Measure"), Cell("eGeMAPS"))
    >>> print(*table_markdown(Table("Scores", header, [pair], "scores"), "LOSO"))
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
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def _part(results: Results) -> Iterator[str]:
    """Yield the lines about one evaluation, its best system first."""
    results = ranked(results)
    protocol, line = results.protocol, under(results)
    yield f"# {markdown_text(results.title)}\n"
    yield from (f"**Warning: {markdown_text(one)}**\n" for one in warnings(results))
    yield from (f"{markdown_text(one)}\n" for one in verdict(results))
    chance = "" if results.chance is None else f" Chance UA {results.chance:.3f}."
    yield f"Protocol: {markdown_text(protocol.name)}.{chance}\n"
    yield from (f"* left out: {markdown_text(str(one))}" for one in results.left_out)
    yield from (f"* {markdown_text(one)}" for one in protocol.lines)
    for table in (*_scores(results), *pairs.comparisons(results)):
        yield from table_markdown(table, line)
    yield ""
    yield from (f"* {markdown_text(one)}" for one in pairs.reach(results))
    for table in _details(results):
        yield from table_markdown(table, line)
    versions = ", ".join(f"{name} {value}" for name, value in results.versions.items())
    yield f"\nCommand: {markdown_text(results.command)}\n"
    yield f"Created: {markdown_text(results.created)}\n"
    yield f"Versions: {markdown_text(versions)}\n"
    yield from (f"{markdown_text(one)}\n" for one in notices(results))


def _scores(results: Results) -> Iterator[Table]:
    """Yield what every system reaches."""
    yield tables.scores(results)
    others = (tables.corpora, tables.recordings, tables.seeds)
    yield from (table for of in others if (table := of(results)).rows)


def _details(results: Results) -> Iterator[Table]:
    """Yield what scores are made of and stand on; what is a picture alone is not among it."""
    classes = class_tables.classes(results)
    yield from classes[:1]
    yield from filter(None, [class_tables.recalls(results)])
    yield from classes[1:]
    yield from class_tables.confusions(results)
    if results.heard:
        yield tables.speakers(results)
    yield from filter(None, (data_tables.distribution(results), data_tables.families(results)))
    yield from card(results)


def _row(cells: Sequence[Cell]) -> str:
    return f"| {' | '.join(markdown_text(f'{one.text}{_aside(one)}') for one in cells)} |"


def _aside(cell: Cell) -> str:
    """Return what a cell says more quietly, in the brackets it has or in round ones."""
    if not cell.detail:
        return ""
    return f" {cell.detail}" if cell.detail.startswith(("[", "(")) else f" ({cell.detail})"
