"""Headers of MPEG audio frames: versions 1, 2 and 2.5, layers I to III; and the count of frames.

A stream may begin with a frame that holds no sound but what the encoder knew at its end: how many
frames there are, and how many samples to leave out at both ends (Xing, Info, VBRI).

References
----------
ISO/IEC 11172-3, 2.4; ISO/IEC 13818-3, 2.4. The frame of numbers is described at
http://gabriel.mp3-tech.org/mp3infotag.html.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: Where a header may begin.
SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xeb][\x00-\xff]", re.DOTALL)
#: No frame is as long, in bytes.
LONGEST = 4096
#: Samples that every decoder of layer III is late.
DECODER_DELAY = 529

_RATES = (44100, 48000, 32000)
_KILOBITS = {  # per second; (version 1, layer)
    (True, 1): range(32, 449, 32),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_VBRI_AT = 36  # bytes, in every frame
_HAS_FRAMES, _HAS_BYTES, _HAS_SEEKS, _HAS_QUALITY = 1, 2, 4, 8
_MADE_KILOBITS = 128  # room enough for all numbers, at every rate


class FrameHeader(NamedTuple):
    """What the four bytes in front of a frame say.

    Attributes
    ----------
    stream : bytes
        The same in all frames of a stream: version, layer, rate, and whether there is one channel.
    layer : int
    sample_rate : int, Hz
    channels : int
    samples : int
        Of each channel.
    length : int, bytes
        Of the frame, these four included.
    numbers_at : int, bytes
        Where an encoder's numbers stand, if this frame holds them; a checksum does not move them.
    """

    stream: bytes
    layer: int
    sample_rate: int
    channels: int
    samples: int
    length: int
    numbers_at: int


class EncoderNumbers(NamedTuple):
    """What an encoder noted in a frame of its own at the beginning.

    Attributes
    ----------
    frames : int
        How many follow, 0 where that is not said.
    length : int, bytes
        Of all frames, this one included; 0 where that is not said.
    trimmed : tuple of two int, or None
        Samples that encoding added in front (without the decoder's delay) and behind.
    """

    frames: int
    length: int
    trimmed: tuple[int, int] | None


@lru_cache(4096)
def frame_header(four: bytes) -> FrameHeader | None:
    """Read four bytes; None where they begin no frame.

    Examples
    --------
    >>> frame_header(bytes.fromhex("fffb9064"))[1:]
    (3, 44100, 2, 1152, 417, 36)
    """
    if not SYNC.fullmatch(four) or four[2] & 0x0C == 0x0C:
        return None
    version = four[1] >> 3 & 3  # 3: 1, 2: 2, 0: 2.5
    layer = 4 - (four[1] >> 1 & 3)
    first = version == 3
    rate = _RATES[four[2] >> 2 & 3] // {3: 1, 2: 2, 0: 4}[version]
    bits = 1000 * _KILOBITS[first, layer][(four[2] >> 4) - 1]
    samples = 384 if layer == 1 else 1152 if first or layer == 2 else 576
    slots = samples // 8 * bits // rate if layer > 1 else 12 * bits // rate
    length = (slots + (four[2] >> 1 & 1)) * (1 if layer > 1 else 4)
    mono = four[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    stream = bytes([four[1] & 0xFE, four[2] & 0x0C, mono])
    return FrameHeader(stream, layer, rate, 1 if mono else 2, samples, length, 4 + side)


def is_free_format(four: bytes) -> bool:
    """Whether four bytes are the header of a frame that does not say how long it is."""
    with_rate = bytes([*four[:2], four[2] | 0x10, four[3]]) if len(four) == 4 else b""
    return four[2:3] < b"\x10" and frame_header(with_rate) is not None


def leans_back(frame: bytes) -> bool:
    """Whether a frame of layer III has bits in the frames before it: the first has none."""
    at = 4 if frame[1] & 1 else 6  # behind the checksum
    return _whole(frame[at : at + 2]) >> (7 if frame[1] & 8 else 8) > 0


def encoder_numbers(header: FrameHeader, frame: bytes) -> EncoderNumbers | None:
    """Return what an encoder noted in a frame of layer III; None where it is one of sound."""
    if header.layer != 3:
        return None
    if frame[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        field = frame[_VBRI_AT + 10 : _VBRI_AT + 18].ljust(8, b"\0")
        return EncoderNumbers(_whole(field[4:]), _whole(field[:4]), None)
    at = header.numbers_at
    if frame[at : at + 4] not in (b"Xing", b"Info"):
        return None
    has, at = _whole(frame[at + 4 : at + 8]), at + 8
    numbers = []
    for flag, size in ((_HAS_FRAMES, 4), (_HAS_BYTES, 4), (_HAS_SEEKS, 100), (_HAS_QUALITY, 4)):
        numbers.append(_whole(frame[at : at + 4]) if has & flag else 0)
        at += size if has & flag else 0
    trimmed = _whole(frame[at + 21 : at + 24]) if frame[at : at + 1].strip(b"\0") else None
    ends = None if trimmed is None else (trimmed >> 12, trimmed & 0xFFF)
    return EncoderNumbers(numbers[0], numbers[1], ends)


def frame_of_numbers(four: bytes, frames: int, trimmed: tuple[int, int]) -> bytes:
    """Make a frame that tells a decoder of layer III how many frames follow.

    Parameters
    ----------
    four : bytes
        Header of another frame of the stream.
    frames : int
    trimmed : tuple of two int
        As in `EncoderNumbers`.
    """
    kilobits = _KILOBITS[four[1] & 0x18 == 0x18, 3].index(_MADE_KILOBITS) + 1
    plain = bytes([four[0], four[1] | 1, kilobits << 4 | four[2] & 0x0C, four[3]])
    header = frame_header(plain)
    if header is None:
        raise ValueError(f"{four.hex()}, need the header of a frame")
    made = bytes(header.numbers_at - 4) + b"Info" + (_HAS_FRAMES).to_bytes(4, "big")
    made += frames.to_bytes(4, "big")
    made += b"LAME" + bytes(17) + (trimmed[0] << 12 | trimmed[1]).to_bytes(3, "big")
    return plain + made.ljust(header.length - 4, b"\0")


def _whole(digits: bytes) -> int:
    """Return the number that bytes make, the largest digit first."""
    return int.from_bytes(digits, "big")
