"""Utterances that begin or end with digital zeros."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.side_by_side import look_at_each
from deepspectrum_features.corpus.utterance import Utterance, place
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.sound.zeros import zeros_at_ends


def find_zeros(corpus: Corpus, bar: bool = False) -> list[str]:
    """Find the utterances whose first or last 0.1 s are nothing but zeros.

    Parameters
    ----------
    corpus : Corpus
        Scanned.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.

    Returns
    -------
    list of str
        Their names, in the order of the corpus.
    """
    of_file = [list(group) for _, group in groupby(corpus.utterances, key=lambda one: one.file)]
    return [
        place(listed[row].stretch)
        for listed, rows in zip(
            of_file, look_at_each(partial(_zeros, corpus), of_file, bar, "zeros"), strict=True
        )
        for row in sorted(rows)
    ]


def _zeros(corpus: Corpus, listed: Sequence[Utterance]) -> set[int]:
    """Return which utterances of one recording begin or end with zeros."""
    spans = [Span(one.start, one.end, one.channel) for one in listed]
    try:
        return zeros_at_ends(corpus.root / listed[0].file, spans)
    except AudioError:  # extraction refuses it and says why
        return set()
