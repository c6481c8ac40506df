"""Recordings that speed is measured on: from a real corpus where there is one.

``python recordings.py FOLDER RATE SECONDS`` makes a folder of them and prints how many there are,
and how long they are together.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import soundfile

from deepspectrum_features import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.waveform import resample


def make_wavs(folder: Path, rate: int = 16000, seconds: float = float("inf")) -> Corpus:
    """Write WAVs of 16 bits until there is enough sound.

    Of the nEMO that DSF_CORPORA names, else of the demo corpus, spread over the whole of it.
    """
    folder.mkdir()
    place = os.environ.get("DSF_CORPORA")
    source = Path(place) / "nemo" if place else Path(__file__).parents[2] / "data" / "demo"
    corpus = Corpus.read(source).scan()
    lengths = [corpus.seconds(one) for one in corpus.utterances]
    step = max(1, round(sum(lengths) / seconds))
    for row, segment in read_utterances(corpus, corpus.utterances[::step]):
        if isinstance(segment, AudioError):
            raise segment
        sound = np.clip(resample(segment.waveform, segment.sample_rate, rate), -1, 1)
        soundfile.write(folder / f"{row:05d}.wav", sound, rate, subtype="PCM_16")
    return Corpus.read(folder).scan()


def seconds_of(corpus: Corpus) -> float:
    """Return how long all recordings are together."""
    return sum(corpus.seconds(one) for one in corpus.utterances)


if __name__ == "__main__":
    made = make_wavs(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    print(len(made.utterances), seconds_of(made))
