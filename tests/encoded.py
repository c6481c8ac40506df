"""Recordings in containers that libsndfile does not write, made by FFmpeg's encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def encode(
    path: Path,
    *sounds: NDArray[np.float32],
    codec: str,
    rate: int = 16000,
    pictures: int = 0,
    samples: str = "s16",
    bits: int = 0,
    **options: str,
) -> Path:
    """Write each sound ``(samples, channels)`` as an audio stream, behind a film if asked.

    ``bits`` a second; 0 is the encoder's choice.
    """
    with av.open(str(path), "w", options=options) as file:
        film = file.add_stream("mpeg4", rate=25, width=64, height=64) if pictures else None
        streams: list[Any] = [
            file.add_stream(codec, rate=rate, layout=LAYOUTS[sound.shape[1]]) for sound in sounds
        ]
        for stream in streams if bits else ():
            stream.bit_rate = bits
        if film:
            for number in range(pictures):
                picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, np.uint8))
                picture.pts = number
                file.mux(film.encode(picture))
            file.mux(film.encode())
        for stream, sound in zip(streams, sounds, strict=True):
            for first in range(0, len(sound), 4096):
                file.mux(stream.encode(_frame(sound, first, rate, samples)))
            file.mux(stream.encode())
    return path


def _frame(sound: NDArray[np.float32], first: int, rate: int, samples: str) -> av.AudioFrame:
    """Return the next 4096 samples as whole numbers of 16 or 32 bits."""
    full = {"s16": 2.0**15, "s32": 2.0**31}[samples]
    piece = sound[first : first + 4096].astype(np.float64)
    whole = np.clip(np.rint(piece * full), -full, full - 1)
    whole = whole.astype({"s16": np.int16, "s32": np.int32}[samples]).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(whole, samples, LAYOUTS[sound.shape[1]])
    frame.sample_rate, frame.pts = rate, first
    return frame
