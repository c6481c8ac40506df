"""A part of a corpus: without what a table names, of some speakers, a few of each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features.corpus.exclusion import excluded_rows
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.terminal import counted, first_few

if TYPE_CHECKING:
    from deepspectrum_features.corpus.corpus import Corpus
    from deepspectrum_features.corpus.utterance import Utterance


def without(corpus: Corpus, table: str | Path) -> Corpus:
    """Return a corpus less what a table names, and a notice of how much that is.

    Raises
    ------
    CorpusError
        If a line of the table names nothing, or nothing is left.
    """
    stretches = [one.stretch for one in corpus.utterances]
    stretches += [one.stretch for one in corpus.refused]
    left_out = excluded_rows(table, stretches, corpus.root)
    count = len(corpus.utterances)
    utterances = [one for row, one in enumerate(corpus.utterances) if row not in left_out]
    refused = [one for row, one in enumerate(corpus.refused, count) if row not in left_out]
    if not utterances and not refused:
        raise CorpusError(f"{table}: leaves nothing of {corpus.root}, need some utterances")
    return replace(
        corpus,
        utterances=tuple(utterances),
        refused=tuple(refused),
        notices=(*corpus.notices, f"{counted(len(left_out), 'utterance')} left out by {table}"),
    )


def of_speakers(corpus: Corpus, names: Sequence[str]) -> Corpus:
    """Return what some speakers say in a corpus, and a notice of how much that is.

    What is refused stays, but of others.

    Raises
    ------
    CorpusError
        If one of them is not in the corpus.
    """
    known = sorted({one.speaker for one in corpus.utterances} - {""})
    if unknown := [name for name in names if name not in known]:
        there = first_few(known) if known else "no speakers (see --layout)"
        raise CorpusError(
            f"--speakers {','.join(unknown)}: not in {corpus.root}, which has {there}"
            f"{near_miss(unknown[0], known)}"
        )
    taken = tuple(one for one in corpus.utterances if one.speaker in names)
    refused = tuple(one for one in corpus.refused if one.speaker in ("", *names))
    return _part(replace(corpus, refused=refused), taken, f"of --speakers {','.join(names)}")


def first_of_each(corpus: Corpus, limit: int) -> Corpus:
    """Return at most so many utterances of a corpus, and a notice of how many there are.

    They are the first of every speaker and label, then the second of each, and so on, in the order
    of the corpus; what is refused stays.
    """
    groups = defaultdict[tuple[str, str], list[int]](list)
    for row, one in enumerate(corpus.utterances):
        groups[one.speaker, one.label].append(row)
    turns = (row for turn in zip_longest(*groups.values()) for row in turn if row is not None)
    taken = tuple(corpus.utterances[row] for row in sorted(islice(turns, limit)))
    return _part(corpus, taken, f"of --limit {limit}, in turn of every speaker and label")


def _part(corpus: Corpus, taken: Sequence[Utterance], why: str) -> Corpus:
    """Return a corpus with some of its utterances, and a notice that says which."""
    notice = f"{len(taken)} of {counted(len(corpus.utterances), 'utterance')} taken: those {why}"
    return replace(corpus, utterances=tuple(taken), notices=(*corpus.notices, notice))
