"""What the sound of a corpus says against an experiment, before anything is trained."""

from __future__ import annotations

from dataclasses import replace

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.sides import check_classes, check_folds
from deepspectrum_features.errors import CorpusError


def check_sound(corpus: Corpus, protocol: Protocol) -> None:
    """Refuse folds that would end an experiment after all training.

    Parameters
    ----------
    corpus : Corpus
        With its stored sound.
    protocol : Protocol
        Over its utterances.

    Raises
    ------
    CorpusError
        If a recording is on both sides of a fold, or if what can be read leaves a side of a fold
        empty or a class untrained.
    """
    sound, rows = corpus.stored, corpus.utterances
    if sound is None:
        raise ValueError("corpus: no stored sound, need that of store_sound")
    content = [sound.contents.get(one.file, "") for one in rows]
    check_folds(protocol, rows, content)
    readable = {row for row, one in enumerate(rows) if sound.holds(one)}
    left = replace(protocol, folds=tuple(_kept(fold, readable) for fold in protocol.folds))
    check_classes(left, rows)


def _kept(fold: Fold, readable: set[int]) -> Fold:
    """Return the rows of a fold that can be read; refuse it where a side has none."""
    sides = {
        side: tuple(row for row in getattr(fold, side) if row in readable)
        for side in ("train", "dev", "test")
    }
    for side, rows in sides.items():
        if not rows:
            raise CorpusError(f"fold {fold.name}: no {side} row that can be read, need some")
    return Fold(fold.name, **sides)
