"""Tags before and behind the sound: ID3v2 and ID3v1, APEv2, Lyrics3. What they say is not read."""

from __future__ import annotations

from os import SEEK_END
from typing import BinaryIO

#: Bytes of a tag's beginning that tell its length.
HEAD = 32

_ID3V1, _ID3V1_MORE = 128, 227  # bytes
_LYRICS_1 = 5100 + 20  # bytes, at most


def tag_length(head: bytes) -> int:
    """Return the length of the tag that begins with some bytes, 0 where none does.

    Examples
    --------
    >>> tag_length(b"ID3" + bytes([4, 0, 0, 0, 0, 2, 1])), tag_length(b"TAG"), tag_length(b"RIFF")
    (267, 128, 0)
    """
    if head.startswith(b"ID3") and len(head) >= 10:
        return 10 + _seven_bits(head[6:10]) + (10 if head[5] & 0x10 else 0)
    if head.startswith(b"TAG"):
        return _ID3V1_MORE if head[3:4] == b"+" else _ID3V1
    if head.startswith(b"APETAGEX") and len(head) >= 16:
        return 32 + int.from_bytes(head[12:16], "little")
    return 0


def tags_before(file: BinaryIO) -> int:
    """Return where the sound of a file begins: behind its ID3v2 tags."""
    position = 0
    while (head := _at(file, position, HEAD)).startswith(b"ID3"):
        position += tag_length(head) or len(head)
    return position


def tags_behind(file: BinaryIO) -> int:
    """Return where the sound of a file ends: in front of the tags at its end, or there."""
    stop = file.seek(0, SEEK_END)
    while length := _length_behind(file, stop):
        stop = max(stop - length, 0)
    return stop


def _length_behind(file: BinaryIO, stop: int) -> int:
    """Return the length of the tag that ends at a byte, 0 where none does."""
    first = _at(file, stop - _ID3V1, 3)
    more = _at(file, stop - _ID3V1_MORE, 4)
    last = _at(file, stop - HEAD, HEAD)
    if first == b"TAG":
        return _ID3V1
    if more == b"TAG+":
        return _ID3V1_MORE
    if last.startswith(b"APETAGEX"):
        header = 32 if last[23] & 0x80 else 0
        return int.from_bytes(last[12:16], "little") + header
    if last.endswith(b"LYRICS200") and last[-15:-9].isdigit():
        return int(last[-15:-9]) + 15
    if last.endswith(b"LYRICSEND"):
        lyrics = _at(file, max(stop - _LYRICS_1, 0), min(stop, _LYRICS_1))
        begin = lyrics.rfind(b"LYRICSBEGIN")
        return len(lyrics) - begin if begin >= 0 else 0
    if last[-10:].startswith(b"3DI"):
        return 20 + _seven_bits(last[-4:])
    return 0


def _at(file: BinaryIO, position: int, size: int) -> bytes:
    """Return up to ``size`` bytes from a position on; none where there is no such position."""
    if position < 0:
        return b""
    file.seek(position)
    return file.read(size)


def _seven_bits(digits: bytes) -> int:
    """Return the number that four bytes of seven bits each make."""
    number = 0
    for digit in digits:
        number = number << 7 | digit & 0x7F
    return number
