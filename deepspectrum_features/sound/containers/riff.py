"""WAV and its kin: where their sound stands, and whether chunks account for the rest of the file.

The size of the sound is wrong where it did not fit into its field (beyond 4 GB it wraps), and where
the header was never brought up to date: what stands behind the sound then is no chunk. A writer to
a pipe announces 0, or the greatest number there is: its sound ends with the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from deepspectrum_features.sound.containers.tags import tags_behind

_SOUND = (b"data", b"SSND", b"BODY")
_GREATEST = (1 << 32) - 1  # size in WAV
_AU_HEAD, _SPHERE_HEAD = 24, 1024
_SPHERE_NUMBERS = (b"sample_count", b"sample_n_bytes", b"channel_count")
#: What writers to a pipe announce, from and to: they cannot know.
_UNKNOWN = (
    (0, 0),
    (0x7EFFFF00, 0x7F000100),
    (0x7FFF0000, 0x80000000),
    (0xFFFF0000, _GREATEST),
    (1 << 62, 1 << 64),
)
_LONG_SIZES = struct.Struct("<4sI4s4sIQQQI")  # how an RF64 begins


class Sound(NamedTuple):
    """Where the sound of a file stands.

    Attributes
    ----------
    start, stop : int
        Its bytes, from and to.
    missing : int
        Bytes of it that are announced beyond the end of the file.
    behind : int
        Bytes behind it that are neither chunks nor a tag.
    corrections : tuple of (int, int, bytes)
        What has to stand in the header for libsndfile to read to ``stop``: in place of the bytes
        from and to.
    """

    start: int
    stop: int
    missing: int = 0
    behind: int = 0
    corrections: tuple[tuple[int, int, bytes], ...] = ()


class _Form(NamedTuple):
    """How a family of files writes chunks: where the first stands, bytes of a name, the size."""

    first: int
    name: int
    size: struct.Struct
    with_head: bool = False  # whether a size includes name and size
    step: int = 2
    lead: int = 0  # bytes in front of the samples in their chunk

    @property
    def head(self) -> int:
        """Bytes of name and size."""
        return self.name + self.size.size


_FORMS = {
    b"RIFF": _Form(12, 4, struct.Struct("<I")),
    b"RF64": _Form(12, 4, struct.Struct("<I")),
    b"RIFX": _Form(12, 4, struct.Struct(">I")),
    b"FORM": _Form(12, 4, struct.Struct(">I"), lead=8),
    b"riff": _Form(40, 16, struct.Struct("<Q"), with_head=True, step=8),  # W64
    b"caff": _Form(8, 4, struct.Struct(">Q"), step=1, lead=4),
}
_OTHER_FILES = (*_SOUND, *_FORMS, b".snd")  # behind the sound they are no part of it


class _Chunk(NamedTuple):
    """A chunk: its name, and the bytes of what it holds, from and to."""

    name: bytes
    start: int
    stop: int


def find_sound(file: BinaryIO, size: int) -> Sound | None:
    """Find the sound of a WAV, AIFF, AU or the like of ``size`` bytes; None in any other file."""
    file.seek(0)
    kind, start, length = struct.unpack(">4sII", file.read(12).ljust(12))
    if kind == b".snd" and size >= _AU_HEAD:
        return _sound_of_au(file, start, length, size)
    if kind == b"NIST":
        return _sound_of_sphere(file, size)
    form, long_sizes = _FORMS.get(kind), 0
    for chunk in _chunks(file, form, form.first, size) if form else ():
        if chunk.name == b"ds64":
            long_sizes = chunk.start + 8
        if form and chunk.name in _SOUND:
            if long_sizes and chunk.stop - chunk.start == _GREATEST:
                file.seek(long_sizes)
                length = int.from_bytes(file.read(8), "little")
                chunk = chunk._replace(stop=chunk.start + length)
            return _sound_of_chunk(file, kind, chunk, size, long_sizes)
    return None


def _sound_of_au(file: BinaryIO, start: int, length: int, size: int) -> Sound:
    """Return the sound of an AU, which has no chunks."""
    stop = start + length
    missing = max(stop - size, 0) if length < _GREATEST else 0
    if length in (0, _GREATEST) or (length >> 31 and stop >= size):  # libsndfile fails at 2 GB
        return Sound(start, size, missing, corrections=((8, 12, b"\xff" * 4),))
    behind = max(tags_behind(file) - stop, 0)
    return Sound(start, min(stop, size), missing, behind)


def _sound_of_sphere(file: BinaryIO, size: int) -> Sound | None:
    """Return the sound of a NIST SPHERE, whose header is text; None where that tells no length."""
    file.seek(0)
    lines = file.read(_SPHERE_HEAD).split(b"end_head")[0].splitlines()
    facts = {line.split()[0]: line.split()[-1] for line in lines if line.strip()}
    numbers = [facts.get(name, b"") for name in _SPHERE_NUMBERS]
    if len(lines) < 2 or not all(number.isdigit() for number in (lines[1].strip(), *numbers)):
        return None
    start, (count, width, channels) = int(lines[1]), map(int, numbers)
    stop = start + count * width * channels
    return Sound(start, min(stop, size), max(stop - size, 0))


def _sound_of_chunk(
    file: BinaryIO, kind: bytes, chunk: _Chunk, size: int, long_sizes: int
) -> Sound:
    """Compare a chunk of sound with its file."""
    form, (_, start, stop) = _FORMS[kind], chunk
    announced, first = stop - start, start + form.lead * (chunk.name != b"BODY")
    if stop == size and announced < _GREATEST:
        return Sound(first, stop)
    pads = {0, stop % 2} if form.step == 2 else {0}  # some writers forget it
    behind = min(_unexplained(file, form, stop + pad, size) for pad in pads)
    unknown = any(low <= announced <= high for low, high in _UNKNOWN)
    if unknown and (stop > size or announced == _GREATEST or behind):
        return Sound(first, size, corrections=_corrections(kind, chunk, size, long_sizes))
    missing = max(stop - size, 0)  # libsndfile refuses a CAF where there are some
    right = _corrections(kind, chunk, size, 0) if missing and kind == b"caff" else ()
    return Sound(first, min(stop, size), missing, behind, right)


def _chunks(file: BinaryIO, form: _Form, place: int, size: int) -> Iterator[_Chunk]:
    """Yield one chunk behind the other, as far as they have names."""
    while place < size:
        file.seek(place)
        head = file.read(form.head)
        name = head[:4]
        if len(head) < form.head or not (name.isascii() and name.decode("ascii").isprintable()):
            return
        length = form.size.unpack_from(head, form.name)[0] - form.head * form.with_head
        if length < 0:
            return
        place += form.head
        yield _Chunk(name, place, place + length)
        place += length
        place += -place % form.step


def _unexplained(file: BinaryIO, form: _Form, place: int, size: int) -> int:
    """Count the bytes from ``place`` on that are neither chunks nor a tag."""
    if place >= size:
        return 0
    for name, _, stop in _chunks(file, form, place, size):
        if stop > size or name in _OTHER_FILES:
            break
        place = stop + -stop % form.step
    return max(tags_behind(file) - place, 0)


def _corrections(
    kind: bytes, chunk: _Chunk, size: int, long_sizes: int
) -> tuple[tuple[int, int, bytes], ...]:
    """Return what makes libsndfile read to the end of the file, where by itself it does not."""
    _, start, stop = chunk
    there = size - start
    if long_sizes:
        return ((long_sizes, long_sizes + 8, there.to_bytes(8, "little")),)
    if kind == b"caff":
        return ((start - 8, start, there.to_bytes(8)),)
    if stop > size or kind == b"riff":
        return ()
    if there <= _GREATEST:
        order: Literal["little", "big"] = "little" if kind == b"RIFF" else "big"
        return ((start - 4, start, there.to_bytes(4, order)),)
    if kind != b"RIFF":
        return ((start - 4, start, bytes(4)),)
    head = (b"RF64", _GREATEST, b"WAVE", b"ds64", 28, size + 28, there, 0, 0)
    return ((0, 12, _LONG_SIZES.pack(*head)), (start - 4, start, b"\xff" * 4))
