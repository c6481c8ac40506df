r"""The tables of a report as LaTeX, for ``\input`` in a paper that uses booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from deepspectrum_features.baselines.records import ClassScores, Score
from deepspectrum_features.baselines.report.class_tables import rates
from deepspectrum_features.baselines.report.ranking import BEST, LEVEL, measure, standings, verdict
from deepspectrum_features.baselines.report.wording import NONE, interval_text, number
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\N{MINUS SIGN}": "$-$",
    NONE: "--",
    **{one: rf"\{one}" for one in "{}$&#%_"},
}
_TO_ESCAPE = re.compile("|".join(map(re.escape, _SPECIAL)))
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")


def latex_text(text: str) -> str:
    r"""Keep text from being read as LaTeX.

    Examples
    --------
    >>> print(latex_text("f0_* & 5 % of {x}"))
    f0\_* \& 5 \% of \{x\}
    """
    return _TO_ESCAPE.sub(lambda found: _SPECIAL[found[0]], _CONTROLS.sub(" ", text))


def scores_table(results: Results) -> str:
    """Write every system's scores with their intervals, the best in bold.

    A dagger marks systems that the paired test does not tell from the best.
    """
    found, first = standings(results), measure(results)
    names = list(results.systems[0].scores)
    rows = []
    for one in results.systems:
        kind = found[one.name].kind
        cells = [_score(score) for score in one.scores.values()]
        if kind == BEST:
            cells[names.index(first)] = _bold(one.scores[first])
        dagger = r"$^\dagger$" * (kind == LEVEL)
        rows.append([latex_text(one.name) + dagger, *cells])
    caption = [*verdict(results), "Brackets: 95 % intervals over speakers."]
    marked = any(one.kind == LEVEL for one in found.values())
    note = r" $\dagger$: not distinguishable from the best by the paired test." * marked
    header = ["System", *map(head, names)]
    return _floating(latex_text(" ".join(caption)) + note, "scores", header, rows)


def classes_table(results: Results, name: str, told: ClassScores) -> str:
    """Write precision, recall, F1 and rows of every class, as one system finds them."""
    rows = [
        [latex_text(label), *(latex_text(number(rate)) for rate in own), str(sum(counts))]
        for label, own, counts in zip(
            results.classes, rates(told, results.classes), told.confusion, strict=True
        )
    ]
    header = ["Class", "Precision", "Recall", "F1", f"{results.unit.title()}s"]
    return _floating(f"Every class, by {latex_text(name)}.", "classes", header, rows)


def confusion_table(results: Results, number_: int, name: str, told: ClassScores) -> str:
    """Write a confusion matrix, each row in percent of its reference."""
    rows = [
        [latex_text(label), *(f"{value:.1f}" for value in shares)]
        for label, shares in zip(results.classes, percents(told), strict=True)
    ]
    caption = f"Confusion of {latex_text(name)}: rows are the reference, in percent of the row."
    header = ["Reference", *results.classes]
    return _floating(caption, f"confusion-{number_}", header, rows)


def percents(told: ClassScores) -> Iterator[list[float]]:
    """Yield the rows of a confusion matrix in percent; 0 of a class that does not occur."""
    for counts in told.confusion:
        yield [100 * count / (sum(counts) or 1) for count in counts]


def _floating(
    caption: str, label: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """Write a table that LaTeX places, its first column of words and the others of numbers."""
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{caption}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}",
        r"\toprule",
        " & ".join(map(latex_text, header)) + r" \\",
        r"\midrule",
        *(_line(row) for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    """Write a row; what stands first in it is never an option of the line break before."""
    return "{}" * cells[0].startswith(("[", "*")) + " & ".join(cells) + r" \\"


def _score(score: Score) -> str:
    return latex_text(f"{number(score.value)} {interval_text(score)}".rstrip())


def _bold(score: Score) -> str:
    rest = f" {latex_text(interval_text(score))}".rstrip()
    return rf"\textbf{{{latex_text(number(score.value))}}}{rest}"
