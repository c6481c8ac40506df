"""Waveform to power spectrogram, the input of every spectrogram encoder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.waveform import check_length, resample, resampled_length

#: Frames to transform at a time: their spectra stay in the cache, which is twice as fast, and few
#: steps let other threads do more between two of them.
_AT_A_TIME = 128


@dataclass(frozen=True)
class SpectrogramFrontEnd:
    """The front end of power spectrograms; `FrontEnd` says what its attributes mean.

    Attributes
    ----------
    recipe : PowerSpectrogram
    """

    recipe: PowerSpectrogram
    in_threads = True
    slow = False

    @property
    def kind(self) -> str:
        """Its name in recipes and encoder files."""
        return self.recipe.kind

    @property
    def dim(self) -> int:
        """Number of frequency bins, of both windows where there are two."""
        return self.bins + self.long_bins

    @property
    def bins(self) -> int:
        """Number of frequency bins of the first window."""
        return self.recipe.n_fft // 2 + 1

    @property
    def overlapping(self) -> int:
        """How many frames on either side share samples of the first window with a frame."""
        return (self.recipe.window_samples - 1) // self.recipe.hop_samples

    @property
    def long_bins(self) -> int:
        """Number of frequency bins kept of the long window, 0 where there is none."""
        return _long_bins(self.recipe)

    @property
    def long_bin_hz(self) -> float:
        """Distance of the long window's bins; infinite where there is none."""
        return self.recipe.sample_rate / self.recipe.long.n_fft if self.recipe.long else math.inf

    @property
    def long_window(self) -> NDArray[np.float32]:
        """The samples of the long window."""
        return _hann(self.recipe.long.window_samples if self.recipe.long else 0)

    @property
    def sample_rate(self) -> int:
        """The rate that recordings are brought to."""
        return self.recipe.sample_rate

    @property
    def step_seconds(self) -> float:
        """One hop."""
        return self.recipe.hop_samples / self.recipe.sample_rate

    @property
    def first_centre_seconds(self) -> float:
        """Half a window."""
        return self.recipe.window_samples / 2 / self.recipe.sample_rate

    @property
    def shortest_seconds(self) -> float:
        """One window."""
        return self.recipe.window_samples / self.recipe.sample_rate

    @property
    def summary(self) -> str:
        """A line for people."""
        samples = [self.recipe.window_samples]
        samples += [self.recipe.long.window_samples] if self.recipe.long else []
        windows = " and ".join(f"{1000 * one / self.sample_rate:g} ms" for one in samples)
        plural, hop = "s" if len(samples) > 1 else "", 1000 * self.step_seconds
        return f"{self.sample_rate} Hz, {windows} window{plural}, {hop:g} ms hop"

    def check_length(self, samples: int, rate: int) -> None:
        """Refuse a stretch of so many samples that is shorter than a window once resampled."""
        count = resampled_length(samples, rate, self.sample_rate)
        check_length(count, self.recipe.window_samples, self.sample_rate)

    def frames(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Resample a stretch and compute its power spectrogram, ``(frames, dim)``."""
        return power_spectrogram(resample(samples, rate, self.sample_rate), self.recipe)

    def versions(self) -> dict[str, str]:
        """Nothing that others do not use too."""
        return {}


def power_spectrogram(
    waveform: NDArray[np.floating[Any]], recipe: PowerSpectrogram
) -> NDArray[np.float32]:
    """Compute the power in every frequency bin of every frame.

    ``S[t, k]`` is the power of frame ``t`` in the bin centred on ``k * sample_rate / n_fft``
    hertz. Frame ``t`` is centred on ``(hop * t + window / 2) / sample_rate`` seconds.

    Parameters
    ----------
    waveform : ndarray, (samples,)
        At ``recipe.sample_rate``, full scale 1.
    recipe : PowerSpectrogram
        Window (400 samples, 25 ms), hop (160 samples, 10 ms) and transform length.

    Returns
    -------
    ndarray, (frames, n_fft // 2 + 1), float32
        ``frames = 1 + (samples - window) // hop``. The bins of a long window follow.

    Raises
    ------
    AudioError
        If the waveform is shorter than one window.

    Examples
    --------
    >>> from deepspectrum_features.testing import tone
    >>> spectrogram = power_spectrogram(tone(1000, seconds=1.0), PowerSpectrogram())
    >>> spectrogram.shape, int(spectrogram[0].argmax())  # 1000 Hz is bin 32 of 31.25 Hz
    ((98, 257), 32)
    """
    check_length(len(waveform), recipe.window_samples, recipe.sample_rate)
    waveform = np.asarray(waveform, np.float32)
    frames = _frames(waveform, recipe.window_samples, recipe.hop_samples)
    first_bins, long = recipe.n_fft // 2 + 1, recipe.long
    power = np.empty((len(frames), first_bins + _long_bins(recipe)), np.float32)
    _fill(power[:, :first_bins], frames, _hamming(recipe.window_samples), recipe.n_fft)
    if long:
        around = (long.window_samples - recipe.window_samples) // 2
        frames = _frames(np.pad(waveform, around), long.window_samples, recipe.hop_samples)
        _fill(power[:, first_bins:], frames, _hann(long.window_samples), long.n_fft, long=True)
    return power


def _long_bins(recipe: PowerSpectrogram) -> int:
    """Count the bins of the long window from 0 Hz up to its highest."""
    if recipe.long is None:
        return 0
    return math.floor(recipe.long.highest_hz * recipe.long.n_fft / recipe.sample_rate) + 1


def _frames(waveform: NDArray[np.float32], window: int, hop: int) -> NDArray[np.float32]:
    """Cut a waveform into overlapping frames, ``(frames, window)``, without a copy."""
    return np.lib.stride_tricks.sliding_window_view(waveform, window)[::hop]


def _fill(
    power: NDArray[np.float32],
    frames: NDArray[np.float32],
    window: NDArray[np.float32],
    n_fft: int,
    long: bool = False,
) -> None:
    """Compute the power in the first bins of windowed frames; with a long window less their means.

    A long window is transformed in single precision, as numpy does where it divides the result.
    """
    norm: Literal["forward", "backward"] = "forward" if long else "backward"
    window = window * n_fft if long else window
    samples, doubled = len(window), 2 * power.shape[1]
    windowed = np.zeros((_AT_A_TIME, n_fft), np.float32)  # zeros behind every window
    spectrum: NDArray[Any] = np.empty((_AT_A_TIME, n_fft // 2 + 1), np.complex64)
    pairs = spectrum.view(np.float32)  # of real and imaginary parts
    with np.errstate(over="ignore"):  # absurd levels are noticed in what is made of them
        for first in range(0, len(frames), _AT_A_TIME):
            here = frames[first : first + _AT_A_TIME]
            count = len(here)
            if long:
                here = here - here.mean(axis=1, keepdims=True)
            np.multiply(here, window, out=windowed[:count, :samples])
            np.fft.rfft(windowed[:count], norm=norm, out=spectrum[:count])
            squares = np.square(pairs[:count, :doubled], out=pairs[:count, :doubled])
            np.add(squares[:, ::2], squares[:, 1::2], out=power[first : first + count])


@lru_cache(maxsize=8)
def _hamming(samples: int) -> NDArray[np.float32]:
    """Periodic Hamming window: one period of ``0.54 - 0.46 cos``, its last point left off."""
    return _raised_cosine(samples, 0.54)


@lru_cache(maxsize=8)
def _hann(samples: int) -> NDArray[np.float32]:
    """Periodic Hann window: one period of ``0.5 - 0.5 cos``, its last point left off."""
    return _raised_cosine(samples, 0.5)


def _raised_cosine(samples: int, mean: float) -> NDArray[np.float32]:
    """Return ``mean - (1 - mean) cos`` for one period."""
    phase = 2 * np.pi * np.arange(samples) / samples
    window = (mean - (1 - mean) * np.cos(phase)).astype(np.float32)
    window.setflags(write=False)
    return window
