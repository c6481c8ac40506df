"""Mean attention of every class, over the position in an utterance and over frequency."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deepspectrum_features.drawing.classes import POSITIONS, ClassAttention
from deepspectrum_features.terminal import printable


def draw_classes(found: ClassAttention) -> Figure:
    """Draw a line a class; attention as many times as high as if it were even."""
    columns = 2 if found.hz else 1
    figure = Figure(figsize=(2 + 4.5 * columns, 4), layout="constrained")
    panels = figure.subplots(1, columns, squeeze=False)[0]
    _draw_time(panels[0], found)
    if found.hz:
        _draw_frequency(panels[1], found)
    figure.suptitle(printable(found.title), fontsize=10, parse_math=False)
    named = figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside right center", fontsize=8
    )
    for text in named.get_texts():
        text.set_parse_math(False)
    return figure


def _draw_time(axes: Any, found: ClassAttention) -> None:
    """Draw the mean over relative position."""
    places = (np.arange(POSITIONS) + 0.5) / POSITIONS
    for (name, count), shares in zip(found.classes.items(), found.over_time, strict=True):
        axes.plot(places, shares * POSITIONS, label=printable(f"{name} ({count})"), linewidth=1.4)
    _prepare(axes, "position in the utterance, 0 to 1", found.over_time * POSITIONS)
    axes.set(xlim=(0, 1))


def _draw_frequency(axes: Any, found: ClassAttention) -> None:
    """Draw the mean over frequency."""
    for shares in found.over_frequency:
        axes.plot(np.array(found.hz) / 1000, shares * len(found.hz), "o-", linewidth=1.4, ms=3)
    _prepare(axes, "kHz", found.over_frequency * len(found.hz))


def _prepare(axes: Any, across: str, heights: NDArray[np.float64]) -> None:
    """Draw a line at what attention would be if it were even, and name the axes."""
    axes.axhline(1, color="0.4", linewidth=0.8, linestyle=":")
    axes.set(xlabel=across, ylabel="attention (1 = even)", ylim=(0, 1.1 * heights.max(initial=1)))
