"""Recordings whose container says something else than what is in it, as libsndfile reads them.

libsndfile believes the header, and reads one recording a file. Where that is not the whole truth it
gets a view of the file that says it: a FLAC with its true length, a WAV with its size, the links of
an Ogg file one by one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.containers import flac, ogg
from deepspectrum_features.sound.containers.byte_ranges import Piece, part, view
from deepspectrum_features.sound.containers.chain import Chain
from deepspectrum_features.sound.containers.libsndfile import SndfileSound
from deepspectrum_features.sound.containers.riff import Sound, find_sound
from deepspectrum_features.sound.containers.tags import tags_before, tags_behind

_OPUS_RATE = 48_000  # Hz: Opus counts so, whatever the rate
_FLAC_IN_OGG = 9  # bytes in front of a plain FLAC
_TOLERANCE = 100  # a part of a second: bytes behind the sound that would last longer are said


def open_whole(path: Path, file: BinaryIO) -> SndfileSound | Chain:
    """Open a recording that libsndfile reads, all of it.

    Parameters
    ----------
    path : Path
    file : binary file
        The same, open for reading.

    Raises
    ------
    AudioError
        If libsndfile does not know it.
    """
    size, start = os.fstat(file.fileno()).st_size, tags_before(file)
    file.seek(start)
    mark = file.read(4)
    if mark == flac.MARK:
        return _open_flac(path, [(start, tags_behind(file))])
    if chain := ogg.links(file) if mark == ogg.MARK else []:
        openers = [partial(_open_link, path, link) for link in chain]
        return Chain(openers) if len(openers) > 1 else openers[0]()
    sound = find_sound(file, size)
    return SndfileSound(path) if sound is None else _open_chunks(path, size, sound)


def _open_flac(path: Path, pieces: Sequence[Piece]) -> SndfileSound | Chain:
    """Open the FLAC that pieces of a file make."""
    with view(path, pieces) as file:
        found = flac.measure(file)
        if found is None or (found.announced == found.there > 0 and found.ordered):
            return _open(path, pieces)
        borders = [0, *flac.further_marks(file), file.seek(0, 2)]
    if len(borders) > 2:
        files = [part(pieces, start, stop) for start, stop in pairwise(borders)]
        return Chain([partial(_open_flac, path, one) for one in files])
    if found.cut and found.announced == found.there + found.cut and _decodes(path, pieces, found):
        return _open(path, pieces)
    front = part(pieces, 0, flac.TOTAL_AT)
    frames = part(pieces, flac.TOTAL_AT + len(found.total), found.stop)
    sound = _open(path, [*front, found.total, *frames])
    sound.frames, sound.lost = found.there, max(found.announced - found.there, found.cut)
    return sound


def _decodes(path: Path, pieces: Sequence[Piece], found: flac.Flac) -> bool:
    """Whether the last frame of a FLAC is whole after all, and what is behind it no sound."""
    with _open(path, pieces) as sound:
        last = np.empty((found.cut, sound.channels), np.float32)
        try:
            sound.seek(found.there)
            return len(sound.read(last)) == found.cut
        except AudioError:
            return False


def _open_link(path: Path, link: ogg.Link) -> SndfileSound | Chain:
    """Open a link of an Ogg file."""
    if link.codec == "flac":
        sound = _open_flac(path, part(link.pieces, _FLAC_IN_OGG, path.stat().st_size))
    else:
        sound = _open(path, link.pieces)
    rate = _OPUS_RATE if link.codec == "opus" else sound.sample_rate
    sound.lost = max(sound.lost, link.missing * sound.sample_rate // rate)
    remarks = ["no end mark, may be cut off"] if not link.ended else []
    if link.lost_pages:
        remarks.append(f"pages missing: {link.lost_pages}")
    sound.remark = "; ".join(remarks)
    return sound


def _open_chunks(path: Path, size: int, found: Sound) -> SndfileSound:
    """Open a WAV or one of its kin."""
    if not (found.missing or found.behind or found.corrections):
        return SndfileSound(path)
    pieces: list[Piece] = [(0, found.stop if found.behind else size)]
    for start, stop, right in reversed(found.corrections):
        pieces = [*part(pieces, 0, start), right, *part(pieces, stop, size + len(right))]
    sound = _open(path, pieces)
    there = found.stop - found.start
    sound.lost = round(sound.frames * found.missing / there) if there > 0 else 0
    if found.behind * sound.frames * _TOLERANCE > there * sound.sample_rate:
        sound.remark = f"{found.behind} bytes behind the sound data are not read"
    elif found.missing and not sound.exact_seeks:  # codecs lose all of a block that is not whole
        sound.remark = f"bytes of the sound data missing: {found.missing}"
    return sound


def _open(path: Path, pieces: Sequence[Piece]) -> SndfileSound:
    """Let libsndfile read pieces of a file."""
    whole = list(pieces) == [(0, path.stat().st_size)]
    return SndfileSound(path if whole else view(path, pieces))
