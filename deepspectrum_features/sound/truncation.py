"""Recordings that were cut off: what libsndfile knows of it, but says in its log alone.

It shortens a truncated WAV, AIFF, AU, W64 or RF64 to what is there. FLAC and MP3 keep the announced
length, and decode to less; Ogg (Vorbis, Opus) announces no length, so half of one looks whole.
"""

from __future__ import annotations

import re

import soundfile

_SHORTENED = re.compile(
    r"^\s*(?:data|SSND|Data Size|riff|Riff size)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE
)
_BYTES = {
    "PCM_S8": 1, "PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4,
    "FLOAT": 4, "DOUBLE": 8,
}  # fmt: skip
_UNKNOWN_LENGTH = 0x7FFF0000  # what writers to a pipe announce: they cannot know


def lost_samples(sound: soundfile.SoundFile) -> int:
    """Count the samples of each channel that the header announces and libsndfile does not find."""
    log = sound.extra_info
    if "should be" not in log:
        return 0
    lost = [
        (int(announced) - int(there), int(there))
        for announced, there in _SHORTENED.findall(log)
        if int(announced) < _UNKNOWN_LENGTH and int(there) > 0
    ]
    missing, found = max(lost, default=(0, 1))
    if sound.subtype in _BYTES:
        return max(missing, 0) // (_BYTES[sound.subtype] * int(sound.channels))
    return round(int(sound.frames) * max(missing, 0) / found)  # of ADPCM and the like about
