"""Sounds given as arrays, on their way to an encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.encoder.batching import Frames
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound import FrontEnd
from deepspectrum_features.sound.waveform import check_finite, samples_of

#: Samples (samples,), full scale 1, and their rate in Hz.
Sound = tuple[NDArray[np.floating[Any]], int]


def frame_sounds(
    sounds: Iterable[Sound], front_end: FrontEnd, longest_seconds: float
) -> Iterator[tuple[int, Frames]]:
    """Yield the frames of every sound with its number, from 0."""
    for number, sound in enumerate(sounds):
        if not isinstance(sound, list | tuple) or len(sound) != 2:
            arguments.refuse(f"sounds[{number}]", sound, "(samples, rate)", TypeError)
        with naming(number):
            frames = frame_sound(*sound, front_end, longest_seconds)
        yield number, frames


def frame_sound(
    samples: NDArray[np.floating[Any]], rate: int, front_end: FrontEnd, longest_seconds: float
) -> Frames:
    """Turn one sound into frames, if an encoder takes it.

    Raises
    ------
    AudioError
        If it is too short or too long, or holds NaN.
    TypeError, ValueError
        If the samples are not a row of floats, or have no rate.
    """
    samples = samples_of(samples, rate)
    if len(samples) / rate > longest_seconds:
        raise AudioError(
            f"{len(samples) / rate:.1f} s, this encoder takes at most {longest_seconds:g} s "
            "(cut it)",
            stage="length",
        )
    check_finite(samples)
    return front_end.frames(np.asarray(samples, np.float32), rate)


@contextmanager
def naming(number: int) -> Iterator[None]:
    """Say which of many sounds an error is about."""
    try:
        yield
    except AudioError as error:
        raise AudioError(f"sound {number}: {error}", stage=error.stage) from None
