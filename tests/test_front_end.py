"""The power spectrogram against slow float64 twins, closed forms and librosa."""

from __future__ import annotations

import re

import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import LongWindow, PowerSpectrogram
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.sound.spectrogram import power_spectrogram
from deepspectrum_features.testing import chirp, tone

Wave = NDArray[np.floating]
RECIPES = [
    PowerSpectrogram(),
    PowerSpectrogram(n_fft=1024),
    PowerSpectrogram(window_samples=800, hop_samples=80, n_fft=800),
    PowerSpectrogram(sample_rate=8000, window_samples=199, hop_samples=77, n_fft=256),
]


def slow_spectrogram(sound: Wave, recipe: PowerSpectrogram) -> NDArray[np.float64]:
    """Sum every frame into every bin, in float64, by the definition of the transform."""
    window, hop = recipe.window_samples, recipe.hop_samples
    at = np.arange(window)
    hamming = 0.54 - 0.46 * np.cos(2 * np.pi * at / window)  # periodic: divided by `window`
    rows = []
    for first in range(0, len(sound) - window + 1, hop):
        frame = sound[first : first + window].astype(np.float64) * hamming
        bins = range(recipe.n_fft // 2 + 1)
        sums = [np.sum(frame * np.exp(-2j * np.pi * k * at / recipe.n_fft)) for k in bins]
        rows.append(np.abs(sums) ** 2)
    return np.array(rows)


def close(found: NDArray[np.floating], expected: NDArray[np.floating]) -> bool:
    return np.allclose(found, expected, rtol=1e-4, atol=1e-6 * expected.max())


def noise(samples: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)


@pytest.mark.parametrize("recipe", quick_first(RECIPES))
@pytest.mark.parametrize("sound", [noise(3000), chirp(100, 3500, 0.2), 1e-3 * noise(2500)])
def test_equals_the_sum_written_out(sound: Wave, recipe: PowerSpectrogram) -> None:
    found, expected = power_spectrogram(sound, recipe), slow_spectrogram(sound, recipe)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert close(found, expected)
    assert not close(found[1:], expected[:-1])
    assert not close(found, 1.001 * expected)


@pytest.mark.parametrize("samples", [400, 3000, 16000])
def test_equals_librosa_on_frames_cut_by_hand(samples: int) -> None:
    sound = noise(samples)
    frames = librosa.util.frame(sound.astype(np.float64), frame_length=400, hop_length=160)
    window = librosa.filters.get_window("hamming", 400, fftbins=True)
    expected = np.abs(np.fft.rfft(frames.T * window, n=512)) ** 2
    assert close(power_spectrogram(sound, PowerSpectrogram()), expected)
    assert not close(power_spectrogram(-sound[::-1], PowerSpectrogram()), expected)


@pytest.mark.slow
def test_equals_librosas_stft_once_its_centring_is_undone() -> None:
    # librosa centres the 400 window samples in its 512: 56 zeros | 400 samples | 56 zeros
    sound = noise(5000)
    padded = np.pad(sound.astype(np.float64), 56)
    spectrum = librosa.stft(
        padded, n_fft=512, win_length=400, hop_length=160, window="hamming", center=False
    )
    assert close(power_spectrogram(sound, PowerSpectrogram()), np.abs(spectrum.T) ** 2)
    shifted = librosa.stft(
        sound, n_fft=512, win_length=400, hop_length=160, window="hamming", center=False
    )
    frames = shifted.shape[1]
    assert not close(power_spectrogram(sound, PowerSpectrogram())[:frames], np.abs(shifted.T) ** 2)


def test_window_is_periodic_not_symmetric() -> None:
    sound = noise(400)
    found = power_spectrogram(sound, PowerSpectrogram())[0]
    periodic = scipy.signal.get_window("hamming", 400, fftbins=True)
    symmetric = scipy.signal.get_window("hamming", 400, fftbins=False)
    assert close(found, np.abs(np.fft.rfft(sound * periodic, n=512)) ** 2)
    assert not close(found, np.abs(np.fft.rfft(sound * symmetric, n=512)) ** 2)


@pytest.mark.parametrize("bin_number", [4, 32, 100, 200])
def test_sine_lands_in_its_bin_with_the_power_of_the_closed_form(bin_number: int) -> None:
    # Hz = 31.25 k; where 25 ms hold whole periods the window's other lobe is exactly zero
    hertz, level = 31.25 * bin_number, 0.5
    found = power_spectrogram(tone(hertz, 0.5, level=level), PowerSpectrogram())
    assert set(found.argmax(axis=1)) == {bin_number}
    if hertz % 40 == 0:
        power = (level / 2 * 0.54 * 400) ** 2  # (A / 2 * sum of the window) squared
        np.testing.assert_allclose(found[:, bin_number], power, rtol=1e-4)
        assert not np.allclose(found[:, bin_number], 1.01 * power, rtol=1e-4)


def test_constant_signal_is_the_squared_sum_of_the_window_in_bin_zero() -> None:
    found = power_spectrogram(np.full(800, 0.25), PowerSpectrogram())
    np.testing.assert_allclose(found[:, 0], (0.25 * 0.54 * 400) ** 2, rtol=1e-4)
    assert not np.allclose(found[:, 1], found[:, 0], rtol=1e-4)


def test_impulse_shows_where_a_frame_begins_and_ends() -> None:
    # frame t is samples [160 t, 160 t + 400): sample 400 lies in frames 1 and 2 only
    sound = np.zeros(1200, np.float32)
    sound[400] = 1
    power = power_spectrogram(sound, PowerSpectrogram()).max(axis=1)
    assert [row for row, value in enumerate(power) if value > 0] == [1, 2]
    at_240 = 0.54 - 0.46 * np.cos(2 * np.pi * 240 / 400)
    np.testing.assert_allclose(power[1], at_240**2, rtol=1e-4)
    assert not np.isclose(power[2], at_240**2, rtol=1e-4)


@pytest.mark.parametrize(
    ("samples", "frames"), [(400, 1), (559, 1), (560, 2), (719, 2), (720, 3), (16000, 98)]
)
def test_number_of_frames(samples: int, frames: int) -> None:
    assert power_spectrogram(noise(samples), PowerSpectrogram()).shape == (frames, 257)


@pytest.mark.parametrize("samples", [0, 1, 120, 399])
def test_less_than_a_window_is_refused(samples: int) -> None:
    needed = re.escape("need at least 400 (25 ms at 16000 Hz)")
    with pytest.raises(AudioError, match=f"^{samples} samples?, {needed}$") as caught:
        power_spectrogram(noise(samples), PowerSpectrogram())
    assert caught.value.stage == "frame"


@settings(max_examples=40, deadline=None)
@given(samples=st.integers(0, 3000), recipe=st.sampled_from(RECIPES), seed=st.integers(0, 99))
def test_any_length_has_its_frames_and_their_last_equals_the_sum(
    samples: int, recipe: PowerSpectrogram, seed: int
) -> None:
    sound, window, hop = noise(samples, seed), recipe.window_samples, recipe.hop_samples
    if samples < window:
        with pytest.raises(AudioError, match=f"^{samples} samples?, need at least {window} "):
            power_spectrogram(sound, recipe)
        return
    found = power_spectrogram(sound, recipe)
    assert found.shape == (1 + (samples - window) // hop, recipe.n_fft // 2 + 1)
    first = hop * (len(found) - 1)
    expected = slow_spectrogram(sound[first : first + window], recipe)[0]
    assert close(found[-1], expected)
    assert not close(found[-1], expected[::-1])


def test_a_hop_of_delay_is_a_frame_of_delay() -> None:
    sound = noise(4000)
    early, late = (power_spectrogram(one, PowerSpectrogram()) for one in (sound, sound[160:]))
    np.testing.assert_array_equal(late, early[1:])
    assert not np.array_equal(late, early[:-1])


def test_twice_the_level_is_four_times_the_power() -> None:
    sound = 0.25 * noise(2000)
    quiet, loud = (power_spectrogram(one, PowerSpectrogram()) for one in (sound, 2 * sound))
    np.testing.assert_array_equal(loud, 4 * quiet)
    assert not np.array_equal(loud, 2 * quiet)


def test_the_waveform_is_left_as_it_was() -> None:
    sound = noise(1000)
    before = sound.copy()
    power_spectrogram(sound, PowerSpectrogram())[:] = 0
    np.testing.assert_array_equal(sound, before)
    assert power_spectrogram(sound, PowerSpectrogram()).max() > 0


def test_the_front_end_knows_its_clock_and_its_width() -> None:
    found = make_front_end(PowerSpectrogram())
    assert (found.kind, found.dim, found.sample_rate) == ("power-spectrogram", 257, 16000)
    assert (found.step_seconds, found.first_centre_seconds) == (0.01, 0.0125)
    assert (found.shortest_seconds, found.in_threads) == (0.025, True)
    assert found.summary == "16000 Hz, 25 ms window, 10 ms hop"
    other = make_front_end(RECIPES[3])  # 199 and 77 samples at 8000 Hz
    assert (other.dim, other.step_seconds) == (129, 77 / 8000)
    assert (other.first_centre_seconds, other.shortest_seconds) == (199 / 16000, 199 / 8000)


def test_a_click_lies_in_the_frames_whose_centres_are_near() -> None:
    sound, front_end = np.zeros(16000, np.float32), make_front_end(PowerSpectrogram())
    sound[7000] = 1
    rows = np.flatnonzero(front_end.frames(sound, 16000).max(axis=1))
    centres = front_end.first_centre_seconds + front_end.step_seconds * rows
    assert np.abs(centres - 7000 / 16000).max() <= front_end.shortest_seconds / 2
    assert len(rows) == 2


LONG = PowerSpectrogram(long=LongWindow())


def slow_long_spectrogram(sound: Wave) -> NDArray[np.float64]:
    """Cut 640 samples around every frame's centre by hand, zeros where there are none."""
    rows = []
    for first in range(0, len(sound) - 400 + 1, 160):
        at = np.arange(first - 120, first + 520)
        there = (at >= 0) & (at < len(sound))
        frame = np.where(there, sound[np.clip(at, 0, len(sound) - 1)], 0).astype(np.float64)
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(640) / 640)
        rows.append(np.abs(np.fft.rfft((frame - frame.mean()) * hann, 1024)[:289]) ** 2)
    return np.array(rows)


@pytest.mark.parametrize("samples", [400, 559, 560, 3000, 7001])
def test_the_long_window_lies_around_the_same_centre(samples: int) -> None:
    sound = 0.3 + noise(samples)
    found = power_spectrogram(sound, LONG)
    assert found.shape == (1 + (samples - 400) // 160, 257 + 289)
    np.testing.assert_array_equal(found[:, :257], power_spectrogram(sound, PowerSpectrogram()))
    expected = slow_long_spectrogram(sound)
    assert close(found[:, 257:], expected)
    assert not close(found[:, 257:], slow_long_spectrogram(sound[::-1]))


def test_a_long_window_changes_neither_clock_nor_shortest_sound() -> None:
    short, long = make_front_end(PowerSpectrogram()), make_front_end(LONG)
    assert (long.dim, short.dim) == (546, 257)
    for fact in ("step_seconds", "first_centre_seconds", "shortest_seconds", "sample_rate"):
        assert getattr(long, fact) == getattr(short, fact)
    assert long.summary == "16000 Hz, 25 ms and 40 ms windows, 10 ms hop"
    assert not power_spectrogram(np.zeros(1000), LONG).any()
