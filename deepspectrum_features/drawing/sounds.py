"""One utterance, and where in it an encoder looks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.encoder.clocks import Cells, Clock
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.levels import EMBEDDING
from deepspectrum_features.errors import AudioError, CorpusError, EncoderError
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd
from deepspectrum_features.terminal import counted

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class AttendedSound:
    """One utterance, and where in it an encoder looks; clocks count from its start.

    Attributes
    ----------
    title : str
    waveform : ndarray, (samples,)
        At ``rate`` samples a second.
    rate : int, Hz
    start : float, s
        Where the utterance begins in its recording.
    power : ndarray, (frames, bins)
        From 0 Hz to ``highest_hz``.
    highest_hz : float, Hz
    frames : Clock
        Of the power.
    weights : ndarray, (steps,)
        Attention over time; sums to 1.
    steps : Clock
    weights_tf : ndarray, (cells_t, cells_f)
        Attention over time and frequency; empty where there is none.
    cells : Cells or None
    """

    title: str
    waveform: Floats
    rate: int
    start: float
    power: Floats
    highest_hz: float
    frames: Clock
    weights: Floats
    steps: Clock
    weights_tf: Floats
    cells: Cells | None

    @classmethod
    def of(cls, source: Path, encoder: Encoder) -> Self:
        """Read one utterance and encode it.

        The spectrogram is the one that the encoder sees; where it sees none, that of 25 ms windows.

        Raises
        ------
        AudioError, CorpusError
            If it cannot be read or encoded, or there are several.
        EncoderError
            If the encoder has no attention.
        """
        encoder = attentive(encoder)
        segment = _only_utterance(source)
        front_end = encoder.front_end
        if not isinstance(front_end, SpectrogramFrontEnd):
            front_end = SpectrogramFrontEnd(PowerSpectrogram())
        try:
            found = encoder.embed(segment.waveform, segment.sample_rate)
            power = front_end.frames(segment.waveform, segment.sample_rate)
        except AudioError as error:
            raise AudioError(f"{source}: {error}") from None
        return cls(
            title=f"{source.name}: attention of {encoder.name}",
            waveform=segment.waveform,
            rate=segment.sample_rate,
            start=segment.start,
            power=power[:, : front_end.bins],
            highest_hz=front_end.sample_rate / 2,
            frames=Clock(
                step_seconds=front_end.step_seconds,
                first_step_centre_seconds=front_end.first_centre_seconds,
            ),
            weights=found.attention,
            steps=Clock(
                step_seconds=encoder.step_seconds,
                first_step_centre_seconds=encoder.first_step_centre_seconds,
            ),
            weights_tf=found.attention_tf,
            cells=encoder.cells,
        )


def attentive(encoder: Encoder) -> Encoder:
    """Return an encoder at the level that has attention.

    Raises
    ------
    EncoderError
        If it has none.
    """
    if EMBEDDING not in encoder.levels:
        raise EncoderError(
            f"{encoder.name}: has no attention, need an encoder with an embedding (--encoder)"
        )
    return encoder.at(EMBEDDING)


def _only_utterance(source: Path) -> Segment:
    """Decode the one utterance that there is."""
    corpus = Corpus.read(source).scan()
    if not corpus.utterances and corpus.refused:
        raise CorpusError(f"{source}: {corpus.refused[0].reason}")
    if len(corpus.utterances) != 1:
        count = counted(len(corpus.utterances), "utterance")
        raise CorpusError(f"{source}: {count}, need one recording")
    _, segment = next(iter(read_utterances(corpus, corpus.utterances)))
    if isinstance(segment, AudioError):
        raise AudioError(f"{source}: {segment}")
    return segment
