"""Frames of FLAC: their headers, which carry their place in the recording, and their checksums.

Section 9 of RFC 9639 describes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST_HEAD = 16  # bytes
_MOST_SAMPLES = 1 << 36
_NARROW, _WIDE = (0x07, 8), (0x8005, 16)  # polynomials of the checksums, and their bits


class Stream(NamedTuple):
    """What the frames of a file have in common.

    Attributes
    ----------
    mark : bytes
        The two that each begins with.
    block : int
        Samples of each channel in each but the last; frames may carry their number alone.
    """

    mark: bytes
    block: int


class Frame(NamedTuple):
    """A frame: where it begins among the bytes searched, and its samples from and to."""

    place: int
    first: int
    stop: int


def frames(content: bytes, stream: Stream) -> Iterator[Frame]:
    """Yield what looks like a frame and has the right checksum of its header."""
    for match in re.finditer(re.escape(stream.mark), content):
        frame = frame_at(content, match.start(), stream.block)
        if frame is not None:
            yield frame


def frame_at(content: bytes, place: int, block: int) -> Frame | None:
    """Read the header of a frame; None where its checksum is wrong.

    Parameters
    ----------
    content : bytes
    place : int
        Where in them it begins.
    block : int
        Samples of each channel in each frame before it.
    """
    head = content[place : place + LONGEST_HEAD]
    if len(head) < 6 or head[3] & 1 or head[2] >> 4 == 0:
        return None
    ones = 8 - (head[4] ^ 0xFF).bit_length()
    length = ones or 1  # of the number, coded as UTF-8 codes letters
    if ones in (1, 8):
        return None
    number = head[4] & (0x7F >> ones)
    for byte in head[5 : 4 + length]:
        number = number << 6 | byte & 0x3F
    behind = 4 + length
    size, wide = _block_size(head[2] >> 4, head[behind:])
    behind += wide + {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0)
    if len(head) <= behind or _checksum(head[: behind + 1], _NARROW):
        return None
    first = number if head[1] & 1 else number * block
    return Frame(place, first, first + size) if first + size < _MOST_SAMPLES else None


def is_whole(content: bytes) -> bool:
    """Whether bytes are all of a frame, as the checksum at its end tells."""
    return _checksum(content, _WIDE) == 0


def _block_size(code: int, behind: bytes) -> tuple[int, int]:
    """Return the samples of a frame by its code, and how many bytes behind its number say so."""
    if code in (6, 7):
        return int.from_bytes(behind[: code - 5]) + 1, code - 5
    return 192 if code == 1 else 576 << (code - 2) if code < 6 else 256 << (code - 8), 0


@lru_cache(maxsize=2)
def _table(polynomial: int, width: int) -> list[int]:
    """Return the checksums of single bytes."""
    table = []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> (width - 1) else 0)
            value &= (1 << width) - 1
        table.append(value)
    return table


def _checksum(content: bytes, kind: tuple[int, int]) -> int:
    """Return the CRC of bytes that end with their CRC: 0 where it is right."""
    table, shift, value = _table(*kind), kind[1] - 8, 0
    mask = (1 << shift) - 1
    for byte in content:
        value = (value & mask) << 8 ^ table[value >> shift ^ byte]
    return value
