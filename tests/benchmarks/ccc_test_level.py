"""How often the comparison of two regressions finds a difference where there is none.

``python tests/benchmarks/ccc_test_level.py [DRAWS]``: 5,000 draws a cell by default, minutes on one
core. Two sets of features, drawn apart, hold the same information on a number. A ridge
regression is refitted without each speaker and predicts that speaker, as in an evaluation. The
table shows how often the p of `compare_ccc` is below 0.05, and how often where the first set holds
more.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.ccc_comparison import compare_ccc

SPEAKERS = (5, 6, 9, 12, 21, 30)
ROWS, COLUMNS = 12, 10
#: Deviation of speakers in every column, and in the number itself; that of one row is 1.
OWN, LEVEL = 0.5, 0.5
#: How much more a column of the first set knows where it is the better one.
LEAD = 0.5
_AT_ONCE = 100


class Corpus(NamedTuple):
    """What features of a made-up corpus are like, and the regression."""

    strength: float  # how much of the number is in a column
    knowing: int  # columns that know of it
    penalty: float


CORPORA = {
    "clear": Corpus(strength=0.5, knowing=5, penalty=5.0),
    "plain": Corpus(strength=0.5, knowing=1, penalty=5.0),
    "faint": Corpus(strength=0.3, knowing=1, penalty=5.0),
    "shrunk": Corpus(strength=0.5, knowing=1, penalty=100.0),
}

Array = NDArray[np.float64]


def main(draws: int = 5000) -> None:
    """Measure and print."""
    print(f"{draws} draws a cell: share with p < 0.05, of equal systems (of unequal ones)")
    print(f"{'speakers':>8}" + "".join(f"{name:>15}" for name in CORPORA))
    for speakers in SPEAKERS:
        print(f"{speakers:>8}", end="", flush=True)
        for corpus in CORPORA.values():
            equal, unequal = (found(corpus, speakers, draws, lead) for lead in (0.0, LEAD))
            print(f"  {equal:.3f} ({unequal:.3f})", end="", flush=True)
        print()


def found(corpus: Corpus, speakers: int, draws: int, lead: float = 0.0) -> float:
    """Return how often p is below 0.05."""
    generator = np.random.default_rng(speakers)
    names = np.repeat([f"s{number}" for number in range(speakers)], ROWS)
    below = 0
    for start in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - start)
        level = LEVEL * generator.normal(size=(count, speakers, 1))
        target = level + generator.normal(size=(count, speakers, ROWS))
        first, second = (
            predict(features(generator, corpus, target, more), target, corpus.penalty)
            for more in (lead, 0.0)
        )
        for rows in zip(*(one.reshape(count, -1) for one in (target, first, second)), strict=True):
            comparison = compare_ccc(*rows, names, ("first", "second"))
            below += comparison is not None and comparison.p < 0.05
    return below / draws


def features(generator: np.random.Generator, corpus: Corpus, target: Array, lead: float) -> Array:
    """Draw features that know of the number, ``(draws, speakers, rows, columns)``."""
    draws, speakers, rows = target.shape
    own = OWN * generator.normal(size=(draws, speakers, 1, COLUMNS))
    noise = generator.normal(size=(draws, speakers, rows, COLUMNS))
    knows = (corpus.strength + lead) * (np.arange(COLUMNS) < corpus.knowing)
    return own + noise + target[..., None] * knows


def predict(table: Array, target: Array, penalty: float) -> Array:
    """Predict every speaker by a ridge regression on the others, ``(draws, speakers, rows)``."""
    count = (target.shape[1] - 1) * target.shape[2]
    x, y = _others(table.sum(axis=2)) / count, _others(target.sum(axis=2)) / count
    squares = _others(np.swapaxes(table, 2, 3) @ table)
    products = _others((table * target[..., None]).sum(axis=2))
    gram = squares - count * x[..., :, None] * x[..., None, :] + penalty * np.eye(COLUMNS)
    weights = np.linalg.solve(gram, (products - count * x * y[..., None])[..., None])
    predicted: Array = ((table - x[:, :, None]) @ weights)[..., 0] + y[..., None]
    return predicted


def _others(sums: Array) -> Array:
    """Give every speaker, on the second axis, the sum over all others."""
    others: Array = sums.sum(axis=1, keepdims=True) - sums
    return others


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
