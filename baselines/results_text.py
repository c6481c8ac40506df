"""Results as text for a terminal or a page of Markdown, and as a table with a number a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.comparisons import Comparison, shown_p
from deepspectrum_features.baselines.corpus_scores import mean_score
from deepspectrum_features.baselines.families import unreachable
from deepspectrum_features.baselines.records import Score, SystemResult
from deepspectrum_features.terminal import first_few

if TYPE_CHECKING:
    from deepspectrum_features.baselines.results import Results

_HEADS = {
    "ua": "UA",
    "wa": "WA",
    "macro_f1": "macro F1",
    "auc": "AUC",
    "ccc": "CCC",
    "pearson_r": "Pearson r",
    "rmse": "RMSE",
}


def head(name: str) -> str:
    """Return what a score is called in a table."""
    return _HEADS.get(name, name)


def score_rows(results: Results) -> list[list[Any]]:
    """Return a header and a row a system: what it is, and every score with its interval."""
    names = list(results.systems[0].scores)
    facts = (
        "features", "classifier", "kernel", "normalise", "weights", "chosen_on", "mean_of",
        "columns",
    )  # fmt: skip
    ends = [column for name in names for column in (name, f"{name}_low", f"{name}_high")]
    rows = [
        [one.name, *(getattr(one, fact) for fact in facts), *_numbers(one, names)]
        for one in results.systems
    ]
    return [["system", *facts, *ends], *rows]


def markdown(results: Results) -> str:
    """Write scores, comparisons and the protocol that every number stands on."""
    unit = results.unit
    lines = [f"# {results.title}", "", *table(*score_table(results)), "", *protocol_lines(results)]
    if results.corpora:
        lines += ["", *_corpora(results)]
    if any(one.recordings for one in results.systems):
        lines += ["", f"Recordings, the scores of their {unit}s averaged:", ""]
        lines += _recordings(results)
    if any(one.seeds for one in results.systems):
        lines += ["", "Seeds that a system above is the mean of, each alone:", "", *_seeds(results)]
    if results.comparisons:
        lines += ["", *comparison_lines(results)]
    return "\n".join(lines)


def protocol_lines(results: Results) -> list[str]:
    """Write what every score stands on: corpus, what limits it, protocol."""
    lines = [_corpus_line(results), ""]
    lines += [f"* **{one}**" for one in (*results.protocol.warnings, *_guessed(results))]
    lines += [f"* left out: {one}" for one in results.left_out]
    return lines + [f"* {one}" for one in results.protocol.lines]


def _guessed(results: Results) -> Iterator[str]:
    """Say which scores guessing may give as well: those whose interval holds chance."""
    held = [
        one.name
        for one in results.systems
        if results.chance is not None
        and (low := one.scores["ua"].low) is not None
        and low <= results.chance
    ]
    if held:
        yield (
            f"not beyond chance: the interval of UA reaches down to {results.chance:.3f} for "
            f"{first_few(held)}"
        )


def _numbers(one: SystemResult, names: Sequence[str]) -> Iterator[float | None]:
    """Yield every score and the ends of its interval."""
    for name in names:
        score = one.scores[name]
        yield from (score.value, score.low, score.high)


def score_table(results: Results) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns and a row a system, as they are read."""
    rows = [[one.name, str(one.columns), *_cells(one.scores.values())] for one in results.systems]
    return ["system", "columns", *_heads(results.systems[0].scores)], rows


def _corpora(results: Results) -> list[str]:
    """Write the score that systems are compared by on every corpus, pooled, and as their mean."""
    name, corpora = next(iter(results.systems[0].scores)), results.corpora
    rows = [
        [
            one.name,
            *_cells(corpus.systems[one.name][name] for corpus in corpora),
            _shown(mean_score(corpora, one.name, name)),
            _shown(one.scores[name].value),
        ]
        for one in results.systems
    ]
    chances = [cell for one in corpora for cell in (f"{one.chance:.3f}", "")]
    mean = sum(one.chance for one in corpora) / len(corpora)
    rows.append(["chance", *chances, f"{mean:.3f}", _shown(results.chance)])
    heads = [cell for one in corpora for cell in (one.corpus, "95 %")]
    header = ["system", *heads, "mean of corpora", "all pooled"]
    return [f"{head(name)} on every corpus, trained on others:", "", *table(header, rows)]


def _recordings(results: Results) -> list[str]:
    """Write the scores of whole recordings."""
    told = [(one.name, one.recordings) for one in results.systems if one.recordings]
    rows = [[name, str(found.recordings), *_cells(found.scores.values())] for name, found in told]
    return table(["system", "recordings", *_heads(results.systems[0].scores)], rows)


def _seeds(results: Results) -> list[str]:
    """Write how far the seeds lie apart."""
    name = next(iter(results.systems[0].scores))
    rows = []
    for one in results.systems:
        values = [value for own in one.seeds.values() if (value := own.get(name)) is not None]
        if values:
            ends = f"{min(values):.3f} to {max(values):.3f}"
            rows.append([one.name, str(len(values)), ends, f"{sum(values) / len(values):.3f}"])
    return table(["system", "seeds", f"{head(name)}, lowest to highest", "mean"], rows)


def _heads(names: Sequence[str] | dict[str, Score]) -> list[str]:
    return [cell for name in names for cell in (head(name), "95 %")]


def _cells(scores: Any) -> list[str]:
    """Return every score and its interval."""
    return [cell for score in scores for cell in shown_score(score)]


def shown_score(score: Score) -> tuple[str, str]:
    """Return a score and its interval."""
    if score.low is None or score.high is None:
        return _shown(score.value), "unknown"
    return _shown(score.value), " to ".join(shown_ends(score.low, score.high))


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def shown_ends(low: float, high: float) -> tuple[str, str]:
    """Write the ends of an interval, with so many digits that it is seen to have a width.

    Examples
    --------
    >>> shown_ends(0.31, 0.4567), shown_ends(0.99981, 0.99996)
    (('0.310', '0.457'), ('0.9998', '1.0000'))
    """
    texts = [(f"{low:.{digits}f}", f"{high:.{digits}f}") for digits in range(3, 9)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[0])


def _corpus_line(results: Results) -> str:
    classes = f", number told: {results.target}"
    if results.chance is not None:
        classes = f", {len(results.classes)} classes (chance UA {results.chance:.3f})"
    return (
        f"Corpus {results.corpus}: {results.utterances} {results.unit}s, "
        f"{len(results.speakers)} speakers{classes}. Intervals: over speakers, by how much each "
        "spoke."
    )


def comparison_lines(results: Results) -> list[str]:
    """Write the pairs of systems; the test is named once where it is the same for all."""
    found = results.comparisons
    score = " and ".join(dict.fromkeys(head(one.measure) for one in found))
    header = ["A", "B", f"{score} of A - B", "p", "p (Holm)", "note"]
    rows = [
        [one.first, one.second, f"{one.difference:+.3f}", shown_p(one.p), shown_p(one.p_holm), note]
        for one, note in zip(found, notes_beside(found), strict=True)
    ]
    tests = "; ".join(dict.fromkeys(one.test for one in found))
    limits = [f"* {line}" for line in hopeless(found)]
    return [f"Compared by {tests}:", "", *table(header, rows), *([""] * bool(limits)), *limits]


def notes_beside(comparisons: Sequence[Comparison]) -> list[str]:
    """Return the note of each, but where `hopeless` says it of the family."""
    below = {name for name, family in _families(comparisons).items() if unreachable(family)}
    return ["" if one.differing and one.family in below else one.note for one in comparisons]


def hopeless(comparisons: Sequence[Comparison]) -> list[str]:
    """Say of each family that is too large for its speakers that nothing in it can show."""
    found = ((name, unreachable(family)) for name, family in _families(comparisons).items())
    return [f"{family_text(name)}: {line}" for name, line in found if line]


def _families(comparisons: Sequence[Comparison]) -> dict[str, list[Comparison]]:
    """Return the comparisons that are corrected together."""
    families: dict[str, list[Comparison]] = {}
    for one in comparisons:
        families.setdefault(one.family, []).append(one)
    return families


def family_text(family: str) -> str:
    """Say what the systems of a family differ in, and in brackets what they share.

    Examples
    --------
    >>> family_text("features: svm-linear, global")
    'features (svm-linear, global)'
    """
    fact, colon, shared = family.partition(": ")
    return f"{fact} ({shared})" if colon else fact


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a table in Markdown."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    lines = ["| " + " | ".join(row) + " |" for row in escaped]
    return [lines[0], "|" + "---|" * len(header), *lines[1:]]
