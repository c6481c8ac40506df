"""Time of a training step and of an epoch of LSTMs gated by their memory, beside nn.LSTM's.

``python tests/benchmarks/cell_gated_lstm_speed.py``. Layers of the sizes of ``xie2019-taslp`` read
batches of 32 utterances of 280 frames, as EMO-DB's are; an epoch is 440 utterances.
"""

from __future__ import annotations

import statistics
import time

import torch
from torch import Tensor, nn

from deepspectrum_features.networks.cell_gated_lstm import CellGatedLSTM
from deepspectrum_features.recipe import PRESETS

BATCH, FRAMES, WIDTH, UTTERANCES, REPEATS = 32, 280, 130, 440, 7


class Fused(nn.LSTM):
    """nn.LSTM that gives its output alone."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x (time, batch, dim_in)`` to ``h (time, batch, units)``."""
        return super().forward(x)[0]


def main() -> None:
    """Measure and print the table."""
    print(f"{torch.get_num_threads()} threads, median of {REPEATS}")
    for preset in ("paper", "compact"):
        units = PRESETS["xie2019-taslp"][preset].network.units
        ours, theirs = (step_seconds(kind, units) for kind in (CellGatedLSTM, Fused))
        show(f"{preset} {units}: nn.LSTM", theirs)
        show(f"{preset} {units}: gated by memory", ours, f"{ours / theirs:.2f} times nn.LSTM's")


def step_seconds(kind: type[nn.Module], units: tuple[int, ...]) -> float:
    """Return the median time of a step forwards and back through stacked layers."""
    layers = nn.Sequential(*(kind(*width) for width in zip((WIDTH, *units), units, strict=False)))
    x = torch.randn(FRAMES, BATCH, WIDTH)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        layers(x).square().mean().backward()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def show(what: str, seconds: float, note: str = "") -> None:
    """Print one row."""
    epoch = seconds * UTTERANCES / BATCH
    print(f"{what:<36}{1000 * seconds:8.0f} ms a step {epoch:8.1f} s an epoch  {note}")


if __name__ == "__main__":
    main()
