"""Bytes that a container announces and that are not there: as many as were cut off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import encode

from deepspectrum_features.sound.containers.boxes import missing_bytes
from deepspectrum_features.testing import tone

SOUND = np.tile(tone(300, 0.5)[:, None], (4, 1))
SEGMENT, UNKNOWN = bytes.fromhex("18538067"), b"\x01" + b"\xff" * 7
CONTAINERS = [
    ("a.mka", "flac"), ("a.webm", "libopus"), ("a.avi", "pcm_s16le"), ("a.mov", "pcm_s16le"),
    ("a.m4a", "aac"), ("a.wma", "wmav1"), ("a.aiff", ""), ("a.wav", ""), ("a.caf", ""),
]  # fmt: skip


def made(folder: Path, name: str, codec: str) -> Path:
    """Make two seconds of sound, its index in front of it."""
    if not codec:
        soundfile.write(folder / name, SOUND, 16000)
        return folder / name
    options = {"movflags": "faststart"} if name.startswith("a.m") and "k" not in name else {}
    rate = {"libopus": 48000, "wmav1": 44100}.get(codec, 16000)
    return encode(folder / name, SOUND, codec=codec, rate=rate, bits=64000, **options)


@pytest.mark.parametrize(("name", "codec"), CONTAINERS)
def test_as_many_are_missing_as_were_cut_off(tmp_path: Path, name: str, codec: str) -> None:
    path = made(tmp_path, name, codec)
    content = path.read_bytes()
    assert missing_bytes(path) == 0
    for junk in (bytes(100), b"TAG" + bytes(125), b"\xff" * 30):
        path.write_bytes(content + junk)
        assert missing_bytes(path) == 0, "what stands behind is no loss"
    for lost in (100, len(content) // 3, len(content) // 2):
        path.write_bytes(content[:-lost])
        # ASF has an index behind the sound, which may be lost whole
        assert missing_bytes(path) == lost or (name == "a.wma" and lost == 100)


def test_segments_of_unknown_length_are_looked_into(tmp_path: Path) -> None:
    path = made(tmp_path, "a.mka", "flac")
    content = path.read_bytes()
    place = content.index(SEGMENT) + len(SEGMENT)
    content = content[:place] + UNKNOWN + content[place + 8 :]
    path.write_bytes(content)
    assert missing_bytes(path) == 0
    cluster = content.index(bytes.fromhex("1f43b675"))
    path.write_bytes(content[: cluster + 1000])
    assert 0 < missing_bytes(path) < len(content) - cluster - 1000 + 1


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\0\0\0\x18ftyp", b"\x1a\x45\xdf\xa3", b"caff"])
def test_a_few_bytes_are_no_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert 0 <= missing_bytes(tmp_path / "a") < 2**64


@pytest.mark.parametrize("length", [0, 2**32 - 1])
def test_writers_to_a_pipe_do_not_know(tmp_path: Path, length: int) -> None:
    path = made(tmp_path, "a.wav", "")
    content = path.read_bytes()
    path.write_bytes(content[:4] + length.to_bytes(4, "little") + content[8:2000])
    assert missing_bytes(path) == 0


def test_boxes_of_over_4_gb_have_longer_lengths(tmp_path: Path) -> None:
    boxes = b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\0\0\0\1mdat" + (2**33).to_bytes(8)
    (tmp_path / "a.m4a").write_bytes(boxes + bytes(1000))
    assert missing_bytes(tmp_path / "a.m4a") == 2**33 - 16 - 1000
