"""Features of every speaker normalised by that speaker's own recordings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

#: Said beside every score of features so normalised.
BY_SPEAKER = (
    "speaker: every speaker's features z-normed by that speaker's own recordings first, the test "
    "speaker's too: this needs many recordings of each person scored"
)


def check_normalise(
    normalise: Collection[str], utterances: Iterable[Utterance], where: Path
) -> None:
    """Refuse to normalise by speakers who are unknown.

    Raises
    ------
    CorpusError
        Naming the place where they are missing.
    """
    if "speaker" in normalise and not all(one.speaker for one in utterances):
        raise CorpusError(f"{where}: --normalise speaker needs a speaker for every row")


def by_speaker(features: NDArray[np.float32], speakers: NDArray[np.str_]) -> NDArray[np.float32]:
    """Normalise every speaker's rows by their own mean and standard deviation.

    Parameters
    ----------
    features : ndarray, (rows, dim)
    speakers : ndarray of str, (rows,)

    Returns
    -------
    ndarray, (rows, dim), float32
        Where a speaker's column does not vary it becomes 0.
    """
    normalised = np.empty_like(features, dtype=np.float32)
    for speaker in sorted(set(speakers.tolist())):
        rows = speakers == speaker
        own = features[rows].astype(np.float64)
        deviation = own.std(axis=0)
        normalised[rows] = (own - own.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return normalised
