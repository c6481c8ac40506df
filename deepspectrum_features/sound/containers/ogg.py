"""Ogg: a file of pages, and the links of sound that they carry, without decoding any."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

MARK = b"OggS"
_HEADER = struct.Struct("<4sBBqIIIB")
_MOST_LACING, _HEAD = 255, 64
_BEGINS, _ENDS = 2, 4  # flags of a page
_BLOCK = 1 << 16
_CODECS = {b"\x01vorbis": "vorbis", b"OpusHead": "opus", b"\x7fFLAC": "flac", b"Speex   ": "speex"}


class Page(NamedTuple):
    """One page: where it stands, and what its header says.

    Attributes
    ----------
    start, body, stop : int
        Its first byte, the first of its contents, and the one behind it. Of a page that was cut
        off, ``stop`` is where it ought to end.
    flags : int
    granule : int
        Its codec's count of samples up to the end of this page; -1 where nothing ends on it.
    serial, number : int
        Which stream it belongs to, and which page of it it is.
    head : bytes
        The first of its contents, 64 bytes at most.
    whole : bool
        Whether all of it is there.
    """

    start: int
    body: int
    stop: int
    flags: int
    granule: int
    serial: int
    number: int
    head: bytes
    whole: bool


@dataclass
class Link:
    """A stream of sound: the pages from one that begins it to the next such page or the end.

    Attributes
    ----------
    codec : str
        ``vorbis``, ``opus``, ``flac``, ``speex``, or empty for what is no sound.
    pieces : list of (int, int)
        The bytes of the file that make it, from and to: whole pages; of FLAC their contents, which
        are a plain FLAC file but for its first 9 bytes.
    granule : int
        Samples up to the end of its last whole page, as its codec counts them.
    missing : int
        Samples that pages announce which are not all there.
    lost_pages : int
        Pages that are not there, by their numbers, among those that carry sound.
    ended : bool
        Whether a page says that it is the last.
    """

    codec: str
    pieces: list[tuple[int, int]] = field(default_factory=list)
    granule: int = 0
    missing: int = 0
    lost_pages: int = 0
    ended: bool = False
    _next: int = 0  # number of the page that ought to follow

    def take(self, page: Page) -> None:
        """Add a page."""
        beyond = max(page.granule - self.granule, 0)
        if not page.whole:
            self.missing += beyond
            return
        if self.granule:  # recordings of a broadcast jump to where they begin
            self.lost_pages += max(page.number - self._next, 0)
        self._next = page.number + 1
        self.granule += beyond
        self.ended |= bool(page.flags & _ENDS)
        start = page.body if self.codec == "flac" else page.start
        if self.pieces and self.pieces[-1][1] == start:
            start = self.pieces.pop()[0]
        self.pieces.append((start, page.stop))


def links(file: BinaryIO) -> list[Link]:
    """Return the streams of sound that stand one behind the other, each with its pages.

    Where several stand side by side, as in a film, the first of them that is sound.

    Parameters
    ----------
    file : binary file
        Of any position; only the headers of its pages are read.
    """
    found: list[Link] = []
    side_by_side: dict[int, Link] = {}
    beginning = False  # whether the page before began a stream too
    for page in pages(file):
        if page.flags & _BEGINS:
            if not beginning:
                side_by_side = {}
            link = Link(_codec_of(page.head))
            if link.codec and not any(other.codec for other in side_by_side.values()):
                found.append(link)
            side_by_side[page.serial] = link
        beginning = bool(page.flags & _BEGINS)
        if page.serial in side_by_side:
            side_by_side[page.serial].take(page)
    return found


def pages(file: BinaryIO) -> Iterator[Page]:
    """Yield every page of an Ogg file in order; what stands between them is passed over."""
    size = file.seek(0, 2)
    page = _page_at(file, _next_mark(file, 0), size)
    while page is not None:
        following = _page_at(file, page.stop, size)
        if following is None:
            place = _next_mark(file, page.start + len(MARK))
            if place is not None and place < page.stop:  # cut off, and another file behind it
                page = page._replace(whole=False)
            following = _page_at(file, place, size)
        yield page
        page = following


def _page_at(file: BinaryIO, start: int | None, size: int) -> Page | None:
    """Read the header of the page that begins at a place; None where no whole header does."""
    if start is None:
        return None
    file.seek(start)
    content = file.read(_HEADER.size + _MOST_LACING + _HEAD)
    if len(content) < _HEADER.size or not content.startswith(MARK):
        return None
    _, _, flags, granule, serial, number, _, segments = _HEADER.unpack_from(content)
    body = start + _HEADER.size + segments
    stop = body + sum(content[_HEADER.size : _HEADER.size + segments])
    head = content[_HEADER.size + segments :][:_HEAD]
    return Page(start, body, stop, flags, granule, serial, number, head, body <= size >= stop)


def _next_mark(file: BinaryIO, start: int) -> int | None:
    """Return where the next page begins, from ``start`` on."""
    file.seek(start)
    while len(block := file.read(_BLOCK)) >= len(MARK):
        place = block.find(MARK)
        if place >= 0:
            return start + place
        start += len(block) - len(MARK) + 1
        file.seek(start)
    return None


def _codec_of(head: bytes) -> str:
    """Return the codec whose first packet begins so, or nothing."""
    return next((codec for mark, codec in _CODECS.items() if head.startswith(mark)), "")
