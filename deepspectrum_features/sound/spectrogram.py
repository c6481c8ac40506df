"""Waveform to power spectrogram, the input of every spectrogram encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.waveform import check_length, resample, resampled_length


@dataclass(frozen=True)
class SpectrogramFrontEnd:
    """The front end of power spectrograms; `FrontEnd` says what its attributes mean.

    Attributes
    ----------
    recipe : PowerSpectrogram
    """

    recipe: PowerSpectrogram
    in_threads = True

    @property
    def kind(self) -> str:
        """Its name in recipes and encoder files."""
        return self.recipe.kind

    @property
    def dim(self) -> int:
        """Number of frequency bins."""
        return self.recipe.n_fft // 2 + 1

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
        window, hop = 1000 * self.shortest_seconds, 1000 * self.step_seconds
        return f"{self.sample_rate} Hz, {window:g} ms window, {hop:g} ms hop"

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
        ``frames = 1 + (samples - window) // hop``.

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
    frames = np.lib.stride_tricks.sliding_window_view(
        np.asarray(waveform, np.float32), recipe.window_samples
    )[:: recipe.hop_samples]
    windowed = frames * _hamming(recipe.window_samples)
    spectrum: NDArray[Any] = np.fft.rfft(windowed, n=recipe.n_fft)  # complex64, as its input
    with np.errstate(over="ignore"):  # absurd levels are noticed in what the encoder makes of them
        power: NDArray[np.float32] = spectrum.real**2 + spectrum.imag**2
    return power


@lru_cache(maxsize=8)
def _hamming(samples: int) -> NDArray[np.float32]:
    """Periodic Hamming window: one period of ``0.54 - 0.46 cos``, its last point left off."""
    phase = 2 * np.pi * np.arange(samples) / samples
    window = (0.54 - 0.46 * np.cos(phase)).astype(np.float32)
    window.setflags(write=False)
    return window
