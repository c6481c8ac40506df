"""Scores on many corpora as one table: in Markdown for people, as CSV with a score a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from deepspectrum_features.baselines.comparisons import SIGNIFICANT
from deepspectrum_features.baselines.families import unreachable
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import shown_ends
from deepspectrum_features.baselines.transfer.corpora import NORMALISE
from deepspectrum_features.baselines.transfer.parts import Part
from deepspectrum_features.baselines.transfer.scores import (
    TRAINED_ON_IT,
    Cell,
    CorpusScores,
)
from deepspectrum_features.terminal import counted

_COLUMNS = (
    "corpus", "features", "family", "weights", "normalise", "columns", "protocol", "utterances",
    "speakers", "classes", "chance", "ua", "ua_low", "ua_high", "minus_compare", "p", "p_holm",
    "note",
)  # fmt: skip
_LEGEND = (
    "UA of a linear SVM, C chosen inside the training speakers, with the 95 % interval over "
    "speakers. Features are normalised by the training rows (global), or by each speaker's own "
    "rows first (speaker)."
)
_FAMILIES = (
    "Equal families: every family of columns weighs the same, however many columns it has; alone: "
    "the columns of one family, nothing else."
)
_TESTED = (
    "A score with * differs from that of ComParE: p < 0.05 by the paired test of pooled UA, "
    "predictions exchanged by speaker, after Holm's correction over the feature sets, or over the "
    "families of one, under the same normalisation."
)


def markdown(corpora: Sequence[CorpusScores], refused: Mapping[str, str]) -> str:
    """Write a row for every part and normalisation, a column for every corpus."""
    lines = ["# Transfer: features on speech nobody tuned them on", "", *_table(corpora), ""]
    lines += [_LEGEND]
    if any(part.family for part in parts_in(corpora)):
        lines += ["", _FAMILIES]
    if any(cell.against for one in corpora for cell in one.cells.values()):
        lines += ["", _TESTED]
    lines += ["", *(line for one in corpora for line in _corpus_lines(one))]
    lines += [f"* {name}: not scored: {why}" for name, why in refused.items()]
    versions = corpora[0].results[0].versions if corpora[0].results else {}
    lines += ["", "Versions: " + ", ".join(f"{name} {value}" for name, value in versions.items())]
    return "\n".join(lines)


def parts_in(corpora: Sequence[CorpusScores]) -> list[Part]:
    """List the parts: whole sets in the order in which they first occur, then their families."""
    found = dict.fromkeys(part for one in corpora for part in one.scored)
    return sorted(found, key=lambda part: bool(part.family))


def score_rows(corpora: Sequence[CorpusScores]) -> list[Sequence[Any]]:
    """Return a header and a row for every part, corpus and normalisation."""
    return [_COLUMNS, *(row for one in corpora for row in _rows(one))]


def _table(corpora: Sequence[CorpusScores]) -> Iterator[str]:
    """Yield the lines of the table."""
    heads = ("features", "columns", "normalise", *(one.name for one in corpora))
    yield _line(heads)
    yield "|" + "---|" * len(heads)
    for how in NORMALISE:
        for part in parts_in(corpora):
            cells = [_text(one, part, how) for one in corpora]
            yield _line((str(part), _width(corpora, part), how, *cells))


def _line(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _width(corpora: Sequence[CorpusScores], part: Part) -> str:
    """Return how many columns a part has, as far as anything was scored."""
    known = (one.cells.get((part, how)) for one in corpora for how in NORMALISE)
    return next((str(cell.system.columns) for cell in known if cell), "")


def _text(corpus: CorpusScores, part: Part, how: str) -> str:
    """Write a score, its interval and whether it differs from ComParE's."""
    cell = corpus.cells.get((part, how))
    if cell is None:
        return TRAINED_ON_IT if part in corpus.scored else ""
    ua = cell.system.scores["ua"]
    text = "unknown" if ua.value is None else f"{ua.value:.3f}"
    if cell.against and cell.against.p_holm < SIGNIFICANT:
        text += "*"
    if ua.low is None or ua.high is None:
        return text
    return f"{text} ({' to '.join(shown_ends(ua.low, ua.high))})"


def _corpus_lines(corpus: CorpusScores) -> Iterator[str]:
    """Yield what the scores of a corpus stand on."""
    if not corpus.results:
        yield f"* {corpus.name}: all encoders were {TRAINED_ON_IT}"
        return
    first = corpus.results[0]
    chance = "" if first.chance is None else f" (chance {first.chance:.3f})"
    yield (
        f"* {corpus.name}: {first.utterances} utterances, "
        f"{counted(len(first.speakers), 'speaker')}, {len(first.classes)} classes{chance}; "
        f"{first.protocol.name}"
    )
    whole = [found for part, found in corpus.scored.items() if found and not part.family]
    noted = [line for one in whole for line in one.protocol.warnings]
    noted += [f"left out: {line}" for line in first.left_out]
    noted += list(_out_of_reach(corpus))
    yield from (f"  * {line}" for line in dict.fromkeys(noted))


def _out_of_reach(corpus: CorpusScores) -> Iterator[str]:
    """Yield where no whole set could be seen to differ from ComParE."""
    for how in NORMALISE:
        cells = (corpus.cells.get((part, how)) for part in corpus.scored if not part.family)
        tests = [cell.against for cell in cells if cell and cell.against]
        if tests and (line := unreachable(tests)):
            yield f"{how}: {line}"


def _rows(corpus: CorpusScores) -> Iterator[Sequence[Any]]:
    """Yield the lines of a corpus."""
    for part, how in product(corpus.scored, NORMALISE):
        known = (corpus.name, part.features, part.family, part.weights, how)
        if cell := corpus.cells.get((part, how)):
            yield (*known, *_numbers(corpus.results[0], cell), "")
        else:
            yield (*known, *([None] * (len(_COLUMNS) - len(known) - 1)), TRAINED_ON_IT)


def _numbers(found: Results, cell: Cell) -> Iterator[Any]:
    """Yield what a line says of a cell."""
    ua, test = cell.system.scores["ua"], cell.against
    yield from (cell.system.columns, found.protocol.name)
    yield from (found.utterances, len(found.speakers), len(found.classes), found.chance)
    yield from (ua.value, ua.low, ua.high)
    yield from (test.difference, test.p, test.p_holm) if test else (None, None, None)
