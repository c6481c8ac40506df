"""The folds of an evaluation: every row is scored once, by what was fitted without its speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepspectrum_features.corpus.folds import Fold, fixed_split
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

PROTOCOLS = ("loso", "grouped", "split", "random")

_MOST_LEFT_OUT_ONE_BY_ONE = 20
_FOLDS = 10
_SEED = 0


@dataclass(frozen=True)
class Protocol:
    """Named folds over the rows of a table.

    Attributes
    ----------
    name : str
        In words, for the line beside every score.
    folds : tuple of Fold
        No speaker has rows on two sides of one, unless the protocol is speaker-dependent.
    speaker_independent : bool
        Whether speakers are known and kept apart.
    random : bool
        Whether rows were dealt to the folds at random.
    """

    name: str
    folds: tuple[Fold, ...]
    speaker_independent: bool
    random: bool = False


def make_protocol(utterances: Sequence[Utterance], name: str | None = None) -> Protocol:
    """Divide labelled utterances into folds.

    Parameters
    ----------
    utterances : sequence of Utterance
    name : str, optional
        ``loso`` (leave one speaker out), ``grouped`` (10 folds of whole speakers), ``split`` (the
        corpus's own) or ``random`` (10 stratified folds, speakers on both sides). Default: the
        split where there is one, else ``loso`` up to 20 speakers and ``grouped`` beyond.

    Raises
    ------
    CorpusError
        If there are no speakers to keep apart, or too few.

    Examples
    --------
    >>> people = [Utterance(f"{name}.wav", speaker=name) for name in "abc"]
    >>> protocol = make_protocol(people)
    >>> protocol.name, [fold.test for fold in protocol.folds]
    ('leave one speaker out', [(0,), (1,), (2,)])
    """
    if name is None:
        name = _default(utterances)
    if name == "random":
        return Protocol("random stratified 10-fold", tuple(_random(utterances)), False, True)
    if name == "split":
        fold = fixed_split(utterances)
        if not fold.test:
            raise CorpusError("the split column has no test rows, need some to score")
        return Protocol("the corpus's own split", (fold,), all(one.speaker for one in utterances))
    nameless = sum(not one.speaker for one in utterances)
    if nameless:
        raise CorpusError(
            f"{nameless} of {len(utterances)} rows have no speaker, need one each to keep speakers "
            "apart (give --labels with a speaker column, --layout, or --protocol random)"
        )
    speakers = sorted({one.speaker for one in utterances})
    if len(speakers) < 2:
        raise CorpusError(f"one speaker ({speakers[0]}), need two or more to leave one out")
    if name == "loso":
        return Protocol(
            "leave one speaker out", _grouped(utterances, [[s] for s in speakers]), True
        )
    groups = _even_groups(Counter(one.speaker for one in utterances), _FOLDS)
    return Protocol(f"{len(groups)} folds of whole speakers", _grouped(utterances, groups), True)


def _default(utterances: Sequence[Utterance]) -> str:
    if any(one.split == "test" for one in utterances):
        return "split"
    speakers = {one.speaker for one in utterances}
    return "loso" if len(speakers) <= _MOST_LEFT_OUT_ONE_BY_ONE else "grouped"


def _grouped(utterances: Sequence[Utterance], groups: Sequence[Sequence[str]]) -> tuple[Fold, ...]:
    """Test on one group of speakers after the other."""
    folds = []
    for group in groups:
        test = tuple(row for row, one in enumerate(utterances) if one.speaker in group)
        train = tuple(row for row, one in enumerate(utterances) if one.speaker not in group)
        folds.append(Fold(", ".join(group), train, (), test))
    return tuple(folds)


def _even_groups(counts: Counter[str], number: int) -> list[list[str]]:
    """Give every speaker, the most talkative first, to the group with the fewest rows."""
    groups: list[list[str]] = [[] for _ in range(min(number, len(counts)))]
    sizes = [0] * len(groups)
    for speaker, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        smallest = sizes.index(min(sizes))
        groups[smallest].append(speaker)
        sizes[smallest] += rows
    return [sorted(group) for group in groups]


def _random(utterances: Sequence[Utterance]) -> list[Fold]:
    """Deal the shuffled rows of every class to the folds in turn."""
    generator = np.random.default_rng(_SEED)
    sides = np.zeros(len(utterances), int)
    dealt = 0
    for label in sorted({one.label for one in utterances}):
        rows = np.array([row for row, one in enumerate(utterances) if one.label == label])
        sides[generator.permutation(rows)] = (dealt + np.arange(len(rows))) % _FOLDS
        dealt += len(rows)
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
