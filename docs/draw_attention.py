"""Draw docs/attention.png: one demo utterance, and where the encoder that was trained looks.

``python docs/draw_attention.py`` from the repository root.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure

from deepspectrum_features import Encoder

FILE = Path("data/demo/low1/low1_anger_3.flac")


def main() -> None:
    """Encode the utterance and draw its spectrogram under its attention."""
    encoder = Encoder.open("zhao2018-asmmc-compact-nemo")
    waveform, rate = soundfile.read(FILE, dtype="float32")
    attention = encoder.embed(waveform, rate).attention
    front_end = encoder.front_end
    spectrogram = front_end.frames(waveform, rate)
    hop = encoder.step_seconds
    times = encoder.first_step_centre_seconds + hop * np.arange(len(spectrogram))

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2.5])
    above.fill_between(times, attention, color="tab:orange", alpha=0.8, linewidth=0)
    above.set(ylabel="attention", ylim=(0, None), yticks=[])
    decibels = 10 * np.log10(spectrogram.T + 1e-10)
    extent = (times[0] - hop / 2, times[-1] + hop / 2, 0, front_end.sample_rate / 2000)
    below.imshow(
        decibels,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap="magma",
        vmin=decibels.max() - 70,
    )
    below.set(xlabel="seconds", ylabel="kHz")
    above.set_title(f"{FILE.name}: power spectrogram, and attention of {encoder.name}", fontsize=10)
    figure.savefig("docs/attention.png", dpi=110)


if __name__ == "__main__":
    main()
