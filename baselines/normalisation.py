"""Features of every speaker, or corpus, normalised by recordings of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.limits import NORMALISED
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

_FEW_ROWS = 10
#: Said beside every score of features so normalised.
BY_SPEAKER = (
    "speaker: every speaker's features z-normed by that speaker's own recordings first, the test "
    "speaker's too: this needs many recordings of each person scored"
)

BY_CORPUS = (
    "corpus: every corpus's features z-normed by its own recordings first, the test corpus's too: "
    "this needs many recordings of the corpus scored, about balanced over the classes"
)


def check_normalise(
    normalise: Collection[str],
    utterances: Iterable[Utterance],
    where: Path,
    by_corpus: bool = False,
) -> None:
    """Refuse to normalise by speakers who are unknown, and by corpora where there is one alone.

    Raises
    ------
    CorpusError
        Naming the place where they are missing.
    """
    if "corpus" in normalise and not by_corpus:
        raise CorpusError(f"{where}: --normalise corpus needs --protocol corpora")
    if "speaker" in normalise and not all(one.speaker for one in utterances):
        raise CorpusError(f"{where}: --normalise speaker needs a speaker for every row")


def normalisation_warnings(utterances: Iterable[Utterance]) -> Iterator[str]:
    """Yield which speakers have too little to be normalised by.

    Parameters
    ----------
    utterances : iterable of Utterance
        The rows, each with its speaker.

    Examples
    --------
    >>> rows = [Utterance("a.wav", label="joy", speaker="spk1")] * 12
    >>> list(normalisation_warnings(rows))
    ['NORMALISED BY SPEAKER: what tells the one class of speaker spk1 is taken out']
    """
    labels: dict[str, list[str]] = {}
    for one in utterances:
        labels.setdefault(one.speaker, []).append(one.label)
    few = [speaker for speaker, told in labels.items() if len(told) < _FEW_ROWS]
    if few:
        yield (
            f"{NORMALISED}: fewer than {_FEW_ROWS} rows to take mean and deviation from, "
            f"of {_speakers(few)}"
        )
    alone = [speaker for speaker, told in labels.items() if len({*told}) == 1 and told[0]]
    if alone:
        classes = "the one class of" if len(alone) == 1 else "the one class each of"
        yield f"{NORMALISED}: what tells {classes} {_speakers(alone)} is taken out"


def _speakers(names: list[str]) -> str:
    """Name speakers, or count many."""
    shown = ", ".join(sorted(names)[:5])
    more = f" and {len(names) - 5} more" * (len(names) > 5)
    return f"speaker{'s' * (len(names) > 1)} {shown}{more}"


def by_speaker(features: NDArray[np.float32], speakers: NDArray[np.str_]) -> NDArray[np.float32]:
    """Normalise every speaker's rows by their own mean and standard deviation.

    Parameters
    ----------
    features : ndarray, (rows, dim)
    speakers : ndarray of str, (rows,)
        Or whatever else has rows of its own, such as corpora.

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
