"""A corpus of sounds that are at hand as arrays, in no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.audio import AudioHeader
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.sound.waveform import check_finite, samples_of


def corpus_of_sounds(sounds: Mapping[str, tuple[Any, Any]]) -> Corpus:
    """Return a scanned corpus of sounds, in their order; those that hold NaN are refused.

    Parameters
    ----------
    sounds : mapping of str to (samples, rate)
        By names that stand in place of files: one channel ``(samples,)`` of floats, full scale 1,
        and its rate in Hz.

    Raises
    ------
    TypeError, ValueError
        If samples are not a row of floats, or have no rate; it names the sound.

    Examples
    --------
    >>> from deepspectrum_features.testing import tone
    >>> corpus = corpus_of_sounds({"a": (tone(440, seconds=1.5), 16000)})
    >>> corpus.seconds(corpus.utterances[0])
    1.5
    """
    given, headers = dict[str, Segment](), dict[str, AudioHeader]()
    refused: list[Refusal] = []
    for name, (samples, rate) in sounds.items():
        try:
            waveform = samples_of(samples, rate)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from None
        try:
            check_finite(waveform)
        except AudioError as error:
            refused.append(Refusal(name, 0.0, None, error.stage, str(error)))
            continue
        given[name] = Segment(np.asarray(waveform, np.float32), rate, 0.0, len(waveform) / rate)
        headers[name] = AudioHeader(len(waveform), rate, channels=1, bytes=waveform.nbytes)
    return Corpus(
        Path(),
        "sounds",
        named=False,
        utterances=tuple(map(Utterance, given)),
        refused=tuple(refused),
        headers=headers,
        given=given,
    )
