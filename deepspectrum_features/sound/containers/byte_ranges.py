"""Parts of a file read as if they were a file: for decoders that stumble over the rest."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

_TAG = 128  # bytes of an ID3v1 tag

#: Bytes of one's own, or the first and the one behind the last of a stretch of the file.
Piece = bytes | tuple[int, int]


def view(path: Path, pieces: Sequence[Piece], claimed: int = 0) -> io.BufferedReader:
    """Open some pieces of a file, one behind the other, for reading and seeking.

    Parameters
    ----------
    path : Path
    pieces : sequence of Piece
    claimed : int, bytes
        The size that a seek to the end finds, where it is more than there is. Reading ends behind
        the pieces; only the last bytes of the size can be read again, as zeros, where a decoder
        looks for a tag.

    Raises
    ------
    OSError
        If the file cannot be opened. Where it cannot be read later on, the view ends.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a")
    >>> _ = path.write_bytes(b"junk deep junk spectrum")
    >>> view(path, [(5, 9), b" ", (15, 23)]).read()
    b'deep spectrum'
    """
    return io.BufferedReader(_Pieces(path, pieces, claimed), 1 << 16)


def part(pieces: Sequence[Piece], start: int, stop: int) -> list[Piece]:
    """Return the pieces that make bytes ``start`` to ``stop`` of what others make.

    Examples
    --------
    >>> part([(5, 9), b"own", (15, 23)], 2, 8)
    [(7, 9), b'own', (15, 16)]
    """
    found: list[Piece] = []
    for piece in pieces:
        length = len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
        first, last = max(start, 0), min(stop, length)
        if first < last and isinstance(piece, bytes):
            found.append(piece[first:last])
        elif first < last:
            found.append((piece[0] + first, piece[0] + last))
        start, stop = start - length, stop - length
    return found


class _Pieces(io.RawIOBase):
    """The pieces without a buffer."""

    def __init__(self, path: Path, pieces: Sequence[Piece], claimed: int) -> None:
        self.name = str(path)
        self._file = path.open("rb", buffering=0)
        self._pieces = pieces
        lengths = (len(one) if isinstance(one, bytes) else one[1] - one[0] for one in pieces)
        self._starts = list(accumulate(lengths, initial=0))  # and the end of all
        self._size = max(claimed, self._starts[-1])
        self._position = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the number of the byte that is read next."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        self._position = max(base[whence] + offset, 0)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer from one piece; 0 bytes at the end of all."""
        number = bisect_right(self._starts, self._position) - 1
        if number < len(self._pieces):
            first = self._position - self._starts[number]
            size = min(len(buffer), self._starts[number + 1] - self._position)
            data = self._read(self._pieces[number], first, size)
        else:
            left = self._size - self._position
            data = bytes(min(left, len(buffer))) if 0 < left <= _TAG else b""
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
        super().close()

    def _read(self, piece: Piece, first: int, size: int) -> bytes:
        """Return up to ``size`` bytes of a piece; none where the file cannot be read any more."""
        if isinstance(piece, bytes):
            return piece[first : first + size]
        try:  # an error would not get through the C code that asks
            self._file.seek(piece[0] + first)
            return self._file.read(size)
        except OSError:
            return b""
