"""Corpora to score features on: read, and refused before any work where they cannot serve."""

from __future__ import annotations

from dataclasses import replace

from deepspectrum_features.baselines.normalisation import check_normalise
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.protocol import make_protocol
from deepspectrum_features.corpus.several import recognised
from deepspectrum_features.corpus.sides import check_classes
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.corpus.spelling import check_speakers
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.training.labelled import labelled_utterances

NORMALISE = ("global", "speaker")


def labelled_corpus(source: Corpus | Source) -> Corpus:
    """Return the labelled utterances of a corpus.

    Raises
    ------
    CorpusError
        If there are fewer than two classes or speakers, a class that one speaker alone utters, or
        speakers that are unknown.
    """
    corpus = recognised(source)
    if not corpus.has("label"):
        raise CorpusError(
            f"{corpus.root}: no labels, need some to score features by (a corpus.csv with columns "
            "file, label and speaker)"
        )
    corpus = replace(corpus, utterances=labelled_utterances(corpus))
    check_normalise(NORMALISE, corpus.utterances, corpus.root)
    try:
        check_speakers(corpus.utterances, "a corpus.csv")
        check_classes(make_protocol(corpus.utterances), corpus.utterances)
    except CorpusError as error:
        raise CorpusError(f"{corpus.root}: {error}") from None
    return corpus
