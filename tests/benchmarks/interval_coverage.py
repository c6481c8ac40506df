"""How often an interval of UA holds the true value, with speakers of unequal weight.

``python tests/benchmarks/interval_coverage.py [DRAWS]``: 5,000 draws a cell by default, minutes
on one core. A speaker is right on a class with the probability ``expit(mean + common + own)``, one
normal draw common to all its classes and one for each, on the logit scale; answers are then
independent. The true value is the expected UA: the mean over classes of what speakers are right on
average, whoever is drawn. Every cell shows how often the interval held it, and its mean width.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from deepspectrum_features.baselines.intervals import speaker_interval
from deepspectrum_features.baselines.ratios import Ratio

#: Deviation on the logit scale of what a speaker's classes have in common, and of each alone.
EFFECTS = ((0.0, 0.0), (0.5, 0.5), (1.0, 0.3), (0.2, 1.2))
MEANS = (0.3, 0.5, 0.6, 0.8, 0.7, 0.9, 0.4)

Counts = NDArray[np.int64]


def even(speakers: int, rows: int, classes: int = 7) -> Counts:
    """Let everybody speak the same, ``(speakers, classes)``."""
    return np.full((speakers, classes), rows)


def one_half() -> Counts:
    """Let one of ten speak half of the rows."""
    return even(10, 6) * np.where(np.arange(10) == 0, 9, 1)[:, None]


def zipf() -> Counts:
    """Let 40 speak the less the later they come."""
    share = 1 / np.arange(1, 41) / (1 / np.arange(1, 41)).sum()
    return np.maximum(1, np.round(320 * share)).astype(int)[:, None] * np.ones(7, int)


def rare(speakers: int) -> Counts:
    """Let so few of ten utter the last class."""
    return np.where((np.arange(10) >= speakers)[:, None] & (np.arange(7) == 6), 0, even(10, 6))


def one_class_each() -> Counts:
    """Let each of 30 utter one class of two, 8 of them the rarer, with 2 to 59 rows."""
    rows = np.random.default_rng(5).integers(2, 60, 30)
    return rows[:, None] * np.eye(2, dtype=int)[(np.arange(30) < 8).astype(int)]


SCENARIOS: dict[str, tuple[Counts, tuple[float, ...]]] = {
    "10 speakers alike": (even(10, 6), MEANS),
    "one has half of the rows": (one_half(), MEANS),
    "Zipf, 40 speakers": (zipf(), MEANS),
    "two utter one class": (rare(2), MEANS),
    "one utters one class": (rare(1), MEANS),
    "10 x 5 rows at 0.96": (even(10, 5, 1), (0.96,)),
    "10 x 5 rows x 4 near 1": (even(10, 5, 4), (0.9, 0.95, 0.98, 0.99)),
    "one class each, 30": (one_class_each(), (0.7, 0.6)),
    "three speakers": (even(3, 6), MEANS),
}


def main(draws: int = 5000) -> None:
    """Measure and print."""
    print(f"{draws} draws a cell: share of intervals that hold the true UA (mean width)")
    print(f"{'effects: common, own':>24}" + "".join(f"{a:>9}, {b:<4}" for a, b in EFFECTS))
    for name, (counts, means) in SCENARIOS.items():
        print(f"{name:>24}", end="", flush=True)
        for effects in EFFECTS:
            held, width = coverage(counts, means, effects, draws)
            print(f"  {held:.3f} ({width:.2f})", end="", flush=True)
        print()


def coverage(
    counts: Counts, means: tuple[float, ...], effects: tuple[float, float], draws: int
) -> tuple[float, float]:
    """Return how often the interval holds the true UA, and its mean width."""
    generator = np.random.default_rng(counts.size)
    speakers, classes = counts.shape
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    whole = np.eye(classes)[cell % classes]
    names = tuple(map(str, range(classes)))
    spoken = (cell // classes).astype(str)
    true, held, width = float(np.mean(means)), 0, 0.0
    for _ in range(draws):
        common = effects[0] * generator.normal(size=(speakers, 1))
        own = effects[1] * generator.normal(size=counts.shape)
        right = expit(centres(means, float(np.hypot(*effects))) + common + own).ravel()
        part = whole * (generator.random(len(cell)) < right[cell])[:, None]
        low, high, _ = speaker_interval(Ratio(part, whole, names, "share"), spoken)
        held += low <= true <= high
        width += high - low
    return held / draws, width / draws


@cache
def centres(means: tuple[float, ...], deviation: float) -> NDArray[np.float64]:
    """Find the logits around which speakers are right as often as the means say."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def excess(logit: float, mean: float) -> float:
        return float(weights @ expit(logit + deviation * points)) - mean

    return np.array([brentq(excess, -30, 30, args=(mean,)) for mean in means])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
