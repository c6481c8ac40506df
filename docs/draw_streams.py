"""Draw docs/streams.png: one demo utterance, and streams that statistics are taken of.

``python docs/draw_streams.py`` from the repository root.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deepspectrum_features import Encoder

FILE = Path("data/demo/low1/low1_anger_3.flac")
FORMANTS = {"f1": "tab:cyan", "f2": "tab:green", "f3": "white"}


def main() -> None:
    """Encode the utterance and draw spectrogram, formants, F0, energy and masks."""
    encoder = Encoder.open("spectral-functionals")
    waveform, rate = soundfile.read(FILE, dtype="float32")
    found = dict(zip(encoder.frame_columns, encoder.embed(waveform, rate).frames.T, strict=True))
    voiced = found["voiced"] > 0
    times = encoder.first_step_centre_seconds + encoder.step_seconds * np.arange(len(voiced))
    power = encoder.front_end.frames(waveform, rate)[:, :257]

    figure = Figure(figsize=(9, 6.4), layout="constrained")
    spectrum, pitch, energy = figure.subplots(3, 1, sharex=True, height_ratios=[2.6, 1, 1])
    draw_spectrogram(spectrum, power, times)
    for name, colour in FORMANTS.items():
        spectrum.plot(times[voiced], found[name][voiced], ".", color=colour, ms=4, label=name)
    spectrum.legend(loc="upper right", ncols=3, fontsize=8, facecolor="black", labelcolor="white")
    hertz = 100 * 2 ** np.where(voiced, found["f0"], np.nan)
    pitch.plot(times, hertz, color="tab:blue")
    pitch.set(ylabel="f0 (Hz)", ylim=(np.nanmin(hertz) - 20, np.nanmax(hertz) + 20))
    energy.plot(times, found["energy"], color="tab:orange")
    energy.set(ylabel="energy (nats)", xlabel="seconds")
    for axes in (pitch, energy):
        shade(axes, times, found["active"] > 0, "0.93", "active")
        shade(axes, times, voiced, "0.83", "voiced")
    energy.legend(loc="lower right", ncols=2, fontsize=8)
    spectrum.set_title(f"{FILE.name}: some streams and masks of {encoder.name}", fontsize=10)
    figure.savefig("docs/streams.png", dpi=110)


def draw_spectrogram(axes: Axes, power: NDArray[np.float32], times: NDArray[np.float64]) -> None:
    """Draw power in decibels."""
    decibels = 10 * np.log10(power.T + 1e-10)
    half = (times[1] - times[0]) / 2
    axes.imshow(
        decibels,
        origin="lower",
        aspect="auto",
        extent=(times[0] - half, times[-1] + half, 0, 8),
        cmap="magma",
        vmin=decibels.max() - 70,
    )
    axes.set(ylabel="kHz", ylim=(0, 5))


def shade(
    axes: Axes, times: NDArray[np.float64], mask: NDArray[np.bool_], colour: str, name: str
) -> None:
    """Mark the frames of a mask behind a curve."""
    low, high = axes.get_ylim()
    axes.fill_between(times, low, high, where=mask, step="mid", color=colour, lw=0, label=name)
    axes.set_ylim(low, high)


if __name__ == "__main__":
    main()
