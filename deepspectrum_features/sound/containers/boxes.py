"""How far a file ought to reach, by the lengths of the outermost boxes of its container.

Phones, cameras and browsers write a recording in boxes that say how long they are: MPEG-4 and its
kin, RIFF (AVI, WAV), AIFF, CAF, Matroska, ASF. Where the last one is longer than what is left of
the file, it was cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_ISO = frozenset(
    b"ftyp moov mdat free skip wide moof mfra sidx ssix styp uuid udta meta pnot emsg prft".split()
)
_CAF = frozenset(
    b"desc data pakt kuki chan free info mark regn strg inst midi ovvw peak edct umid uuid".split()
)
_ASF = frozenset(bytes.fromhex(start) for start in ("3026b275", "3626b275", "90080033", "d329e2d6"))
_SEGMENT = bytes.fromhex("18538067")
_EBML = frozenset(
    bytes.fromhex(name)
    for name in (
        "1a45dfa3 18538067 1f43b675 114d9b74 1549a966 1654ae6b 1c53bb6b 1254c367 1043a770 "
        "1941a469 ec bf"
    ).split()
)
_HEADER = 24  # bytes: the longest header of a box


def missing_bytes(path: Path) -> int:
    """Count the bytes that the last box of a file announces, and that are not there."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(_HEADER)
        length_of, position = _family(start)
        while length_of and position < size:
            stream.seek(position)
            length = length_of(stream.read(_HEADER))
            if not length:
                return 0
            position += length
    return max(position - size, 0)


def _family(start: bytes) -> tuple[Callable[[bytes], int] | None, int]:
    """Return what measures a file's boxes, and where the first one begins."""
    if start[4:8] in _ISO:
        return _iso, 0
    if start[:4] in (b"RIFF", b"FORM"):
        return _riff, 0
    if start[:4] == b"caff":
        return _caf, 8
    if start[:4] in _EBML:
        return _ebml, 0
    return (_asf, 0) if start[:4] in _ASF else (None, 0)


def _iso(header: bytes) -> int:
    """Measure a box of MPEG-4; 0: it ends with the file, or is none."""
    if header[4:8] not in _ISO:
        return 0
    short = int.from_bytes(header[:4])
    return int.from_bytes(header[8:16]) if short == 1 else short


def _riff(header: bytes) -> int:
    """Measure a RIFF or FORM chunk; 0: unknown to its writer, or none."""
    if header[:4] not in (b"RIFF", b"FORM"):
        return 0
    length = int.from_bytes(header[4:8], "little" if header[:4] == b"RIFF" else "big")
    return 0 if length in (0, 0xFFFFFFFF) else 8 + length


def _caf(header: bytes) -> int:
    """Measure a chunk of CAF; 0: it ends with the file, or is none."""
    if header[:4] not in _CAF:
        return 0
    length = int.from_bytes(header[4:12])
    return 0 if length >> 63 else 12 + length


def _asf(header: bytes) -> int:
    """Measure an object of ASF; 0: unknown to its writer, or none."""
    return int.from_bytes(header[16:24], "little") if header[:4] in _ASF else 0


def _ebml(header: bytes) -> int:
    """Measure an element of Matroska; a segment of unknown length is entered."""
    name = header[: _width(header)]
    size = header[len(name) :]
    width = _width(size)
    if name not in _EBML or not width:
        return 0
    unknown = (1 << 7 * width) - 1
    length = int.from_bytes(size[:width]) & unknown
    if length == unknown:
        return len(name) + width if name == _SEGMENT else 0
    return len(name) + width + length


def _width(number: bytes) -> int:
    """Return how many bytes a number of EBML takes, which its leading zeros say."""
    return 9 - number[0].bit_length() if number and number[0] else 0
