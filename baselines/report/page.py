"""The page of a report: HTML that needs nothing else, neither network nor script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deepspectrum_features import __version__
from deepspectrum_features.baselines.report import tables as report_tables
from deepspectrum_features.baselines.report.feature_map import DRAWN, scatter
from deepspectrum_features.baselines.report.figures import best, curve
from deepspectrum_features.baselines.report.markup import NOTHING, Html, element, joined
from deepspectrum_features.baselines.report.protocol_card import card
from deepspectrum_features.baselines.report.reading import Results
from deepspectrum_features.baselines.report.table_markup import Cell, Table, table_html
from deepspectrum_features.baselines.report.tables import PERCENT, counted

_STYLE = Path(__file__).with_name("report.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # should a name ever get through
MEANING = (
    "UA is the mean over the classes of their recall, all held-out predictions pooled; guessing "
    "gives {chance:.3f} (dashed). WA is the share of utterances that are right; macro-F1 is the "
    "mean over the classes of F1. An interval brackets what other speakers of the same kind would "
    "give; without speakers there is none."
)
HOLM = (
    "A difference with p after Holm below 0.05, in bold, is more than chance among speakers "
    "explains. Holm corrects for comparing several pairs."
)


def page(found: Sequence[Results]) -> str:
    """Write the whole page: one part for every results folder."""
    alone = len(found) == 1
    title = found[0].document["title"] if alone else f"{len(found)} evaluations"
    parts = [_part(one, f"r{number}", alone) for number, one in enumerate(found, 1)]
    body = joined(*parts) if alone else joined(element("h1", title), _overview(found), *parts)
    head = (
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(_STYLE.read_text(encoding="utf-8"))),
    )
    foot = element("footer", element("small", f"deepspectrum_features {__version__}, dsf report"))
    main = element("main", body)
    whole = element("html", element("head", *head), element("body", main, foot), lang="en")
    return f"<!DOCTYPE html>\n{whole}"


def under(document: dict[str, Any]) -> str:
    """Say in one line which protocol a number stands on, and that there are warnings.

    Examples
    --------
    >>> protocol = {"name": "leave one speaker out", "speaker_independent": True, "warnings": []}
    >>> under({"corpus": "nemo", "protocol": protocol})
    'nemo, leave one speaker out, speaker-independent'
    """
    protocol = document["protocol"]
    kept = "speaker-independent" if protocol["speaker_independent"] else "SPEAKER-DEPENDENT"
    said = f"{document['corpus']}, {protocol['name']}, {kept}"
    loud = [one.partition(":")[0] for one in protocol["warnings"]]
    said += "".join(f", {one}" for one in loud if one.isupper() and one != kept)
    if protocol["warnings"]:
        said += f" ({counted(len(protocol['warnings']), 'warning')} above)"
    return said


def _overview(found: Sequence[Results]) -> Html:
    """List the parts; their scores stand under their own protocols."""
    names = ("Evaluation", "Corpus", "Protocol", "Systems", "Utterances", "Warnings")
    rows = []
    for number, one in enumerate(found, 1):
        told = one.document
        link = element("a", told["title"], href=f"#r{number}")
        warned = str(len(told["protocol"]["warnings"]) or "none")
        cells = (
            told["corpus"],
            told["protocol"]["name"],
            str(len(told["systems"])),
            str(told["utterances"]),
            warned,
        )
        rows.append((Cell(link), *map(Cell, cells)))
    table = Table("Evaluations on this page", tuple(map(Cell, names)), rows, "facts")
    return table_html(table, "Each stands under its own protocol: compare scores within one alone.")


def _part(results: Results, name: str, alone: bool) -> Html:
    """Write what one results folder holds."""
    told = results.document
    sections = [(title, body) for title, body in _sections(results) if body]
    heading, below = ("h1", "h2") if alone else ("h2", "h3")
    links = [
        element("li", element("a", title, href=f"#{name}-{number}"))
        for number, (title, _) in enumerate(sections, 1)
    ]
    lead = (
        f"{told['corpus']}: {counted(told['utterances'], 'utterance')}, "
        f"{counted(len(told['speakers']), 'speaker')}, {len(told['classes'])} classes "
        f"({', '.join(told['classes'])}). Chance UA {results.chance:.3f}."
    )
    header = element(
        "header",
        element(heading, told["title"]),
        element("p", lead),
        *_protocol(told),
        *(element("p", one, class_="note") for one in results.notices),
        element("nav", element("ul", *links), aria_label=f"Sections of {told['title']}"),
    )
    written = [
        element("section", element(below, title), body, id=f"{name}-{number}")
        for number, (title, body) in enumerate(sections, 1)
    ]
    return element("article", header, *written, id=name)


def _protocol(told: dict[str, Any]) -> Iterator[Html]:
    """Write warnings, then what every number stands on."""
    protocol = told["protocol"]
    warnings = list(protocol["warnings"])
    if not protocol["speaker_independent"] and not any("SPEAKER-DEPENDENT" in w for w in warnings):
        warnings.insert(0, "SPEAKER-DEPENDENT: speakers stand on both sides")
    for one in warnings:
        yield element("p", element("strong", "Warning. "), one, class_="warning")
    apart = "no speaker is in both training and test" if protocol["speaker_independent"] else ""
    name = joined(element("strong", "Protocol: "), protocol["name"], apart and f"; {apart}")
    lines = [element("li", one) for one in protocol["lines"]]
    listed = element("ul", *lines) if lines else NOTHING
    yield element("div", element("p", name), listed, class_="protocol")


def _sections(results: Results) -> Iterator[tuple[str, Html]]:
    """Yield title and body of every section, in the order a reader asks; empty ones too."""
    told = results.document
    line = under(told)
    yield (
        "Scores",
        joined(
            table_html(report_tables.scores(results), line),
            element("p", MEANING.format(chance=results.chance), class_="note"),
            table_html(report_tables.recalls(results), line),
        ),
    )
    yield "Comparisons", _comparisons(results, line)
    matrices = [table_html(report_tables.confusion(results, one), line) for one in told["systems"]]
    said = "Rows are the reference, columns the predictions: counts, and shares of the row."
    yield "Confusions", joined(element("p", said), element("div", *matrices, class_="matrices"))
    yield "Speakers", _speakers(results, line)
    yield "Map of the features", _maps(results)
    yield "Learning curves", _curves(results, line)
    yield "Protocol card", _card(results)


def _comparisons(results: Results, line: str) -> Html:
    if not results.document["comparisons"]:
        return NOTHING
    reach = report_tables.reach(results)
    return joined(
        table_html(report_tables.comparisons(results), line),
        element("p", reach) if reach else NOTHING,
        element("p", HOLM, class_="note"),
    )


def _speakers(results: Results, line: str) -> Html:
    if not results.heard:
        return NOTHING
    said = (
        "A dot is a speaker, the stroke is UA with all speakers pooled; the names are those of the "
        "lowest and the highest."
    )
    return joined(
        table_html(report_tables.spread(results), line),
        element("p", said, class_="note"),
        table_html(report_tables.speakers(results), line),
    )


def _maps(results: Results) -> Html:
    """Write a scatter for every feature set."""
    figures = []
    for name, points in results.points.items():
        drawn = f"{len(points)} utterances"
        if len(points) > DRAWN:
            drawn = f"{DRAWN} of {len(points)} utterances, drawn at random (seed 0)"
        title = f"{name}: utterances by class on the first two principal components"
        caption = _caption(name, drawn)
        picture = scatter(points, results.document["classes"], title)
        figures.append(element("figure", caption, picture))
    if not figures:
        return NOTHING
    said = (
        "First two principal components of the z-normed features of all utterances; no classifier "
        "is involved. Large marks are the means of the classes. The outermost "
        f"0.5{PERCENT} on each side stand at the edge."
    )
    return joined(element("p", said), element("div", *figures, class_="maps"))


def _curves(results: Results, line: str) -> Html:
    """Write a small picture for every training run, all on one scale."""
    curves = results.document["curves"]
    if not curves:
        return NOTHING

    def highest(key: str) -> float:
        return max((value for one in curves for value in one[key] if value is not None), default=1)

    ends = (min(1.0, int(highest("dev_ua") * 10 + 1) / 10), highest("train_loss") or 1.0)
    figures = [
        element("figure", _caption(one["name"], best(one)), curve(one, results.chance, *ends))
        for one in curves
    ]
    said = (
        f"{line}. UA on the dev rows, which chose the epoch (vertical line), is not a test score."
    )
    return joined(element("p", said), element("div", *figures, class_="curves"))


def _card(results: Results) -> Html:
    """Write what would be needed to do it again."""
    told = results.document
    facts = {
        "Command": element("code", told["command"]),
        "Created": told["created"],
        "Versions": ", ".join(f"{name} {value}" for name, value in told["versions"].items()),
        "Results folder": element("code", str(results.folder)),
    }
    listed = [joined(element("dt", name), element("dd", text)) for name, text in facts.items()]
    return joined(
        *(table_html(one, under(told)) for one in card(results)),
        element("dl", *listed),
    )


def _caption(name: str, detail: str) -> Html:
    return element("figcaption", element("strong", name), " ", element("small", detail))
