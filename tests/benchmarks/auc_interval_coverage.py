"""How often an interval of the area under the ROC curve holds the true value.

``python tests/benchmarks/auc_interval_coverage.py [DRAWS]``: 5,000 draws a cell by default, minutes
on one core. A row's score is its class, an offset that its speaker has in all rows, one that the
speaker has in this class, and noise, all normal. The true area is that of two rows by two speakers:
``Phi(distance / sqrt(2 variance))``.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from deepspectrum_features.baselines.intervals import speaker_interval
from deepspectrum_features.baselines.ratios import auc_ratio

#: Deviation of what a speaker's rows have in common, and of what those of each class have.
EFFECTS = ((0.0, 0.0), (0.3, 0.3), (0.8, 0.2), (0.2, 0.8))
DISTANCE = 1.5
CLASSES = np.array(["calm", "loud"])

Counts = NDArray[np.int64]


def even(*rows: int) -> Counts:
    """Let ten speak as many rows of each class, ``(speakers, classes)``."""
    return np.full((10, 2), rows)


def one_class_each() -> Counts:
    """Let each of 30 utter one class, 10 of them the second, with 2 to 59 rows."""
    rows = np.random.default_rng(5).integers(2, 60, 30)
    return rows[:, None] * np.eye(2, dtype=int)[(np.arange(30) < 10).astype(int)]


TEN = np.arange(10)[:, None]
SCENARIOS: dict[str, Counts] = {
    "10 speakers alike": even(12, 12),
    "one class is rare": even(30, 3),
    "one has half of the rows": even(12, 12) * np.where(TEN == 0, 9, 1),
    "Zipf, 40 speakers": np.maximum(1, 160 // np.arange(1, 41))[:, None] * np.ones(2, int),
    "two utter one class": even(12, 12) * np.where((TEN >= 2) & (np.arange(2) == 1), 0, 1),
    "one class each, 30": one_class_each(),
    "four speakers": even(20, 20)[:4],
}


def main(draws: int = 5000) -> None:
    """Measure and print."""
    print(f"{draws} draws a cell: share of intervals that hold the true area (mean width)")
    print(f"{'effects: common, own':>24}" + "".join(f"{a:>9}, {b:<4}" for a, b in EFFECTS))
    for name, counts in SCENARIOS.items():
        print(f"{name:>24}", end="", flush=True)
        for effects in EFFECTS:
            held, width = coverage(counts, effects, draws)
            print(f"  {held:.3f} ({width:.2f})", end="", flush=True)
        print()


def coverage(counts: Counts, effects: tuple[float, float], draws: int) -> tuple[float, float]:
    """Return how often the interval holds the true area, and its mean width."""
    generator = np.random.default_rng(counts.size)
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    labels, spoken = CLASSES[cell % 2], (cell // 2).astype(str)
    common, own = effects
    true = float(ndtr(DISTANCE / np.sqrt(2 * (common**2 + own**2 + 1))))
    held, width = 0, 0.0
    for _ in range(draws):
        offset = common * generator.normal(size=(len(counts), 1))
        centre = DISTANCE * np.arange(2) + offset + own * generator.normal(size=counts.shape)
        scores = centre.ravel()[cell] + generator.normal(size=len(cell))
        low, high, _ = speaker_interval(auc_ratio(labels, scores, CLASSES.tolist()), spoken)
        held += low <= true <= high
        width += high - low
    return held / draws, width / draws


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
