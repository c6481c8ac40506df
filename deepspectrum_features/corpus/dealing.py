"""Speakers, or recordings, dealt out to ten folds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.groups import recordings
from deepspectrum_features.corpus.utterance import Utterance

_FOLDS = 10
_SEED = 0


def even_groups(counts: Counter[str]) -> list[list[str]]:
    """Give every speaker, the most talkative first, to the group with the fewest rows."""
    groups: list[list[str]] = [[] for _ in range(min(_FOLDS, len(counts)))]
    sizes = [0] * len(groups)
    for speaker, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        smallest = sizes.index(min(sizes))
        groups[smallest].append(speaker)
        sizes[smallest] += rows
    return [sorted(group) for group in groups]


def random_folds(utterances: Sequence[Utterance], content: Sequence[str]) -> list[Fold]:
    """Deal the shuffled recordings of every class to the folds in turn."""
    generator = np.random.default_rng(_SEED)
    recording = recordings(utterances, content)
    _, first, number = np.unique(recording, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))[number]  # recordings in the order of their first rows
    labels: list[set[str]] = [set() for _ in first]
    for place, one in zip(order.tolist(), utterances, strict=True):
        labels[place].add(one.label)
    kinds = [tuple(sorted(found)) for found in labels]
    part, dealt = np.zeros(len(kinds), int), 0
    for kind in sorted(set(kinds)):
        alike = np.flatnonzero([one == kind for one in kinds])
        part[generator.permutation(alike)] = (dealt + np.arange(len(alike))) % _FOLDS
        dealt += len(alike)
    sides = part[order]
    return [
        Fold(
            f"part {side + 1}",
            tuple(np.flatnonzero(sides != side).tolist()),
            (),
            tuple(np.flatnonzero(sides == side).tolist()),
        )
        for side in range(_FOLDS)
        if (sides == side).any()
    ]
