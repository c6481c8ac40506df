"""Recordings of noise in containers, as bytes."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import soundfile

RATE = 16000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 80000)


def encoded(
    form: str, subtype: str, samples: int = len(NOISE), rate: int = RATE, channels: int = 1
) -> bytes:
    """Write noise as libsndfile does."""
    stream = io.BytesIO()
    sound = np.repeat(NOISE[:samples, None], channels, axis=1)
    soundfile.write(stream, sound, rate, format=form, subtype=subtype)
    return stream.getvalue()


def ogg_flac(samples: int = len(NOISE), rate: int = RATE) -> bytes:
    """Write noise as FLAC in Ogg, as FFmpeg does: without its length."""
    stream = io.BytesIO()
    sound = (NOISE[None, :samples] * 32767).astype(np.int16)
    with av.open(stream, "w", format="ogg") as container:
        track = container.add_stream("flac", rate=rate, layout="mono")
        for start in range(0, samples, 4000):
            frame = av.AudioFrame.from_ndarray(sound[:, start : start + 4000], "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return stream.getvalue()


def flac_of_length(content: bytes, total: int) -> bytes:
    """Write another length into a FLAC's header: the last 36 bits of bytes 18 to 26; 0: unknown."""
    old = int.from_bytes(content[18:26])
    return content[:18] + ((old >> 36 << 36) | total).to_bytes(8) + content[26:]
