"""Waveform, spectrogram and attention of one utterance over the same seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deepspectrum_features.drawing.sounds import AttendedSound
from deepspectrum_features.encoder.clocks import Cells, Clock
from deepspectrum_features.terminal import printable

_RANGE = 70.0  # decibels shown below the highest
_WAVE, _WEIGHT = "#2859c9", "tab:orange"


def draw_sound(found: AttendedSound) -> Figure:
    """Draw them below each other; attention as many times as high as if it were even."""
    heights = {"waveform": 1.0, "spectrogram": 2.5, "attention": 1.0}
    if found.cells is not None:
        heights = {**heights, "time and frequency": 2.0}
    figure = Figure(figsize=(9, 0.6 + 1.25 * sum(heights.values())), layout="constrained")
    rows = figure.subplots(len(heights), 1, sharex=True, height_ratios=list(heights.values()))
    _draw_waveform(rows[0], found)
    _draw_spectrogram(rows[1], found)
    _draw_weights(rows[2], found)
    if found.cells is not None:
        _draw_cells(rows[3], found, found.cells)
    rows[0].set_title(printable(found.title), fontsize=10, parse_math=False)
    rows[-1].set(xlabel="seconds", xlim=_span(found))
    return figure


def _draw_waveform(axes: Any, found: AttendedSound) -> None:
    times = found.start + np.arange(len(found.waveform)) / found.rate
    axes.plot(times, found.waveform, color=_WAVE, linewidth=0.5)
    axes.set(ylabel="amplitude")


def _draw_spectrogram(axes: Any, found: AttendedSound) -> None:
    """Draw power in decibels."""
    decibels = 10 * np.log10(found.power.T + 1e-10)
    times = _edges(found, found.frames, len(found.power))
    bin_khz = found.highest_hz / 1000 / (len(decibels) - 1)
    kilohertz = (np.arange(len(decibels) + 1) - 0.5) * bin_khz
    axes.imshow(
        decibels,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(times[0], times[-1], kilohertz[0], kilohertz[-1]),
        cmap="magma",
        vmin=decibels.max() - _RANGE,
    )
    axes.set(ylabel="kHz", ylim=(0, found.highest_hz / 1000))


def _draw_weights(axes: Any, found: AttendedSound) -> None:
    """Draw attention over time, and a line at what it would be if it were even."""
    count = len(found.weights)
    edges = _edges(found, found.steps, count)
    axes.stairs(found.weights * count, edges, fill=True, color=_WEIGHT, alpha=0.85)
    axes.axhline(1, color="0.4", linewidth=0.8, linestyle=":")
    axes.set(ylabel="attention\n(1 = even)", ylim=(0, None))


def _draw_cells(axes: Any, found: AttendedSound, cells: Cells) -> None:
    """Draw attention over time and frequency, and a bar that tells what a colour means."""
    times = _edges(found, cells, len(found.weights_tf))
    kilohertz = np.maximum(between(cells.hz), 0) / 1000
    even = found.weights_tf.T * found.weights_tf.size
    mesh = axes.pcolormesh(times, kilohertz, even, vmin=0)
    axes.set(ylabel="kHz", ylim=(0, found.highest_hz / 1000))
    beside = axes.inset_axes((1.015, 0, 0.015, 1))
    axes.figure.colorbar(mesh, cax=beside, label="attention (1 = even)")


def _edges(found: AttendedSound, clock: Clock, count: int) -> NDArray[np.float64]:
    """Return where steps of a clock begin, and the last one ends, in seconds of the recording."""
    first = found.start + clock.first_step_centre_seconds
    return np.asarray(first + (np.arange(count + 1) - 0.5) * clock.step_seconds, np.float64)


def between(centres: list[float] | tuple[float, ...]) -> NDArray[np.float64]:
    """Return the edges of cells by their centres: half-way, and as far beyond the last ones.

    Examples
    --------
    >>> between([100.0, 200.0, 400.0]).tolist()
    [50.0, 150.0, 300.0, 500.0]
    """
    places = np.asarray(centres, np.float64)
    if len(places) == 1:
        return np.array([0.0, 2 * places[0]])
    half = np.diff(places) / 2
    inner = places[:-1] + half
    return np.concatenate([[places[0] - half[0]], inner, [places[-1] + half[-1]]])


def _span(found: AttendedSound) -> tuple[float, float]:
    """Return where the utterance begins and ends."""
    return found.start, found.start + len(found.waveform) / found.rate
