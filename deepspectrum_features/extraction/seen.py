"""Whether an encoder's training met a row: decided at extraction, where both sides are known."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.metadata import Heard

NOT_SEEN, SPEAKER_SEEN, RECORDING_SEEN = 0, 1, 2


def seen_in_training(
    training: Heard,
    corpus_name: str | None,
    file: Sequence[str],
    speaker: Sequence[str],
    content: Sequence[str],
) -> NDArray[np.int32]:
    """Decide for every row; the first hit wins.

    A recording is known by its content digest, or by corpus name and file stem, which survives
    re-encoding and cutting; a speaker by corpus name and speaker. Names count only where a layout
    or the user gave them, on both sides.

    Parameters
    ----------
    training : Heard
        The corpora that the encoder was trained on.
    corpus_name : str or None
        Name of the corpus at hand; None where nobody named it.
    file, speaker, content : sequence of str, (rows,)
        ``speaker`` may be empty.

    Returns
    -------
    ndarray, (rows,), int32
        0 not seen, 1 speaker seen, 2 recording seen.
    """
    contents: set[str] = set()
    stems: set[str] = set()
    speakers: set[str] = set()
    for corpus in training.corpora:
        contents.update(digest for digest, _ in corpus.recordings if digest)
        if corpus.named and corpus_name and _nfc(corpus.name) == _nfc(corpus_name):
            stems.update(_nfc(stem) for _, stem in corpus.recordings)
            speakers.update(map(_nfc, corpus.speakers))
    seen = np.zeros(len(file), np.int32)
    for row, path in enumerate(file):
        if content[row] in contents or _nfc(Path(path).stem) in stems:
            seen[row] = RECORDING_SEEN
        elif speaker and _nfc(speaker[row]) in speakers:
            seen[row] = SPEAKER_SEEN
    return seen


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
