"""Scores over resolution as one page of Markdown: a row a cell, a column a classifier."""

from __future__ import annotations

from collections.abc import Sequence

from deepspectrum_features.baselines.comparisons import SIGNIFICANT
from deepspectrum_features.baselines.records import SystemResult
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import (
    comparison_lines,
    protocol_lines,
    shown_score,
    table,
)
from deepspectrum_features.recipe.resolution import REFERENCE, Resolution

_LEGEND = (
    "UA with its 95 % interval over speakers. Features are normalised by the training rows "
    "(global), or by each speaker's own rows first (speaker); end to end are the network's own "
    "class scores."
)
_TESTED = (
    f"A score with * differs from that of {REFERENCE.name}, the paper's choice: p < 0.05 by the "
    "paired test of pooled UA, predictions exchanged by speaker, after Holm's correction over the "
    "cells."
)


def manner(system: SystemResult) -> str:
    """Say what is done with the features of a cell, whichever it is."""
    return system.name.removeprefix(f"{system.features} ")


def markdown(results: Results, cells: Sequence[Resolution], figure: str) -> str:
    """Write scores, comparisons with the reference, and protocol.

    Parameters
    ----------
    results : Results
    cells : sequence of Resolution
    figure : str
        Name of the picture beside the page.
    """
    lines = [f"# {results.title}", "", f"![UA over resolution]({figure})", ""]
    lines += [*_scores(results, cells), "", _LEGEND]
    if results.comparisons:
        lines += ["", _TESTED]
    lines += ["", *protocol_lines(results)]
    if results.comparisons:
        lines += ["", *comparison_lines(results)]
    return "\n".join(lines)


def _scores(results: Results, cells: Sequence[Resolution]) -> list[str]:
    """Write the table of scores."""
    found = {(one.features, manner(one)): one for one in results.systems}
    manners = list(dict.fromkeys(manner(one) for one in results.systems))
    differing = {one.first for one in results.comparisons if one.p_holm < SIGNIFICANT}
    rows = [
        [_window(cell), _seen(cell), *(_cell(found[cell.name, how], differing) for how in manners)]
        for cell in cells
    ]
    return table(["window", "resolution", *manners], rows)


def _cell(system: SystemResult, differing: set[str]) -> str:
    """Write a score, its interval, and whether it differs from the reference's."""
    value, interval = shown_score(system.scores["ua"])
    return f"{value}{'*' * (system.name in differing)} ({interval})"


def _window(cell: Resolution) -> str:
    return f"{cell.window_ms:g} ms"


def _seen(cell: Resolution) -> str:
    """Say what a network sees of every frame."""
    seen = f"{cell.bands} mel bands" if cell.bands else f"bins of {cell.bin_hz:g} Hz"
    return f"{seen} (the paper's choice)" if cell == REFERENCE else seen
