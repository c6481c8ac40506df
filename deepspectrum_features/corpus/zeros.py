"""Utterances that begin or end with digital zeros, and those that are nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.side_by_side import look_at_each
from deepspectrum_features.corpus.utterance import Utterance, place
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.sound.zeros import all_zeros, zeros_at_ends


class Zeros(NamedTuple):
    """Where digital zeros are, in the order of the corpus.

    Attributes
    ----------
    at_ends : list of str
        Names of the utterances that begin or end with zeros, and hold sound.
    silent : list of str
        Recordings with an utterance that is nothing but zeros; one whose utterances do not stand
        together perhaps several times.
    """

    at_ends: list[str]
    silent: list[str]


def find_zeros(corpus: Corpus, bar: bool = False) -> Zeros:
    """Find the utterances whose first or last 0.1 s are nothing but zeros.

    Parameters
    ----------
    corpus : Corpus
        Scanned.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.
    """
    of_file = (list(group) for _, group in groupby(corpus.utterances, key=lambda one: one.file))
    found = Zeros([], [])
    for at_ends, silent in look_at_each(
        partial(_zeros, corpus), of_file, len(corpus.headers), bar, "zeros"
    ):
        found.at_ends.extend(at_ends)
        found.silent.extend(silent)
    return found


def _zeros(corpus: Corpus, listed: Sequence[Utterance]) -> Zeros:
    """Find the zeros of one recording."""
    path = corpus.root / listed[0].file
    spans = [Span(one.start, one.end, one.channel) for one in listed]
    try:
        rows = zeros_at_ends(path, spans)
        silent = all_zeros(path, {row: spans[row] for row in rows}) if rows else set()
    except AudioError:  # extraction refuses it and says why
        return Zeros([], [])
    at_ends = [place(listed[row].stretch) for row in sorted(rows - silent)]
    return Zeros(at_ends, [listed[0].file] if silent else [])
