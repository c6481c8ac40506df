"""The tables of a report, made once for the page and for Markdown: what is said where."""

from __future__ import annotations

from collections import Counter

from deepspectrum_features.baselines.comparisons import SIGNIFICANT, Comparison
from deepspectrum_features.baselines.records import ClassScores, Score, SystemResult
from deepspectrum_features.baselines.report.cells import Cell, Table, upright
from deepspectrum_features.baselines.report.figures import axis, dots, interval
from deepspectrum_features.baselines.report.wording import PERCENT, counted, number, p_value, signed
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.sign_flip import smallest_p

_HEADS = {"ua": "UA", "wa": "WA", "macro_f1": "Macro-F1"}


def measure(results: Results) -> str:
    """Return the score that systems are compared by: the first."""
    return next(iter(results.systems[0].scores))


def scores(results: Results) -> Table:
    """Say how good every system is: each score with its interval, the first drawn too."""
    first, *others = results.systems[0].scores
    rows = []
    for one in results.systems:
        main = one.scores[first]
        picture = interval(main, results.chance)
        rows.append(
            (
                Cell(one.name, _facts(one)),
                Cell(number(main.value), _interval(main), figure=picture, strong=True),
                *(
                    Cell(number(one.scores[name].value), _interval(one.scores[name]))
                    for name in others
                ),
            )
        )
    drawn = Cell(_head(first), figure=axis(results.chance))
    header = (Cell("System"), drawn, *(Cell(_head(name)) for name in others))
    title = f"Scores, with 95{PERCENT} intervals in brackets"
    return Table(title, header, rows, "scores")


def recalls(results: Results) -> Table:
    """Say which classes every system finds."""
    found = _by_class(results)
    counts = found[0][1].confusion if found else ()
    header = [
        Cell(name, f"n = {sum(row)}") for name, row in zip(results.classes, counts, strict=False)
    ]
    rows = [
        (Cell(one.name), *(_share(told.recall.get(name)) for name in results.classes))
        for one, told in found
    ]
    return Table("Recall of every class", (Cell("System"), *header), rows, "recall")


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


def comparisons(results: Results) -> Table:
    """Say which systems differ by more than chance among speakers explains."""
    pairs = results.comparisons
    noted = any(one.note for one in pairs)
    rows = [(*_pair(one), *([Cell(one.note)] if noted else [])) for one in pairs]
    measured = ", ".join(dict.fromkeys(_head(one.measure) for one in pairs))
    names = ["A minus B", f"Difference in {measured}", "p", "p after Holm"]
    names += ["Note"] if noted else []
    tests = "; ".join(dict.fromkeys(one.test for one in pairs))
    return Table(f"Systems in pairs: {tests}", tuple(map(Cell, names)), rows, "pairs")


def reach(results: Results) -> str:
    """Say what the sign-flip test can show at best, which with few speakers is nothing."""
    if not results.comparisons:
        return ""
    differing = max(one.differing for one in results.comparisons)
    best, sizes = smallest_p(differing), _family_sizes(results)
    said = f"Where two systems differ on {counted(differing, 'speaker')}, the smallest p this test "
    said += f"can give is {p_value(best)}"
    after = [f"{p_value(min(1.0, best * n))} after Holm over {n} pairs" for n in sizes if n > 1]
    if after:
        said += f", and {', '.join(after)} under one classifier and normalisation"
    if best * sizes[0] >= SIGNIFICANT:
        return f"{said}: no difference can reach {SIGNIFICANT}, however large it is."
    return f"{said}."


def _family_sizes(results: Results) -> list[int]:
    """Return over how many pairs Holm corrects at once, the fewest first."""
    kinds = {
        one.name: (one.classifier, one.kernel, one.normalise, one.chosen_on)
        for one in results.systems
    }
    families = Counter(kinds[one.first] for one in results.comparisons)
    return sorted(set(families.values()))


def spread(results: Results) -> Table:
    """Draw the score of every speaker, a row a system."""
    name = measure(results)
    rows = []
    for one in results.systems:
        told = {who: speaker.scores.get(name) for who, speaker in one.speakers.items()}
        known = {who: value for who, value in told.items() if value is not None}
        picture = dots(known, one.scores[name].value, results.chance)
        rows.append((Cell(one.name, _range(known)), Cell("", figure=picture)))
    drawn = Cell(f"{_head(name)} of each speaker", figure=axis(results.chance))
    return Table(f"{_head(name)} of every speaker, drawn", (Cell("System"), drawn), rows, "spread")


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
    return Table(f"{_head(name)} of every speaker", header, rows, "speakers")


def _head(name: str) -> str:
    return _HEADS.get(name, name)


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


def _pair(one: Comparison) -> tuple[Cell, ...]:
    """Write a comparison: what is subtracted from what, and what it is worth."""
    return (
        Cell(one.first, f"minus {one.second}"),
        Cell(signed(one.difference)),
        Cell(p_value(one.p)),
        Cell(p_value(one.p_holm), strong=one.p_holm < SIGNIFICANT),
    )


def _interval(score: Score) -> str:
    if score.low is None or score.high is None:
        return "no interval"
    return f"[{number(score.low)}, {number(score.high)}]"


def _facts(system: SystemResult) -> str:
    """Say what a score means nothing without."""
    facts = [f"normalise {system.normalise}", counted(system.columns, "column")]
    facts += [f"sample rate {system.sample_rates}"] if system.sample_rates else []
    return ", ".join(facts)


def _share(value: float | None) -> Cell:
    return Cell(number(value), shade=value)


def _range(values: dict[str, float]) -> str:
    if not values:
        return ""
    return f"{number(min(values.values()))} to {number(max(values.values()))}"
