"""The utterances of a corpus that classes can be learned from."""

from __future__ import annotations

from deepspectrum_features.corpus.advice import ways_to_labels
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.numbers import looks_continuous
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError


def labelled_utterances(corpus: Corpus) -> tuple[Utterance, ...]:
    """Return the utterances that have a label.

    Raises
    ------
    CorpusError
        If there is none, all have the same, or labels look like numbers on a scale.
    """
    labelled = tuple(one for one in corpus.utterances if one.label)
    if not labelled:
        raise CorpusError(
            f"{corpus.root}: no labels, need some to train on ({ways_to_labels(corpus)})"
        )
    if looks_continuous(one.label for one in labelled):
        raise CorpusError(
            f"{corpus.root}: labels are numbers that look continuous, need names of classes (train "
            "tells classes apart; give the column another name, or write classes as words)"
        )
    labels = {one.label for one in labelled}
    if len(labels) < 2:
        raise CorpusError(f"{corpus.root}: one label ({min(labels)}), need at least two")
    return labelled
