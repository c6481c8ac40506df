"""How often the comparison of two regressions finds a difference where there is none.

``python tests/benchmarks/ccc_test_level.py [DRAWS]``: 5,000 draws a cell by default, minutes on one
core. Two sets of features, drawn apart, hold the same information on a number. A ridge
regression is refitted without each speaker and predicts that speaker, as in an evaluation. The
table shows how often the p of `compare_ccc` is below 0.05, and how often where the first set holds
more.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.ccc_comparison import compare_ccc

SPEAKERS = (5, 6, 9, 12, 21)
ROWS, COLUMNS, PENALTY = 12, 10, 5.0
#: Deviation of speakers in every column, and in the number itself.
OWN, LEVEL = 0.5, 0.5

Array = NDArray[np.float64]


def main(draws: int = 5000) -> None:
    """Measure and print."""
    print(f"{draws} draws a cell: share with p < 0.05, of equal systems and of unequal ones")
    for speakers in SPEAKERS:
        print(f"{speakers:>8}", end="", flush=True)
        for lead in (0.0, 0.5):
            print(f"  {found(speakers, draws, lead):.3f}", end="", flush=True)
        print()


def found(speakers: int, draws: int, lead: float = 0.0) -> float:
    """Return how often p is below 0.05."""
    generator = np.random.default_rng(speakers)
    names = np.repeat([f"s{number}" for number in range(speakers)], ROWS)
    below = 0
    for _ in range(draws):
        level = LEVEL * generator.normal(size=(speakers, 1))
        target = level + generator.normal(size=(speakers, ROWS))
        first, second = (
            predict(features(generator, target, 0.5 + more), target).ravel() for more in (lead, 0.0)
        )
        comparison = compare_ccc(target.ravel(), first, second, names, ("first", "second"))
        below += comparison is not None and comparison.p < 0.05
    return below / draws


def features(generator: np.random.Generator, target: Array, strength: float) -> Array:
    """Draw features of which the first knows the number, ``(speakers, rows, columns)``."""
    own = OWN * generator.normal(size=(len(target), 1, COLUMNS))
    noise = generator.normal(size=(*target.shape, COLUMNS))
    return own + noise + strength * target[..., None] * np.eye(COLUMNS)[0]


def predict(table: Array, target: Array) -> Array:
    """Predict every speaker by a ridge regression on the others, ``(speakers, rows)``."""
    predicted = np.empty_like(target)
    for speaker in range(len(target)):
        others = np.arange(len(target)) != speaker
        x, y = table[others].reshape(-1, COLUMNS), target[others].ravel()
        centred = x - x.mean(axis=0)
        gram = centred.T @ centred + PENALTY * np.eye(COLUMNS)
        weights = np.linalg.solve(gram, centred.T @ (y - y.mean()))
        predicted[speaker] = (table[speaker] - x.mean(axis=0)) @ weights + y.mean()
    return predicted


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
