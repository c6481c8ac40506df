"""The tables of a report, made once for the page and for Markdown: what is said where."""

from __future__ import annotations

from typing import Any

from deepspectrum_features.baselines.report.figures import axis, dots, interval
from deepspectrum_features.baselines.report.reading import Results
from deepspectrum_features.baselines.report.table_markup import NONE, Cell, Table, upright
from deepspectrum_features.baselines.statistics import smallest_p

PERCENT = "\N{NARROW NO-BREAK SPACE}%"
_SIGNIFICANT = 0.05


def scores(results: Results) -> Table:
    """Say how good every system is: UA first, each score with its interval."""
    chance = results.chance
    rows = []
    for one in results.document["systems"]:
        ua, wa, f1 = (one["scores"][name] for name in ("ua", "wa", "macro_f1"))
        picture = interval(ua["value"], ua["low"], ua["high"], chance)
        rows.append(
            (
                Cell(one["name"], _facts(one)),
                Cell(number(ua["value"]), _interval(ua), figure=picture, strong=True),
                Cell(number(wa["value"]), _interval(wa)),
                Cell(number(f1["value"]), _interval(f1)),
            )
        )
    header = (Cell("System"), Cell("UA", figure=axis(chance)), Cell("WA"), Cell("Macro-F1"))
    title = f"Scores, with 95{PERCENT} intervals in brackets"
    return Table(title, header, rows, "scores")


def recalls(results: Results) -> Table:
    """Say which classes every system finds."""
    classes = results.document["classes"]
    counts = results.document["systems"][0]["confusion"]
    header = [Cell(name, f"n = {sum(row)}") for name, row in zip(classes, counts, strict=True)]
    rows = [
        (Cell(one["name"]), *(_share(one["recall"].get(name)) for name in classes))
        for one in results.document["systems"]
    ]
    return Table("Recall of every class", (Cell("System"), *header), rows, "recall")


def comparisons(results: Results) -> Table:
    """Say which systems differ by more than chance among speakers explains."""
    pairs = results.document["comparisons"]
    noted = any(one["note"] for one in pairs)
    rows = [
        (
            Cell(one["second"], f"minus {one['first']}"),
            Cell(_signed(one["difference"])),
            Cell(_p(one["p"])),
            Cell(
                _p(one["p_holm"]),
                strong=one["p_holm"] is not None and one["p_holm"] < _SIGNIFICANT,
            ),
            *([Cell(one["note"])] if noted else []),
        )
        for one in pairs
    ]
    names = ("Systems", "Mean difference in UA", "p", "p after Holm", *(["Note"] if noted else []))
    tests = "; ".join(dict.fromkeys(one["test"] for one in pairs))
    return Table(f"Systems in pairs: {tests}", tuple(map(Cell, names)), rows, "pairs")


def reach(results: Results) -> str:
    """Say what the sign-flip test can show at best, which with few speakers is nothing."""
    pairs = results.document["comparisons"]
    if not any("sign-flip" in one["test"] for one in pairs):
        return ""
    speakers = len(results.heard)
    best = smallest_p(speakers)
    adjusted = min(1.0, best * len(pairs))
    said = f"With {counted(speakers, 'speaker')} the smallest p this test can give is {_p(best)}"
    if len(pairs) > 1:
        said += f", and {_p(adjusted)} after Holm over {len(pairs)} comparisons"
    if adjusted >= _SIGNIFICANT:
        return f"{said}: no difference can reach {_SIGNIFICANT}, however large it is."
    return f"{said}."


def confusion(results: Results, system: dict[str, Any]) -> Table:
    """Say what is taken for what: counts, and shares of the row."""
    classes = results.document["classes"]
    rows = []
    for name, counts in zip(classes, system["confusion"], strict=True):
        total = sum(counts)
        rows.append(
            (
                Cell(name),
                *(
                    Cell(
                        str(count),
                        f"{round(100 * count / total)}{PERCENT}" if count else "",
                        shade=count / total if total else 0.0,
                        own=name == other,
                    )
                    for other, count in zip(classes, counts, strict=True)
                ),
            )
        )
    header = (Cell("Reference"), *upright(classes))
    return Table(f"Confusion of {system['name']}", header, rows, "matrix")


def spread(results: Results) -> Table:
    """Draw the UA of every speaker, a row a system."""
    chance = results.chance
    rows = [
        (
            Cell(one["name"], _range(_by_speaker(one))),
            Cell("", figure=dots(_by_speaker(one), one["scores"]["ua"]["value"], chance)),
        )
        for one in results.document["systems"]
    ]
    header = (Cell("System"), Cell("UA of each speaker", figure=axis(chance)))
    return Table("UA of every speaker, drawn", header, rows, "spread")


def speakers(results: Results) -> Table:
    """Give the UA of every speaker in figures."""
    systems = results.document["systems"]
    names = [one["name"] for one in systems]
    rows = []
    for name in results.heard:
        told = [one["per_speaker"].get(name) for one in systems]
        count = next(one["utterances"] for one in told if one)
        cells = [_share(one["ua"] if one else None) for one in told]
        rows.append((Cell(name, f"n = {count}"), *cells))
    header = (Cell("Speaker"), *upright(names))
    return Table("UA of every speaker", header, rows, "speakers")


def number(value: float | None) -> str:
    """Write a score.

    Examples
    --------
    >>> number(0.3856)
    '0.386'
    """
    return NONE if value is None else f"{value:.3f}"


def counted(count: int, noun: str) -> str:
    """Write how many of something there are.

    Examples
    --------
    >>> counted(1, "speaker"), counted(9, "speaker")
    ('1 speaker', '9 speakers')
    """
    return f"{count} {noun}" + "s" * (count != 1)


def _interval(score: dict[str, float | None]) -> str:
    if score["low"] is None or score["high"] is None:
        return "no interval"
    return f"[{number(score['low'])}, {number(score['high'])}]"


def _facts(system: dict[str, Any]) -> str:
    """Say what a score means nothing without."""
    facts = [f"normalise {system['normalise']}"] if system.get("normalise") else []
    facts += [counted(system["columns"], "column")] if system.get("columns") else []
    facts += [f"sample rate {system['sample_rates']}"] if system.get("sample_rates") else []
    return ", ".join(facts)


def _share(value: float | None) -> Cell:
    return Cell(number(value), shade=value)


def _signed(value: float | None) -> str:
    return NONE if value is None else f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _p(value: float | None) -> str:
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _by_speaker(system: dict[str, Any]) -> dict[str, float]:
    told = system["per_speaker"].items()
    return {name: one["ua"] for name, one in told if one["ua"] is not None}


def _range(values: dict[str, float]) -> str:
    if not values:
        return ""
    return f"{number(min(values.values()))} to {number(max(values.values()))}"
