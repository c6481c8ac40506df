"""How often intervals of CCC, Pearson's r and RMSE hold the true value.

``python tests/benchmarks/number_interval_coverage.py [DRAWS]``: 5,000 draws a cell by default,
minutes on one core. Predictions are a straight line of the reference and noise; every speaker has a
slope, an offset and a size of noise of its own, and a mean of the reference. The true value is that
of very many speakers.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.intervals import speaker_interval
from deepspectrum_features.baselines.ratios import NUMBER_RATIOS
from deepspectrum_features.baselines.regression_metrics import evaluate

#: How far speakers differ, the noise of one row, and the deviation of speakers' means.
EFFECTS = ((0.2, 0.5, 0.3), (0.6, 0.8, 0.5), (0.6, 0.1, 0.5), (1.0, 1.0, 1.0))
ROWS = {
    "10 speakers alike": np.full(10, 30),
    "one has half of the rows": np.array([270, *[30] * 9]),
    "Zipf, 40 speakers": np.maximum(1, 280 // np.arange(1, 41)),
    "four speakers": np.full(4, 40),
    "20 of 10 rows": np.full(20, 10),
}

Array = NDArray[np.float64]


def main(draws: int = 5000) -> None:
    """Measure and print."""
    print(f"{draws} draws a cell: share of intervals that hold the true {', '.join(NUMBER_RATIOS)}")
    for name, rows in ROWS.items():
        print(f"{name:>24}", end="", flush=True)
        for effects in EFFECTS:
            cell = " ".join(f"{held:.3f}" for held in coverage(rows, effects, draws))
            print(f"  {cell}", end="", flush=True)
        print()


def coverage(
    rows: NDArray[np.int64], effects: tuple[float, float, float], draws: int
) -> list[float]:
    """Return how often each interval holds the true value."""
    generator = np.random.default_rng(len(rows))
    many = predictions(generator, np.full(40_000, 10), effects)
    true = np.array(list(evaluate(*many[:2]).values()))
    held = np.zeros(len(true))
    for _ in range(draws):
        truth, said, speakers = predictions(generator, rows, effects)
        found = [speaker_interval(of(truth, said), speakers) for of in NUMBER_RATIOS.values()]
        held += [one.low <= value <= one.high for one, value in zip(found, true, strict=True)]
    return [float(share) for share in held / draws]


def predictions(
    generator: np.random.Generator, rows: NDArray[np.int64], effects: tuple[float, float, float]
) -> tuple[Array, Array, NDArray[np.str_]]:
    """Draw reference, predictions and speakers of all rows."""
    differ, noise, level = effects
    speaker = np.repeat(np.arange(len(rows)), rows)
    own = generator.normal(size=(4, len(rows)))[:, speaker]
    truth, error = generator.normal(size=(2, len(speaker)))
    truth = truth + level * own[0]
    size = noise * np.exp(0.3 * differ * own[3])
    said = (0.8 + 0.3 * differ * own[1]) * truth + differ * own[2] + size * error
    return truth, said, speaker.astype(str)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
