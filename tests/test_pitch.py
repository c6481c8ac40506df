"""F0 and voicing of voices whose pitch is known, and beside another tracker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import librosa
import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import Encoder
from deepspectrum_features.testing import tiny_encoder, tone, vowel

RATE = 16000
TIME = np.arange(24000) / RATE
#: Octaves that F0 is from its middle.
COURSES = {
    "steady": 0 * TIME,
    "rising": 0.5 * (TIME - 0.75),
    "falling": 0.5 * (0.75 - TIME),
    "vibrato": 0.05 * np.sin(2 * np.pi * 5.5 * TIME),
}
GROSS = 1200 * np.log2(1.2)

Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Track:
    """F0 in Hz, height of the peak and mask ``voiced`` of every frame."""

    hertz: Numbers
    voicing: Numbers
    voiced: NDArray[np.bool_]

    def cents(self, hertz: Numbers) -> Numbers:
        """Return how far voiced frames are above F0, which is given at every sample."""
        return 1200 * np.log2(self.hertz / at_frames(hertz))[self.voiced]


@pytest.fixture(scope="module")
def streams() -> Encoder:
    """Return an encoder whose streams hold F0 and voicing as every other's do."""
    return tiny_encoder("functionals")


def track(streams: Encoder, sound: Numbers) -> Track:
    found = streams.embed(sound.astype(np.float32), RATE).frames.astype(np.float64)
    columns = (streams.frame_columns.index(name) for name in ("f0", "voicing", "voiced"))
    f0, voicing, voiced = (found[:, column] for column in columns)
    return Track(100 * 2**f0, voicing, voiced > 0)


def at_frames(values: Numbers) -> Numbers:
    """Take values at the centres of frames: 200, 360, 520 ..."""
    return values[200 : len(values) - 199 : 160]


def noisy(sound: Numbers, decibels: float) -> Numbers:
    """Add white noise so far below the sound."""
    noise = np.random.default_rng(0).standard_normal(len(sound))
    return sound + 10 ** (-decibels / 20) * sound.std() * noise


def telephone(sound: Numbers) -> Numbers:
    """Leave 300 to 3400 Hz, without the first harmonics of a low voice."""
    band = scipy.signal.butter(8, [300, 3400], "bandpass", fs=RATE, output="sos")
    return scipy.signal.sosfiltfilt(band, sound)


@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("hertz", [80.0, 120.0, 210.0, 370.0])
def test_f0_of_a_clean_voice_is_within_cents(streams: Encoder, hertz: float, course: str) -> None:
    """A frame too early or late would be 6 cents of a glide, a lag too far 25 of any voice."""
    expected = hertz * 2 ** COURSES[course]
    found = track(streams, vowel(expected))
    assert found.voiced.all()
    assert np.abs(found.cents(expected)).max() < (10 if course == "vibrato" else 4)
    assert abs(found.cents(expected).mean()) < 2.5
    assert abs(found.cents(1.01 * expected).mean()) > 10


@pytest.mark.parametrize("hertz", [120.0, 210.0, 400.0])
def test_frames_around_help_a_voice_in_noise(streams: Encoder, hertz: float) -> None:
    """From a frame alone, one of twenty is wrong at 5 dB, and one of four at 0 dB."""
    expected = hertz * 2 ** COURSES["vibrato"]
    for decibels, wrong, apart in ((10, 0, 5), (5, 0.005, 7), (0, 0.1, 15)):
        found = track(streams, noisy(vowel(expected), decibels))
        cents = found.cents(expected)
        gross = np.abs(cents) > GROSS
        assert found.voiced.mean() > 0.95
        assert gross.mean() <= wrong
        assert cents[~gross].std() < apart


@pytest.mark.parametrize("hertz", [80.0, 120.0, 210.0])
def test_a_telephone_keeps_the_pitch(streams: Encoder, hertz: float) -> None:
    expected = hertz * 2 ** COURSES["rising"]
    sound = telephone(vowel(expected))
    power = np.abs(np.fft.rfft(sound)) ** 2
    assert power[: int(1.5 * 200)].sum() < 1e-3 * power.sum()  # bins of 2/3 Hz: below 200 Hz
    found = track(streams, noisy(sound, 20))
    assert found.voiced.all()
    assert np.abs(found.cents(expected)).max() < 5


@pytest.mark.parametrize(("floor", "first"), [(0.0, {50}), (1e-4, {47, 48, 49})])
def test_a_voice_begins_where_it_begins(streams: Encoder, floor: float, first: set[int]) -> None:
    """After half a second of faint noise or of nothing, when frames that hold both do not count.

    Frame 48 ends 80 samples into the voice, its long window 200; frame 50 is all voice.
    """
    voice = vowel(np.full(16000, 140.0))
    noise = floor * np.random.default_rng(0).standard_normal(24000)
    found = track(streams, np.concatenate([np.zeros(8000), voice]) + noise)
    assert np.flatnonzero(found.voiced)[0] in first
    assert found.voiced[50:].all()
    assert np.abs(1200 * np.log2(found.hertz[50:] / 140)).max() < 5
    assert found.voicing[:45].max() < 0.5


@pytest.mark.parametrize("colour", [[1], [1, -0.95], [1, 0.9]], ids=["white", "bright", "dull"])
def test_noise_is_not_voiced(streams: Encoder, colour: list[float]) -> None:
    """The mask alone would not tell: a mask of fewer than ten frames gives way to the next."""
    noise = np.random.default_rng(0).standard_normal(80000) / 10
    found = track(streams, scipy.signal.lfilter(colour, [1], noise))
    assert found.voicing.max() < 0.4
    assert track(streams, noisy(vowel(np.full(8000, 120.0)), 10)).voicing[4:-4].min() > 0.7


@pytest.mark.parametrize("hertz", [75.0, 100.0, 150.0, 250.0, 480.0])
def test_a_pure_hum_is_its_own_pitch(streams: Encoder, hertz: float) -> None:
    """Voiced too: nothing here knows a voice from another periodic sound."""
    found = track(streams, tone(hertz, 1.0))
    assert found.voicing.min() > 0.9
    assert np.abs(1200 * np.log2(found.hertz / hertz))[2:-2].max() < 8


@pytest.mark.parametrize("hertz", [12.0, 20.0, 30.0])
def test_rumble_is_not_voiced_and_hides_no_voice(streams: Encoder, hertz: float) -> None:
    rumble = 0.3 * tone(hertz, 1.0)
    assert track(streams, rumble).voicing.max() < 0.5
    voice = vowel(np.full(16000, 140.0))
    found = track(streams, voice + rumble)
    assert np.abs(1200 * np.log2(found.hertz / 140))[4:-4].max() < 8
    assert found.voicing[4:-4].min() > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("hertz", quick_first([150.0, 90.0, 280.0]))
def test_librosa_finds_the_same_pitch(streams: Encoder, hertz: float) -> None:
    """Its 64 ms are centred on ours; it counts in tenths of a semitone."""
    silence = np.zeros(4800)
    voice = vowel(hertz * 2 ** COURSES["vibrato"])
    sound = noisy(np.concatenate([silence, voice, silence, voice, silence]), 20)
    found = track(streams, sound)
    padded = np.pad(sound, 312)
    theirs, voiced, _ = librosa.pyin(
        padded, fmin=60, fmax=500, sr=RATE, frame_length=1024, hop_length=160, center=False
    )
    assert len(theirs) == len(found.hertz)
    both = found.voiced & voiced
    cents = 1200 * np.log2(found.hertz[both] / theirs[both])
    assert np.mean(found.voiced == voiced) > 0.9
    assert np.mean(np.abs(cents) > GROSS) < 0.01
    assert abs(np.median(cents)) < 10
    assert 0 < np.std(cents[np.abs(cents) < GROSS]) < 25
