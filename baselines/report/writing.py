"""One page about one or several evaluations, and the same numbers as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.report import tables as report_tables
from deepspectrum_features.baselines.report.page import page, under
from deepspectrum_features.baselines.report.protocol_card import card
from deepspectrum_features.baselines.report.reading import Results, read_results
from deepspectrum_features.baselines.report.table_markup import markdown_text, table_markdown
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import write_text

_COLUMNS = (
    "folder", "evaluation", "corpus", "protocol", "speaker_independent", "warnings",
    "system", "measure", "of", "value", "low", "high",
)  # fmt: skip


def report(folders: Sequence[Path], out: Path) -> Path:
    """Write a page about results folders, with report.md, .csv and .json beside it.

    Files of these names are replaced; all four are put together before the first is written.

    Parameters
    ----------
    folders : sequence of Path
        As `evaluate` and `experiment` write them; each becomes a part of the page under its own
        protocol, so they may be of different corpora.
    out : Path
        The page, a name that ends in ``.html``.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DsfError
        If a folder holds no results, or damaged ones, or if a file to write is one of them.

    Examples
    --------
    >>> [path.name for path in written(Path("report.html"))]
    ['report.html', 'report.md', 'report.csv', 'report.json']
    """
    if not folders:
        raise ValueError("no results folder, need at least one")
    if out.suffix != ".html":
        raise DsfError(f"{out}: need a name ending in .html")
    if not out.parent.is_dir():
        raise DsfError(f"{out.parent}: no such folder, need one to write {out.name} in")
    sources = {folder.resolve() for folder in folders}
    for path in written(out):
        if path.parent.resolve() in sources and path.stem in ("results", "predictions", "map"):
            raise DsfError(f"{path}: belongs to the results (choose another name with -o)")
    found = [read_results(folder) for folder in folders]
    texts = (page(found), markdown(found), table_csv(found), as_json(found))
    for path, text in zip(written(out), texts, strict=True):
        # a lone surrogate, which JSON can hold, is no text; its escape is
        write_text(path, text.encode("utf-8", "backslashreplace").decode().rstrip("\n"))
    return out


def written(out: Path) -> list[Path]:
    """List what `report` writes."""
    return [out, *(out.with_suffix(suffix) for suffix in (".md", ".csv", ".json"))]


def markdown(found: Sequence[Results]) -> str:
    """Write the tables of the page, each with its protocol."""
    return "\n".join(line for one in found for line in _markdown_part(one))


def table_csv(found: Sequence[Results]) -> str:
    """Write every score on a line of its own, with the protocol it stands on.

    Column ``measure`` is ua, wa, macro_f1, recall (``of`` a class), or speaker_ua (``of`` a
    speaker); numbers are as exact as in ``results.json``, and empty where there is none.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in found:
        told, protocol = one.document, one.document["protocol"]
        name = "; ".join([protocol["name"], *protocol["lines"]])
        independent = "yes" if protocol["speaker_independent"] else "no"
        warnings = "; ".join(protocol["warnings"])
        stand = (one.folder, told["title"], told["corpus"], name, independent, warnings)
        for system in told["systems"]:
            for row in _measures(system):
                writer.writerow((*stand, system["name"], *row))
    return stream.getvalue()


def as_json(found: Sequence[Results]) -> str:
    """Write every ``results.json`` whole, with the folder it comes from."""
    parts = [{"folder": str(one.folder), "results": one.document} for one in found]
    whole = {"format": "deepspectrum-report", "version": 1, "evaluations": parts}
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _measures(system: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield measure, class or speaker, value, low and high."""
    for name, score in system["scores"].items():
        yield name, "", score["value"], score["low"], score["high"]
    for name, value in system["recall"].items():
        yield "recall", name, value, None, None
    for name, told in system["per_speaker"].items():
        yield "speaker_ua", name, told["ua"], None, None


def _markdown_part(results: Results) -> Iterator[str]:
    told = results.document
    protocol, line = told["protocol"], under(told)
    yield f"# {markdown_text(told['title'])}\n"
    yield from (f"**Warning: {markdown_text(one)}**\n" for one in protocol["warnings"])
    yield f"Protocol: {markdown_text(protocol['name'])}. Chance UA {results.chance:.3f}.\n"
    yield from (f"* {markdown_text(one)}" for one in protocol["lines"])
    tables = [report_tables.scores(results), report_tables.recalls(results)]
    if told["comparisons"]:
        tables.append(report_tables.comparisons(results))
    tables += [report_tables.confusion(results, one) for one in told["systems"]]
    if results.heard:
        tables.append(report_tables.speakers(results))
    for table in (*tables, *card(results)):
        yield from table_markdown(table, line)
        if table.kind == "pairs":
            yield f"\n{report_tables.reach(results)}"
    versions = ", ".join(f"{name} {value}" for name, value in told["versions"].items())
    yield f"\nCommand: {markdown_text(told['command'])}\n"
    yield f"Created: {markdown_text(told['created'])}\n"
    yield f"Versions: {markdown_text(versions)}\n"
    yield from (f"{markdown_text(one)}\n" for one in results.notices)
