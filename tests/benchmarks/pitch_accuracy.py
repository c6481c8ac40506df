"""How well an encoder's F0 and voicing agree with librosa's pYIN, and with the truth.

``python tests/benchmarks/pitch_accuracy.py [ENCODER]`` (or ``make pitch``): the untrained encoder,
or another by its name or file; some minutes on two cores. Real speech, 60 utterances of each
labelled corpus in DSF_CORPORA, is compared with pYIN; where the two agree roughly, both are
compared with the period at which the waveform itself repeats best. Voices made here have a known
F0: 70 to 450 Hz, steady, gliding and with vibrato, in noise of three levels.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import librosa
import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import Corpus, Encoder
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.waveform import resample
from deepspectrum_features.testing import vowel

#: Corpora and the layouts of their file names.
CORPORA = {"emodb": "emodb", "nemo": "nemo", "indian": None, "emotts": None}
UTTERANCES, VOICES, JOBS = 60, 36, 2
RATE, HOP, FRAME = 16000, 160, 400
PYIN_FRAME = 1024  # 64 ms
GROSS = 0.2
#: Power of the noise below that of the voice; at 60 dB it is there so that gaps are not empty.
NOISES = {"clean": 60, "noise at 20 dB": 20, "noise at 10 dB": 10}
BURSTS = ((0.2, 0.9), (1.1, 1.6), (1.75, 2.2))  # s, of 2.4
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))
COLUMNS = (
    "sound | F0 of | against | frames | gross % | octave up % | octave down % | mean, cents "
    "| sd, cents | same voicing % | missed % | false %"
)

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    """F0 ``hertz (frames,)``, which frames are voiced, and which of them are known."""

    hertz: NDArray[np.float64]
    voiced: NDArray[np.bool_]
    known: NDArray[np.bool_]


def main(name: str | None = None) -> None:
    """Compare and print the table."""
    encoder = Encoder.open(name or "spectral-functionals", level="functionals")
    print(f"| {COLUMNS} |\n|---|---|---|{'---:|' * 9}")
    place = os.environ.get("DSF_CORPORA")
    for corpus, layout in CORPORA.items() if place else ():
        sounds = list(some_sounds(Corpus.read(Path(place) / corpus, layout=layout)))
        ours, theirs = by_encoder(encoder, sounds), pyin(sounds)
        show(f"{corpus} | encoder | pYIN", theirs, ours)
        periods = [waveform_track(*one) for one in zip(sounds, ours, theirs, strict=True)]
        show(f"{corpus} | encoder | waveform", periods, ours, fine_alone=True)
        show(f"{corpus} | pYIN | waveform", periods, theirs, fine_alone=True)
    for title, decibels in NOISES.items():
        sounds, truths = zip(*voices(decibels), strict=True)
        show(f"voices, {title} | encoder | truth", truths, by_encoder(encoder, sounds))
        show(f"voices, {title} | pYIN | truth", truths, pyin(sounds))


def some_sounds(corpus: Corpus) -> Iterator[Sound]:
    """Decode a fixed draw of utterances."""
    for _, segment in read_utterances(corpus, drawn(corpus.utterances)):
        if isinstance(segment, AudioError):
            raise segment
        yield resample(segment.waveform, segment.sample_rate, RATE)


def drawn(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Draw utterances, one of every speaker before a second one of any."""
    met: Counter[str] = Counter()
    turns = []
    for row in np.random.default_rng(0).permutation(len(utterances)):
        turns.append((met[utterances[row].speaker], row))
        met[utterances[row].speaker] += 1
    first = sorted(turns, key=lambda turn: turn[0])[:UTTERANCES]
    return [utterances[row] for row in sorted(row for _, row in first)]


def by_encoder(encoder: Encoder, sounds: Sequence[Sound]) -> list[Track]:
    """Take F0 and voicing from the streams."""
    f0, voiced = (encoder.frame_columns.index(name) for name in ("f0", "voiced"))
    found = encoder.embed_many((sound, RATE) for sound in sounds)
    return [everywhere(100 * 2.0 ** one.frames[:, f0], one.frames[:, voiced] > 0) for one in found]


def everywhere(hertz: NDArray[np.float64], voiced: NDArray[np.bool_]) -> Track:
    """Return what a tracker says: it does so of every frame."""
    return Track(hertz, voiced, np.ones_like(voiced))


def pyin(sounds: Sequence[Sound]) -> list[Track]:
    """Let pYIN track the same frames."""
    return list(joblib.Parallel(JOBS)(joblib.delayed(pyin_track)(one) for one in sounds))


def pyin_track(sound: Sound) -> Track:
    """Centre pYIN's frames on the encoder's, which begin with the sound."""
    before = (PYIN_FRAME - FRAME) // 2
    hertz, voiced, _ = librosa.pyin(
        np.pad(sound, before),
        fmin=60,
        fmax=500,
        sr=RATE,
        frame_length=PYIN_FRAME,
        hop_length=HOP,
        center=False,
    )
    return everywhere(hertz, voiced)


def waveform_track(sound: Sound, one: Track, other: Track) -> Track:
    """Find the period of frames that two trackers call voiced and agree on within a gross error."""
    ratio = one.hertz / other.hertz  # NaN where pYIN finds no voice
    agreed = one.voiced & other.voiced & (np.abs(ratio - 1) <= GROSS)
    hertz = np.full(len(agreed), np.nan)
    for frame in np.flatnonzero(agreed):
        between = np.sqrt(one.hertz[frame] * other.hertz[frame])
        hertz[frame] = repeating(sound.astype(np.float64), HOP * frame + FRAME // 2, between)
    found = np.isfinite(hertz)
    return Track(hertz, found, found)


def repeating(sound: NDArray[np.float64], centre: int, hertz: float) -> float:
    """Correlate 20 ms with 20 ms a period later, for the best within 15 % of F0; NaN: none."""
    lags = np.arange(int(RATE / hertz / 1.15), int(RATE / hertz * 1.15) + 2)
    starts = centre - (320 + lags) // 2
    if starts[-1] < 0 or starts[-1] + 320 + lags[-1] > len(sound):
        return np.nan
    alike = [
        np.corrcoef(sound[start : start + 320], sound[start + lag : start + lag + 320])[0, 1]
        for start, lag in zip(starts, lags, strict=True)
    ]
    best = int(np.argmax(alike))
    if best in (0, len(lags) - 1) or alike[best] < 0.7:
        return np.nan
    left, middle, right = alike[best - 1 : best + 2]
    return RATE / (lags[best] + (left - right) / (2 * (left - 2 * middle + right)))


def voices(decibels: float) -> Iterator[tuple[Sound, Track]]:
    """Make voices in bursts, of known F0."""
    generator = np.random.default_rng(0)
    time = np.arange(round(2.4 * RATE)) / RATE
    burst = np.any([(start <= time) & (time < end) for start, end in BURSTS], axis=0)
    swell = np.convolve(burst, np.hanning(320) / np.hanning(320).sum(), "same")
    for number in range(VOICES):
        hertz = course(number % 3, 70 * (450 / 70) ** (number // 3 / (VOICES // 3 - 1)), time)
        sound = swell * vowel(hertz, (*VOWELS[number % 4], 3500, 4500), level=0.2)
        noise = generator.normal(0, np.sqrt((sound[burst] ** 2).mean()), len(time))
        yield (sound + 10 ** (-decibels / 20) * noise).astype(np.float32), truth(hertz, burst)


def course(kind: int, hertz: float, time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return F0 at every sample: steady, a glide by two thirds of an octave, or vibrato."""
    octaves = (0 * time, (1 if hertz < 250 else -1) * time / 3.6, np.sin(11 * np.pi * time) / 20)
    return hertz * 2 ** octaves[kind]


def truth(hertz: NDArray[np.float64], burst: NDArray[np.bool_]) -> Track:
    """Know frames whose 64 ms are all voice or none."""
    centres = np.arange(FRAME // 2, len(burst) - FRAME // 2 + 1, HOP)
    around = np.pad(burst, PYIN_FRAME // 2)
    share = np.array([around[centre : centre + PYIN_FRAME].mean() for centre in centres])
    return Track(hertz[centres], share == 1, (share == 0) | (share == 1))


def show(
    what: str, references: Sequence[Track], tracks: Sequence[Track], fine_alone: bool = False
) -> None:
    """Print one row."""
    pairs = list(zip(references, tracks, strict=True))
    true, hertz, expected, found = (
        np.concatenate([getattr(pair[side], values)[pair[0].known] for pair in pairs])
        for values in ("hertz", "voiced")
        for side in (0, 1)
    )
    both = expected & found
    ratio = hertz[both] / true[both]
    gross = np.abs(ratio - 1) > GROSS
    up, down = (np.abs(ratio[gross] / octave - 1) <= GROSS for octave in (2, 0.5))
    cents = 1200 * np.log2(ratio[~gross])
    coarse = [f"{percent(gross):.1f}", f"{percent(up):.0f}", f"{percent(down):.0f}"]
    fine = [f"{cents.mean():+.1f}", f"{cents.std():.1f}"]
    voicing = [percent(expected == found), percent(~found[expected]), percent(found[~expected])]
    cells = [str(len(ratio)), *coarse, *fine, *(f"{share:.1f}" for share in voicing)]
    if fine_alone:
        cells = [cells[0], *[""] * len(coarse), *fine, *[""] * len(voicing)]
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


def percent(mask: NDArray[np.bool_]) -> float:
    """Return the share of what is marked, 0 where there is nothing."""
    return 100 * float(mask.mean()) if len(mask) else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
