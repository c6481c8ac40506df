"""Several corpora read in one go: each by its table, or by the layout that its names fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.keywords import ReadingKeywords, corpus_of
from deepspectrum_features.corpus.recognition import fitting_layout
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.errors import CorpusError


def recognised(source: Corpus | Source, **reading: Unpack[ReadingKeywords]) -> Corpus:
    """Return a corpus, read by the known layout that all its names fit where it has no labels.

    Parameters
    ----------
    source : Corpus, str, Path, list or DataFrame
        A corpus, which is returned as it is, or what `Corpus.read` reads.
    **reading
        As of `Corpus.read`.
    """
    corpus = corpus_of(source, **reading)
    if isinstance(source, Corpus) or corpus.has("label"):
        return corpus
    layout = fitting_layout([one.file for one in corpus.utterances])
    return Corpus.read(source, **(reading | {"layout": layout})) if layout else corpus


def check_names(corpora: Sequence[Corpus]) -> None:
    """Refuse corpora of one name: they could not be told apart.

    Raises
    ------
    CorpusError
        Naming the second.
    """
    roots: dict[str, Path] = {}
    for corpus in corpora:
        if corpus.name in roots:
            raise CorpusError(
                f"{corpus.root}: corpus {corpus.name} is {roots[corpus.name]} already, need every "
                "corpus once, under a name of its own (rename the folder)"
            )
        roots[corpus.name] = corpus.root
