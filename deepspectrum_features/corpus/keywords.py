"""How a corpus is read, as keywords that other functions take too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from deepspectrum_features import arguments
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.sources.python_lists import Source


class ReadingKeywords(TypedDict, total=False):
    """The keywords of `Corpus.read`, for type checkers."""

    layout: str | None
    labels_from: str | None
    name: str | None
    root: str | Path | None
    exclude: str | Path | None
    speakers: Sequence[str] | None
    limit: int | None


READING = tuple(ReadingKeywords.__annotations__)


def corpus_of(source: Corpus | Source, **reading: Unpack[ReadingKeywords]) -> Corpus:
    """Return a corpus as it is, or read one.

    Raises
    ------
    CorpusError
        As `Corpus.read` does.
    TypeError
        If a corpus is to be read once more, in another way.
    """
    if not isinstance(source, Corpus):
        return Corpus.read(source, **reading)
    for name, value in reading.items():
        if value is not None:
            arguments.refuse(name, value, "None for a Corpus, which is read already", TypeError)
    return source
