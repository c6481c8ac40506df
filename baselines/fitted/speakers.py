"""Rows that are normalised by their speaker, and what that needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, first_few

_LEAST_ROWS = 2


def check_known(speakers: Sequence[str], where: Path) -> None:
    """Refuse rows of unknown speakers.

    Raises
    ------
    CorpusError
        Naming how many.
    """
    if unknown := len([name for name in speakers if not name]):
        raise CorpusError(
            f"{where}: {counted(unknown, 'row')} of unknown speaker, the classifier is normalised "
            "by speaker and needs that of each (a column speaker in corpus.csv, or --layout)"
        )


def check_several(speakers: Sequence[str], where: Path) -> None:
    """Refuse speakers of one row alone.

    Raises
    ------
    CorpusError
        Naming them.
    """
    rows = Counter(speakers)
    if alone := sorted(name for name, count in rows.items() if count < _LEAST_ROWS):
        raise CorpusError(
            f"{where}: one row of speaker {first_few(alone)}, the classifier is normalised by "
            "speaker and needs several recordings of each"
        )
