"""How often the comparison of two systems finds a difference where there is none.

``python tests/benchmarks/paired_test_level.py [DRAWS]``: 5,000 draws a cell by default, some
minutes on one core. Two sets of features, drawn apart, hold the same information on the classes. A
nearest-centroid classifier is refitted without each speaker and predicts that speaker, as in an
evaluation; to draw right and wrong answers directly would miss that all speakers share what chance
did to the training. The table shows how often p is below 0.05: by the sign-flip test alone, and
corrected for training, as `compare_ua` has it.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.sign_flip import sign_flip_test

CLASSES = 3
SPEAKERS = (3, 5, 6, 9, 10, 20, 21, 30, 60)
#: How many of the classes one speaker utters.
UTTERED = (3, 2, 1)
_AT_ONCE = 100


class Corpus(NamedTuple):
    """What features of a made-up corpus are like; the noise of one row has the deviation 1."""

    rows: int  # of one speaker
    columns: int
    strength: float  # how far classes are apart
    speaker: float  # deviation of speakers from each other
    manner: float  # deviation of speakers in each class


CORPORA = {
    "clear": Corpus(rows=12, columns=20, strength=1.5, speaker=0.5, manner=0.0),
    "faint": Corpus(rows=12, columns=50, strength=1.0, speaker=0.3, manner=0.0),
    "various": Corpus(rows=36, columns=20, strength=2.0, speaker=0.5, manner=1.0),
}


def main(draws: int = 5000) -> None:
    """Measure and print."""
    print(f"{draws} draws a cell: share with p < 0.05, sign flips alone -> corrected")
    for name, corpus in CORPORA.items():
        print(f"\n{name}: {corpus}")
        print(f"{'speakers':>8}" + "".join(f"  {count} of {CLASSES} classes" for count in UTTERED))
        for speakers in SPEAKERS:
            print(f"{speakers:>8}", end="", flush=True)
            for uttered in UTTERED:
                alone, corrected = found(corpus, speakers, uttered, draws)
                print(f"  {alone:.3f} -> {corrected:.3f}", end="", flush=True)
            print()


def found(
    corpus: Corpus, speakers: int, uttered: int, draws: int, lead: float = 0.0
) -> tuple[float, float]:
    """Return how often p is below 0.05: by sign flips alone, and corrected."""
    generator = np.random.default_rng([speakers, uttered])
    labels = classes_of(corpus, speakers, uttered)
    below = np.zeros(2)
    for first in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - first)
        for one in shares(labels, *predict_both(generator, corpus, labels, count, lead)):
            p = sign_flip_test(one), sign_flip_test(one, cross_validated=True)
            below += np.array(p) < 0.05
    return float(below[0]) / draws, float(below[1]) / draws


def classes_of(corpus: Corpus, speakers: int, uttered: int) -> NDArray[np.int64]:
    """Return the class of each row of each speaker, ``(speakers, rows)``."""
    speaker, row = np.ogrid[:speakers, : corpus.rows]
    return (speaker + row % uttered) % CLASSES


def predict_both(
    generator: np.random.Generator,
    corpus: Corpus,
    labels: NDArray[np.int64],
    draws: int,
    lead: float = 0.0,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Predict by two sets of features; the first has its classes further apart by the lead."""
    first, second = (
        predict(features(generator, corpus, corpus.strength + more, labels, draws), labels)
        for more in (lead, 0.0)
    )
    return first, second


def features(
    generator: np.random.Generator,
    corpus: Corpus,
    strength: float,
    labels: NDArray[np.int64],
    draws: int,
) -> NDArray[np.float64]:
    """Draw features, ``(draws, speakers, rows, columns)``."""
    speakers, rows = labels.shape
    means = strength * np.eye(CLASSES, corpus.columns)
    own = corpus.speaker * generator.normal(size=(draws, speakers, 1, corpus.columns))
    manner = corpus.manner * generator.normal(size=(draws, speakers, CLASSES, corpus.columns))
    centres = means + own + manner  # (draws, speakers, classes, columns)
    noise = generator.normal(size=(draws, speakers, rows, corpus.columns))
    return centres[:, np.arange(speakers)[:, None], labels] + noise


def predict(table: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each row the class whose centroid, over all other speakers, is the nearest."""
    member = np.eye(CLASSES)[labels]  # (speakers, rows, classes)
    sums, counts = np.swapaxes(member, 1, 2) @ table, member.sum(axis=1)
    others = counts.sum(axis=0) - counts  # (speakers, classes)
    centroids = (sums.sum(axis=1, keepdims=True) - sums) / np.maximum(others, 1)[..., None]
    distances = (centroids**2).sum(axis=-1)[:, :, None] - 2 * table @ np.swapaxes(centroids, 2, 3)
    heard = others[:, None] > 0  # a class of this speaker alone is never predicted
    return np.where(heard, distances, np.inf).argmin(axis=-1)


def shares(
    labels: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what each speaker adds to the difference in pooled UA, ``(draws, speakers)``."""
    rows = np.bincount(labels.ravel(), minlength=CLASSES)
    weights = 1 / (np.count_nonzero(rows) * rows[labels])
    more = (first == labels).astype(float) - (second == labels)
    return (more * weights).sum(axis=-1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
