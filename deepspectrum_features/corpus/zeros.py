"""Utterances that begin or end with digital zeros."""

from __future__ import annotations

from itertools import groupby

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import place
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.sound.zeros import zeros_at_ends
from deepspectrum_features.terminal import progress_bar


def find_zeros(corpus: Corpus, bar: bool = False) -> list[str]:
    """Find the utterances whose first or last 0.1 s are nothing but zeros.

    Parameters
    ----------
    corpus : Corpus
        Scanned.
    bar : bool, optional
        Show a progress bar where standard error is a terminal.

    Returns
    -------
    list of str
        Their names, in the order of the corpus.
    """
    found: list[str] = []
    count = len(corpus.utterances)
    with progress_bar(count, "utterances", bar, desc="zeros", leave=False) as shown:
        for file, group in groupby(corpus.utterances, key=lambda one: one.file):
            listed = list(group)
            spans = [Span(one.start, one.end, one.channel) for one in listed]
            try:
                rows = zeros_at_ends(corpus.root / file, spans)
            except AudioError:  # extraction refuses it and says why
                rows = set()
            found += [place(listed[row].stretch) for row in sorted(rows)]
            shown.update(len(listed))
    return found
