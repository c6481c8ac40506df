"""Results as text for a terminal or a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deepspectrum_features.baselines.records import Score

if TYPE_CHECKING:
    from deepspectrum_features.baselines.results import Results

_HEADS = {"ua": "UA", "wa": "WA", "macro_f1": "macro F1"}


def table_rows(results: Results) -> list[list[str]]:
    """Return the table of scores, a header first; intervals as text."""
    names = list(results.systems[0].scores)
    heads = [head for name in names for head in (_HEADS.get(name, name), "95 %")]
    rows = [["system", "columns", *heads]]
    for one in results.systems:
        cells = [cell for name in names for cell in _score(one.scores[name])]
        rows.append([one.name, str(one.columns), *cells])
    return rows


def markdown(results: Results) -> str:
    """Write scores, comparisons and the protocol that every number stands on."""
    header, *rows = table_rows(results)
    lines = [f"# {results.title}", "", *_table(header, rows), "", _corpus_line(results), ""]
    lines += [f"* **{one}**" for one in results.protocol.warnings]
    lines += [f"* {one}" for one in results.protocol.lines]
    if results.comparisons:
        lines += ["", *_comparisons(results)]
    return "\n".join(lines)


def _score(score: Score) -> tuple[str, str]:
    """Return a score and its interval."""
    value = "unknown" if score.value is None else f"{score.value:.3f}"
    if score.low is None or score.high is None:
        return value, "unknown"
    return value, f"{score.low:.3f}-{score.high:.3f}"


def _corpus_line(results: Results) -> str:
    classes = ""
    if results.chance is not None:
        classes = f", {len(results.classes)} classes (chance UA {results.chance:.3f})"
    return (
        f"Corpus {results.corpus}: {results.utterances} utterances, {len(results.speakers)} "
        f"speakers{classes}. Intervals: over speakers, by how much each spoke."
    )


def _comparisons(results: Results) -> list[str]:
    """Write the pairs of systems; the test is named once where it is the same for all."""
    header = ["A", "B", "UA of A - B", "p", "p (Holm)", "note"]
    rows = [
        [
            one.first,
            one.second,
            f"{one.difference:+.3f}",
            f"{one.p:.3f}",
            f"{one.p_holm:.3f}",
            one.note,
        ]
        for one in results.comparisons
    ]
    tests = "; ".join(dict.fromkeys(one.test for one in results.comparisons))
    return [f"Compared by {tests}:", "", *_table(header, rows)]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a table in Markdown."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    lines = ["| " + " | ".join(row) + " |" for row in escaped]
    return [lines[0], "|" + "---|" * len(header), *lines[1:]]
