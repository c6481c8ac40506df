"""The page of a report: HTML that needs nothing else, neither network nor script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from deepspectrum_features import __version__
from deepspectrum_features.baselines.report import class_tables, data_tables, pairs, tables
from deepspectrum_features.baselines.report.cells import Cell, Table
from deepspectrum_features.baselines.report.feature_map import maps
from deepspectrum_features.baselines.report.figures import curves
from deepspectrum_features.baselines.report.protocol_card import card, notices, under, warnings
from deepspectrum_features.baselines.report.ranking import ranked, verdict
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.terminal import counted

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # not allowed in HTML


def page(found: Sequence[Results]) -> str:
    """Write the whole page: one part for every evaluation."""
    template = _templates().get_template("page.html.j2")
    written = template.render(
        title=found[0].title if len(found) == 1 else f"{len(found)} evaluations",
        version=__version__,
        overview=_overview(found),
        parts=[_part(one, f"r{number}") for number, one in enumerate(found, 1)],
    )
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", written)


def _templates() -> Environment:
    """Return the templates beside this module; text is escaped wherever it stands."""
    found = Environment(
        loader=PackageLoader("deepspectrum_features.baselines.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["counted"] = counted
    return found


def _overview(found: Sequence[Results]) -> Table:
    """List the parts; their scores stand under their own protocols."""
    names = ("Evaluation", "Corpus", "Protocol", "Systems", "Rows", "Warnings")
    rows = []
    for number, one in enumerate(found, 1):
        counts = (len(one.systems), one.utterances, len(warnings(one)) or "none")
        facts = (one.corpus, one.protocol.name, *map(str, counts))
        rows.append((Cell(one.title, link=f"r{number}"), *map(Cell, facts)))
    return Table("Evaluations on this page", tuple(map(Cell, names)), rows, "facts")


def _part(results: Results, name: str) -> dict[str, Any]:
    """Gather what the page says of one evaluation, its best system first."""
    results = ranked(results)
    return {
        "name": name,
        "results": results,
        "line": under(results),
        "warnings": warnings(results),
        "notices": notices(results),
        "verdict": verdict(results),
        "scores": tables.scores(results),
        "details": [
            table
            for table in (
                tables.corpora(results),
                tables.recordings(results),
                tables.seeds(results),
            )
            if table.rows
        ],
        "comparisons": pairs.comparisons(results),
        "reach": pairs.reach(results),
        "classes": class_tables.classes(results),
        "recalls": class_tables.recalls(results),
        "confusions": class_tables.confusions(results),
        "distribution": data_tables.distribution(results),
        "families": data_tables.families(results),
        "spread": tables.spread(results),
        "speakers": tables.speakers(results),
        "maps": maps(results),
        "curves": curves(results.curves, results.chance),
        "card": card(results),
    }
