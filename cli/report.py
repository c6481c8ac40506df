"""``dsf report``: results folders become one page."""

from __future__ import annotations

import os

import click

from deepspectrum_features.cli.options import examples, quiet_option, say


@click.command(
    "report",
    short_help="Write one HTML page about results, with Markdown, CSV and JSON.",
    epilog=examples(
        "dsf report results/",
        "dsf report emodb-results/ nemo-results/ -o both.html",
    ),
)
@click.argument(
    "results", metavar="RESULTS...", nargs=-1, required=True, type=click.Path(readable=False)
)
@click.option(
    "-o",
    "--out",
    metavar="FILE.html",
    default="report.html",
    show_default=True,
    type=click.Path(readable=False),
    help="The page; the same name with .md, .csv, .json, and a folder -paper beside it.",
)
@quiet_option
def command(results: tuple[str, ...], out: str, quiet: bool) -> None:
    """Write a page about one or several results folders, each under its own protocol.

    The page is one file that needs neither network nor script: scores with intervals, paired
    comparisons, confusions, speakers, a map of the features, learning curves, the protocol card.
    The folder beside it holds what a paper takes over: LaTeX tables, figures as PDF and SVG, the
    protocol in sentences, BibTeX. Files of the same names are replaced.
    """
    from deepspectrum_features.baselines.report import (
        check_page,
        check_paper,
        report,
        write_paper,
        written,
    )
    from deepspectrum_features.baselines.results import Results

    check_page(out)
    check_paper(out)
    read = [Results.read(folder) for folder in results]
    path, paper = report(read, out), write_paper(read, out)
    tell = say(quiet)
    for beside in (*written(path)[1:], f"{paper}{os.sep}"):
        tell(f"also written: {beside}")
    click.echo(path)
