"""FLAC: how many samples its frames hold, seen from its first and last bytes alone (RFC 9639).

A writer to a pipe cannot go back to tell the length, so its header says 0; a header that was never
brought up to date tells too little, that of a file that was cut off too much. The frames know:
each carries its own place.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import BinaryIO, NamedTuple

from deepspectrum_features.sound.containers.flac_frames import (
    LONGEST_HEAD,
    Frame,
    Stream,
    frame_at,
    frames,
    is_whole,
)

MARK, TOTAL_AT = b"fLaC", 18
_INFO, _LAST_BLOCK = 0, 0x80
_TOTAL_BITS = 36  # the last of the 8 bytes that hold rate, channels, width and length
_TAILS = (1 << 16, 1 << 22)  # bytes searched for the last frame, the second if need be
_LOOK = 1 << 15  # bytes searched for some frame
_CANDIDATES = 8  # that are tried as the last frame


class Flac(NamedTuple):
    """What a FLAC file announces, and what is there.

    Attributes
    ----------
    announced : int
        Samples of each channel that its header tells; 0: its writer did not know.
    there : int
        Samples of each channel up to the end of its last whole frame.
    cut : int
        Samples of each channel in the frame behind that one, which is not whole.
    stop : int
        Where in the file the last whole frame ends.
    total : bytes
        What the 8 bytes of the header at `TOTAL_AT` ought to be.
    ordered : bool
        Whether frames in the midst of the file have numbers in the midst; where several files stand
        one behind the other they have not.
    """

    announced: int
    there: int
    cut: int
    stop: int
    total: bytes
    ordered: bool


def measure(file: BinaryIO) -> Flac | None:
    """Compare the length that a FLAC file announces with its last frame.

    Parameters
    ----------
    file : binary file
        From the mark ``fLaC`` to the end of the last frame, without tags.

    Returns
    -------
    Flac or None
        None where it is not seen, as the header is damaged, or there is much behind the last frame.
    """
    stop = file.seek(0, 2)
    file.seek(0)
    head = file.read(TOTAL_AT + 8)
    if len(head) < TOTAL_AT + 8 or head[4] & ~_LAST_BLOCK != _INFO:
        return None
    old = int.from_bytes(head[TOTAL_AT:])
    announced = old & ((1 << _TOTAL_BITS) - 1)
    begin = _first_frame(file, len(MARK))
    first = frame_at(_bytes_at(file, begin, LONGEST_HEAD), 0, 0)
    if first is None:
        return None if announced else Flac(0, 0, 0, begin, head[TOTAL_AT:], ordered=True)
    stream = Stream(_bytes_at(file, begin, 2), first.stop - first.first)
    found = _last_whole(file, stream, begin, stop)
    if found is None and announced and stop - begin > _TAILS[-1]:
        return None
    last, end, cut = found or (Frame(0, 0, 0), begin, stream.block)
    total = (old - announced + last.stop).to_bytes(8)
    ordered = _are_ordered(file, stream, (begin, stop), last.stop)
    return Flac(announced, last.stop, cut, end, total, ordered)


def further_marks(file: BinaryIO) -> list[int]:
    """Return where other FLAC files begin behind the first, as ``cat`` leaves them."""
    mark = re.compile(re.escape(MARK) + rb"[\x00\x80]\x00\x00\x22")
    found: list[int] = []
    place = len(MARK)
    while True:
        file.seek(place)
        content = file.read(1 << 20)
        found += [place + match.start() for match in mark.finditer(content)]
        if len(content) < 1 << 20:
            return found
        place += len(content) - 7  # a mark may stand across


def _first_frame(file: BinaryIO, place: int) -> int:
    """Return where the metadata end that begin at ``place``."""
    while True:
        file.seek(place)
        head = file.read(4)
        place += 4 + int.from_bytes(head[1:])
        if len(head) < 4 or head[0] & _LAST_BLOCK:
            return place


def _last_whole(
    file: BinaryIO, stream: Stream, begin: int, stop: int
) -> tuple[Frame, int, int] | None:
    """Return the last frame whose checksum is right, where it ends, and the samples behind it."""
    for tail in _TAILS:
        start = max(begin, stop - tail)
        content = _bytes_at(file, start, max(stop - start, 0))
        found = list(frames(content, stream))
        ends = [*(frame.place for frame in found[1:]), len(content)]
        cut = 0
        for frame, end in list(zip(found, ends, strict=False))[: -_CANDIDATES - 1 : -1]:
            whole = is_whole(content[frame.place : end])
            if whole and (cut == 0 or start == begin or tail == _TAILS[-1]):
                return frame, start + end, cut
            cut = frame.stop - frame.first
    return None


def _are_ordered(file: BinaryIO, stream: Stream, borders: tuple[int, int], stop: int) -> bool:
    """Whether three frames in the midst of the file stand in order, and before sample ``stop``."""
    begin, end = borders
    places = [begin + (end - begin) * quarter // 4 for quarter in (1, 2, 3)]
    looks = (frames(_bytes_at(file, place, _LOOK), stream) for place in places)
    firsts = [frame.first for found in looks for frame in islice(found, 1)]
    return firsts == sorted(firsts) and max(firsts, default=0) <= stop


def _bytes_at(file: BinaryIO, place: int, size: int) -> bytes:
    """Return up to ``size`` bytes from a place on."""
    file.seek(place)
    return file.read(size)
