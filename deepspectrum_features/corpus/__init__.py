"""What to work on: utterances, where they are listed, and how they are divided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepspectrum_features.lazy import names_of

if TYPE_CHECKING:
    from deepspectrum_features.corpus.chunks import Chunks
    from deepspectrum_features.corpus.corpus import Corpus
    from deepspectrum_features.corpus.folds import Fold, hold_out
    from deepspectrum_features.corpus.known_layouts import load_layout
    from deepspectrum_features.corpus.layout import Layout
    from deepspectrum_features.corpus.protocol import Protocol, make_protocol
    from deepspectrum_features.corpus.sources.listing import CORPUS_TABLE
    from deepspectrum_features.corpus.utterance import Refusal, Utterance

__all__ = [
    "CORPUS_TABLE",
    "Chunks",
    "Corpus",
    "Fold",
    "Layout",
    "Protocol",
    "Refusal",
    "Utterance",
    "hold_out",
    "load_layout",
    "make_protocol",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "CORPUS_TABLE": "sources.listing",
        "Chunks": "chunks",
        "Corpus": "corpus",
        "Fold": "folds",
        "Layout": "layout",
        "Protocol": "protocol",
        "Refusal": "utterance",
        "Utterance": "utterance",
        "hold_out": "folds",
        "load_layout": "known_layouts",
        "make_protocol": "protocol",
    },
)
