"""Scores over resolution as one picture: a panel for bands, for windows, and for linear bins.

All panels have one scale, as wide as the intervals need. A shaded column holds the reference in
every panel; a line joins the cells of a classifier that differ in the panel's one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.records import SystemResult
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.recipe.resolution import REFERENCE, Resolution
from deepspectrum_features.terminal import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: As on the page of a report: ``report.css`` has them.
_INK, _QUIET, _RULE, _PAPER, _SHADE = "#1b1f24", "#565d66", "#d8dce1", "#ffffff", "#eef1f5"
#: Colour and mark of a classifier.
_LOOKS = {"svm": ("#2859c9", "o"), "dnn": ("#b08b00", "D"), "network": (_INK, "s")}
_TOLD = {"svm": "SVM", "dnn": "DNN", "network": "network end to end"}
_APART = 0.13  # of the distance between cells, from one classifier to the next
_CELL, _LEAST, _HEIGHT = 0.85, 7.5, 4.2  # inches: a cell, the whole width at least, height


@dataclass(frozen=True)
class Panel:
    """Cells that differ in one thing, in the order of its values.

    Attributes
    ----------
    title, axis : str
    cells : tuple of Resolution
    ticks : tuple of str
        What each cell is called.
    joined : tuple of Resolution
        Those that a line joins.
    """

    title: str
    axis: str
    cells: tuple[Resolution, ...]
    ticks: tuple[str, ...]
    joined: tuple[Resolution, ...]


def draw(results: Results, cells: Sequence[Resolution]) -> Figure:
    """Draw every score with its interval.

    Parameters
    ----------
    results : Results
        Of an ablation.
    cells : sequence of Resolution
        What has a place.
    """
    from matplotlib.figure import Figure

    panels = panels_of(cells)
    counts = [len(panel.cells) for panel in panels]
    figure = Figure(
        figsize=(max(_LEAST, 1.6 + _CELL * sum(counts)), _HEIGHT),
        layout="constrained",
        facecolor=_PAPER,
    )
    row = figure.subplots(1, len(panels), sharey=True, squeeze=False, width_ratios=counts)[0]
    every = _series(results)
    for axes, panel in zip(row, panels, strict=True):
        _prepare(axes, panel)
        for number, series in enumerate(every):
            _draw_series(axes, panel, series, (number - (len(every) - 1) / 2) * _APART)
    row[0].set_ylabel("UA", color=_INK)
    if results.chance is not None and row[0].get_ylim()[0] <= results.chance:
        for axes in row:
            axes.axhline(results.chance, color=_QUIET, linewidth=1, linestyle=":")
    _name_looks(figure, every)
    figure.suptitle(
        printable(results.title), x=0.01, ha="left", fontsize=10, color=_INK, parse_math=False
    )
    return figure


def panels_of(cells: Sequence[Resolution]) -> list[Panel]:
    """Put cells side by side that differ in bands, in windows, or in the width of linear bins."""
    mel = [one for one in cells if one.bands is not None]
    bands = sorted(
        (one for one in mel if one.window_ms == REFERENCE.window_ms),
        key=lambda one: one.bands or 0,
    )
    windows = sorted(
        (one for one in mel if one.bands == REFERENCE.bands), key=lambda one: one.window_ms
    )
    linear = sorted((one for one in cells if one.bands is None), key=lambda one: one.bin_hz or 0.0)
    beside = [one for one in cells if one == REFERENCE]
    window, count = f"{REFERENCE.window_ms:g} ms window", f"{REFERENCE.bands} mel bands"
    found = [
        _panel(window, "mel bands", bands, [f"{one.bands}" for one in bands]),
        _panel(count, "window (ms)", windows, [f"{one.window_ms:g}" for one in windows]),
        _panel(
            window, "linear bins (Hz)", [*beside, *linear],
            [*(f"{one.bands} mel" for one in beside), *(f"{one.bin_hz:g}" for one in linear)],
        ),
    ]  # fmt: skip
    told = [panel for panel in found if set(panel.cells) - {REFERENCE}]
    return told or found[:1]


def _panel(title: str, axis: str, cells: Sequence[Resolution], ticks: Sequence[str]) -> Panel:
    joined = tuple(one for one in cells if one.bands is None) or tuple(cells)
    return Panel(title, axis, tuple(cells), tuple(ticks), joined)


def _series(results: Results) -> list[dict[str, SystemResult]]:
    """Return what every classifier and normalisation reaches, by cell."""
    found: dict[tuple[str, str], dict[str, SystemResult]] = {}
    for one in results.systems:
        found.setdefault((one.classifier, one.normalise), {})[one.features] = one
    return list(found.values())


def _prepare(axes: Any, panel: Panel) -> None:
    """Draw what scores are read against: ticks, grid, and the column of the reference."""
    axes.set_title(panel.title, loc="left", fontsize=9, color=_INK)
    axes.set(xlim=(-0.5, len(panel.cells) - 0.5))
    axes.set_xticks(range(len(panel.cells)), panel.ticks, fontsize=9, color=_INK)
    axes.set_xlabel(panel.axis, fontsize=9, color=_INK)
    axes.tick_params(length=0, labelsize=9, labelcolor=_INK)
    axes.grid(axis="y", color=_RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set(visible=side == "bottom", color=_RULE)
    for place, cell in enumerate(panel.cells):
        if cell == REFERENCE:
            axes.axvspan(place - 0.45, place + 0.45, color=_SHADE, zorder=0)
            axes.annotate(
                "paper", (place, 1), xycoords=("data", "axes fraction"), xytext=(0, -3),
                textcoords="offset points", ha="center", va="top", fontsize=8, color=_QUIET,
            )  # fmt: skip


def _draw_series(axes: Any, panel: Panel, series: dict[str, SystemResult], shift: float) -> None:
    """Draw what one classifier reaches at every cell, under one normalisation."""
    first = next(iter(series.values()))
    colour, _ = _LOOKS[first.classifier]
    places = {cell: place + shift for place, cell in enumerate(panel.cells)}
    for cell, place in places.items():
        ua = series[cell.name].scores["ua"]
        if ua.low is not None and ua.high is not None:
            axes.plot([place] * 2, [ua.low, ua.high], color=colour, linewidth=1.2, alpha=0.6)
    for cells, style in ((panel.joined, "-"), (panel.cells, "none")):
        values = [series[cell.name].scores["ua"].value for cell in cells]
        along = [places[cell] for cell in cells]
        axes.plot(along, values, linestyle=style, linewidth=0.8, **_look(first))


def _look(system: SystemResult) -> dict[str, Any]:
    """Return colour and mark: hollow where features are normalised by speaker."""
    colour, mark = _LOOKS[system.classifier]
    hollow = system.normalise == "speaker"
    return {
        "color": colour, "marker": mark, "markersize": 5,
        "markerfacecolor": _PAPER if hollow else colour,
    }  # fmt: skip


def _name_looks(figure: Figure, every: Sequence[dict[str, SystemResult]]) -> None:
    """Say under the panels what colours and marks mean."""
    from matplotlib.lines import Line2D

    handles = []
    for series in every:
        first = next(iter(series.values()))
        how = "" if first.classifier == "network" else f", {first.normalise}"
        handles.append(Line2D([], [], label=_TOLD[first.classifier] + how, **_look(first)))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8,
        title="UA with its 95 % interval over speakers", title_fontsize=8,
    )  # fmt: skip
