"""The figures of a report for a paper, by matplotlib: scores, confusion, map of the features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.records import ClassScores
from deepspectrum_features.baselines.report.feature_map import sample
from deepspectrum_features.baselines.report.latex import percents
from deepspectrum_features.baselines.report.ranking import measure
from deepspectrum_features.baselines.report.wording import axis_names, interval_text
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head
from deepspectrum_features.terminal import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours and shapes that tell classes apart, also for the colour-blind and in grey.
_COLOURS = ("#2859c9", "#b08b00", "#8c3779", "#681e06", "#6885fb", "#e1649f", "#586902", "#33225a")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
_WIDTH = 3.5  # inches: a column of a paper


def figures(results: Results) -> Iterator[tuple[str, Figure]]:
    """Yield the figures by name: scores, the confusion of the best system, the map of its features.

    Parameters
    ----------
    results : Results
        Its best system first.
    """
    best = results.systems[0]
    yield "scores", _scores(results)
    if best.by_class:
        yield "confusion", _confusion(results, best.by_class)
    shown = {point.features for point in results.points}
    name = best.features if best.features in shown else min(shown, default="")
    if name:
        yield "map", _map(results, name)


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _scores(results: Results) -> Figure:
    """Draw the score of every system with its interval, the best at the top."""
    name = measure(results)
    figure, axes = _figure(2 * _WIDTH, 0.7 + 0.22 * len(results.systems))
    for place, one in enumerate(results.systems):
        score = one.scores[name]
        if interval_text(score):
            axes.plot([score.low, score.high], [place, place], color=_COLOURS[0], linewidth=2)
        if score.value is not None:
            axes.plot([score.value], [place], "o", color=_COLOURS[0], markersize=5)
    if results.chance is not None:
        axes.axvline(results.chance, color="0.4", linewidth=0.8, linestyle=":")
        axes.annotate("chance", (results.chance, -0.9), fontsize=7, color="0.3", ha="center")
    axes.set_yticks(range(len(results.systems)))
    _name(axes.set_yticklabels, [one.name for one in results.systems])
    axes.set(xlabel=head(name), ylim=(len(results.systems) - 0.5, -1.1))
    if results.chance is not None:
        axes.set_xlim(0, 1)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _confusion(results: Results, told: ClassScores) -> Figure:
    """Draw a confusion matrix, each row in percent of its reference."""
    shares = list(percents(told))
    size = max(_WIDTH, 1.2 + 0.38 * len(shares))
    figure, axes = _figure(size, size)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
    for row, values in enumerate(shares):
        for column, value in enumerate(values):
            colour = "white" if value > 55 else "black"
            axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour, size=8)
    axes.set_xticks(range(len(shares)))
    axes.set_yticks(range(len(shares)))
    _name(axes.set_xticklabels, results.classes, rotation=90)
    _name(axes.set_yticklabels, results.classes)
    axes.set(xlabel="predicted", ylabel="reference, % of the row")
    return figure


def _map(results: Results, features: str) -> Figure:
    """Draw rows by class on the first two principal components."""
    figure, axes = _figure(1.3 * _WIDTH, _WIDTH)
    points = sample([point for point in results.points if point.features == features])
    for number, label in enumerate(results.classes):
        own = [(point.x, point.y) for point in points if point.label == label]
        if own:
            look = {"color": _COLOURS[number % 8], "marker": _MARKS[number % 8]}
            axes.scatter(*zip(*own, strict=True), s=7, alpha=0.6, linewidths=0, **look, label=label)
    first, second = axis_names(results.explained.get(features, ()))
    axes.set(xlabel=first, ylabel=second)
    axes.tick_params(labelsize=7)
    named = figure.legend(loc="outside right center", fontsize=7, markerscale=2)
    for text in named.get_texts():
        text.set(text=printable(text.get_text()), parse_math=False)
    return figure


def _name(setter: Any, names: Any, **looks: Any) -> None:
    """Name ticks; what stands between dollars is no mathematics."""
    for text in setter([printable(name) for name in names], fontsize=7, **looks):
        text.set_parse_math(False)
