"""The tables of a report, made once for the page and for Markdown: what is said where."""

from __future__ import annotations

from deepspectrum_features.baselines.corpus_scores import CorpusScores, mean_score
from deepspectrum_features.baselines.records import Score, SystemResult
from deepspectrum_features.baselines.report.cells import Cell, Table, upright
from deepspectrum_features.baselines.report.figures import axis, dots, interval
from deepspectrum_features.baselines.report.ranking import BEST, Standing, measure, standings
from deepspectrum_features.baselines.report.scale import Scale
from deepspectrum_features.baselines.report.wording import PERCENT, interval_text, number
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head
from deepspectrum_features.terminal import counted


def scores(results: Results) -> Table:
    """Say how good every system is: each score with its interval, the first drawn too.

    Beside it stands what the paired tests tell of each and the best, where there are several.
    """
    first, *others = results.systems[0].scores
    mains = [one.scores[first] for one in results.systems]
    scale = Scale.of(end for main in mains for end in (main.value, main.low))
    found, several = standings(results), len(results.systems) > 1
    rows = []
    for one, main in zip(results.systems, mains, strict=True):
        picture = interval(main, results.chance, scale)
        rows.append(
            (
                Cell(one.name, _facts(one)),
                Cell(number(main.value), _interval(main), figure=picture, strong=True),
                *[_standing(found[one.name])] * several,
                *(
                    Cell(number(one.scores[name].value), _interval(one.scores[name]))
                    for name in others
                ),
            )
        )
    drawn = Cell(head(first), figure=axis(results.chance, scale))
    beside = [Cell("Beside the best")] * several
    header = (Cell("System"), drawn, *beside, *(Cell(head(name)) for name in others))
    title = f"Scores, with 95{PERCENT} intervals in brackets"
    return Table(title, header, rows, "scores")


def corpora(results: Results) -> Table:
    """Say how good every system is on each corpus, where whole corpora are left out."""
    name, found = measure(results), results.corpora
    rows = [
        (
            Cell(one.name),
            *(_corpus(corpus.systems[one.name][name]) for corpus in found),
            Cell(number(mean_score(found, one.name, name))),
            Cell(number(one.scores[name].value)),
        )
        for one in results.systems
        if found
    ]
    header = (Cell("System"), *(_named(one) for one in found), Cell("Mean"), Cell("Pooled"))
    title = f"{head(name)} on every corpus, trained on others"
    return Table(title, header, rows, "scores")


def _corpus(score: Score) -> Cell:
    return Cell(number(score.value), _interval(score))


def _named(one: CorpusScores) -> Cell:
    """Head the column of a corpus: how many classes are told on it, and what guessing gives."""
    return Cell(one.corpus, f"{len(one.rows)} classes, chance {number(one.chance)}")


def recordings(results: Results) -> Table:
    """Say how good every system is on whole recordings, where rows are chunks of them."""
    told = [(one.name, one.recordings) for one in results.systems if one.recordings]
    names = list(results.systems[0].scores)
    rows = [
        (
            Cell(name, f"n = {found.recordings}"),
            *(Cell(number(found.scores[of].value), _interval(found.scores[of])) for of in names),
        )
        for name, found in told
    ]
    header = (Cell("System"), *(Cell(head(name)) for name in names))
    title = f"Whole recordings, the scores of their {results.unit}s averaged"
    return Table(title, header, rows, "scores")


def seeds(results: Results) -> Table:
    """Say how far the seeds lie apart that a system is the mean of."""
    name = measure(results)
    rows = []
    for one in results.systems:
        told = {seed: own.get(name) for seed, own in one.seeds.items()}
        known = {seed: value for seed, value in told.items() if value is not None}
        if known:
            mean = sum(known.values()) / len(known)
            cells = (number(one.scores[name].value), number(mean), _range(known))
            rows.append((Cell(one.name, counted(len(known), "seed")), *map(Cell, cells)))
    heads = ("System", "Of the mean", "Mean of the seeds", "Lowest to highest seed")
    return Table(f"{head(name)} of every seed alone", tuple(map(Cell, heads)), rows, "facts")


def spread(results: Results) -> Table:
    """Draw the score of every speaker, a row a system."""
    name = measure(results)
    told = [
        {
            who: value
            for who, own in one.speakers.items()
            if (value := own.scores.get(name)) is not None
        }
        for one in results.systems
    ]
    pooled = [one.scores[name].value for one in results.systems]
    scale = Scale.of([*pooled, *(value for known in told for value in known.values())])
    rows = [
        (
            Cell(one.name, _range(known)),
            Cell("", figure=dots(known, value, results.chance, scale)),
        )
        for one, known, value in zip(results.systems, told, pooled, strict=True)
    ]
    drawn = Cell(f"{head(name)} of each speaker", figure=axis(results.chance, scale))
    return Table(f"{head(name)} of every speaker, drawn", (Cell("System"), drawn), rows, "spread")


def speakers(results: Results) -> Table:
    """Give the score of every speaker in figures."""
    name = measure(results)
    rows = []
    for who in results.heard:
        told = [system.speakers.get(who) for system in results.systems]
        count = next(own.utterances for own in told if own)
        cells = [_share(own.scores.get(name) if own else None) for own in told]
        rows.append((Cell(who, f"n = {count}"), *cells))
    header = (Cell("Speaker"), *upright(system.name for system in results.systems))
    return Table(f"{head(name)} of every speaker", header, rows, "speakers")


def _interval(score: Score) -> str:
    return interval_text(score) or "no interval"


def _standing(found: Standing) -> Cell:
    """Write where a system stands beside the best."""
    return Cell(found.kind, found.why, strong=found.kind == BEST)


def _facts(system: SystemResult) -> str:
    """Say what a score means nothing without."""
    facts = [f"normalise {system.normalise}", counted(system.columns, "column")]
    facts += ["families of equal weight"] if system.weights == "families" else []
    facts += [f"sample rate {system.sample_rates}"] if system.sample_rates else []
    return ", ".join(facts)


def _share(value: float | None) -> Cell:
    return Cell(number(value), shade=None if value is None else max(0.0, value))


def _range(values: dict[str, float]) -> str:
    if not values:
        return ""
    if number(min(values.values())) == number(max(values.values())):
        return f"all {number(min(values.values()))}"
    return f"{number(min(values.values()))} to {number(max(values.values()))}"
