"""Speakers that features can be normalised by."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from deepspectrum_features.errors import CorpusError
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.terminal import counted, first_few

_LEAST_ROWS = 2


def check_speakers(stored: FeatureFile, where: Path) -> None:
    """Refuse rows that a classifier normalised by speaker cannot tell.

    Raises
    ------
    CorpusError
        If a speaker is unknown, or has one row alone.
    """
    unknown = len(stored.file) - len([name for name in stored.speaker if name])
    if unknown:
        raise CorpusError(
            f"{where}: {counted(unknown, 'row')} of unknown speaker, the classifier is normalised "
            "by speaker and needs that of each (a column speaker in corpus.csv, or --layout)"
        )
    rows = Counter(stored.speaker)
    if alone := sorted(name for name, count in rows.items() if count < _LEAST_ROWS):
        raise CorpusError(
            f"{where}: one row of speaker {first_few(alone)}, the classifier is normalised by "
            "speaker and needs several recordings of each"
        )
