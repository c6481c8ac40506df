"""A report as four files: the page, and the same numbers as Markdown, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.corpus_scores import CorpusScores
from deepspectrum_features.baselines.records import SystemResult
from deepspectrum_features.baselines.report.class_tables import rates
from deepspectrum_features.baselines.report.markdown import markdown
from deepspectrum_features.baselines.report.page import page
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_tables import as_csv
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import check_file, write_text
from deepspectrum_features.terminal import showable

_COLUMNS = (
    "part", "evaluation", "corpus", "target", "protocol", "speaker_independent", "warnings",
    "left_out", "system", "measure", "of", "value", "low", "high",
)  # fmt: skip
_OWN = ("results", "predictions", "map")


def report(results: Sequence[Results], out: str | Path) -> Path:
    """Write a page about evaluations, with report.md, .csv and .json beside it.

    Files of these names are replaced; all four are put together before the first is written.

    Parameters
    ----------
    results : sequence of Results
        Each becomes a part of the page under its own protocol, so they may be of different corpora.
    out : str or Path
        The page, a name that ends in ``.html``.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DsfError
        If the page has another suffix, its folder is missing or cannot be written, or a file beside
        it would replace one of the results.

    Examples
    --------
    >>> [path.name for path in written("report.html")]
    ['report.html', 'report.md', 'report.csv', 'report.json']
    """
    if not results:
        raise ValueError("no results, need at least one")
    out = Path(out)
    check_page(out)
    texts = (page(results), markdown(results), table_csv(results), as_json(results))
    for path, text in zip(written(out), texts, strict=True):
        # a lone surrogate, which JSON can hold, is no text; its escape is
        write_text(path, showable(text).rstrip("\n"))
    return out


def written(out: str | Path) -> list[Path]:
    """List what `report` writes."""
    return [Path(out).with_suffix(suffix) for suffix in (".html", ".md", ".csv", ".json")]


def check_page(out: str | Path) -> None:
    """Refuse a page that could not be written, or has the name of the results beside it.

    Raises
    ------
    DsfError
        As `report` says.
    """
    out = Path(out)
    if out.suffix != ".html":
        raise DsfError(f"{out}: need a name ending in .html")
    for path in written(out):
        check_file(path, DsfError)
    if out.stem in _OWN and out.with_name("results.json").exists():
        raise DsfError(f"{out}: belongs to the results (choose another name with -o)")


def table_csv(found: Sequence[Results]) -> str:
    """Write every score on a line of its own, with the protocol it stands on.

    Column ``part`` is the place on the page, from 1; ``measure`` is the name of a score, recall,
    precision or f1 (``of`` a class), or the name of a score behind ``recording_``, ``seed_``
    (``of`` a seed), ``speaker_`` (``of`` a speaker) or ``corpus_`` (``of`` a corpus, trained on
    others); numbers are as exact as in ``results.json``, and empty where there is none.
    """
    rows: list[Sequence[Any]] = [_COLUMNS]
    for part, one in enumerate(found, 1):
        protocol = one.protocol
        name = "; ".join([protocol.name, *protocol.lines])
        independent = "yes" if protocol.speaker_independent else "no"
        stand = (
            part, one.title, one.corpus, one.target, name, independent,
            "; ".join(protocol.warnings), "; ".join(map(str, one.left_out)),
        )  # fmt: skip
        for system in one.systems:
            measures = (*_measures(system), *_of_corpora(one.corpora, system.name))
            rows += [(*stand, system.name, *row) for row in measures]
    return as_csv(rows)


def as_json(found: Sequence[Results]) -> str:
    """Write everything but predictions and maps, as every ``results.json`` holds it."""
    parts = [one.document() for one in found]
    whole = {"format": "deepspectrum-report", "version": 3, "evaluations": parts}
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _measures(system: SystemResult) -> Iterator[tuple[Any, ...]]:
    """Yield measure, of what, value, low and high."""
    for name, score in system.scores.items():
        yield name, "", score.value, score.low, score.high
    recordings = system.recordings.scores if system.recordings else {}
    for name, score in recordings.items():
        yield f"recording_{name}", "", score.value, score.low, score.high
    for measure, of, value in _points(system):
        yield measure, of, value, None, None


def _of_corpora(
    corpora: Sequence[CorpusScores], system: str
) -> Iterator[tuple[str, str, float | None, float | None, float | None]]:
    """Yield measure, corpus, value, low and high."""
    for one in corpora:
        for name, score in one.systems[system].items():
            yield f"corpus_{name}", one.corpus, score.value, score.low, score.high


def _points(system: SystemResult) -> Iterator[tuple[str, str, float | None]]:
    """Yield what has no interval: measure, class, seed or speaker, value."""
    if system.by_class:
        yield from (("recall", *one) for one in system.by_class.recall.items())
        yield from (("precision", *one) for one in system.by_class.precision.items())
        names = list(system.by_class.recall)
        found = zip(names, rates(system.by_class, names), strict=True)
        yield from (("f1", name, f1) for name, (_, _, f1) in found)
    for of, scores in system.seeds.items():
        yield from ((f"seed_{name}", of, value) for name, value in scores.items())
    for of, speaker in system.speakers.items():
        yield from ((f"speaker_{name}", of, value) for name, value in speaker.scores.items())
