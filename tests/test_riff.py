"""What stands behind the sound of a WAV and its kin, and sizes that its writer did not know."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from deepspectrum_features.sound.containers.riff import Sound, find_sound
from deepspectrum_features.testing import tone

RATE = 16000
SOUND = tone(440, 0.5)
FORMS = ["WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "AU"]


def encoded(form: str, subtype: str = "PCM_16", **options: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, SOUND, RATE, format=form, subtype=subtype, **options)
    return stream.getvalue()


def found(content: bytes) -> Sound:
    sound = find_sound(io.BytesIO(content), len(content))
    assert sound is not None
    return sound


def corrected(content: bytes) -> bytes:
    """Put what ought to stand in a header into it."""
    for start, stop, right in reversed(found(content).corrections):
        content = content[:start] + right + content[stop:]
    return content


def samples_of(content: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(content), dtype="int16")[0]


def wav(size: int, content: bytes, order: str = "<") -> bytes:
    """Write a WAV of 16-bit samples that announces ``size`` bytes of them."""
    form = struct.pack(order + "IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    head = b"RIFF" if order == "<" else b"RIFX"
    data = b"data" + struct.pack(order + "I", size)
    return (
        head
        + struct.pack(order + "I", min(size + 36, 0xFFFFFFFF))
        + b"WAVEfmt "
        + form
        + data
        + content
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_sound_is_found_and_nothing_is_behind_it(form: str) -> None:
    content = encoded(form)
    sound = found(content)
    order = ">i2" if form in ("AIFF", "CAF", "AU") else "<i2"
    there = np.frombuffer(content[sound.stop - 2 * len(SOUND) : sound.stop], order)
    np.testing.assert_array_equal(there, samples_of(content))
    assert there.any()
    assert (sound.behind, sound.corrections) == (0, ())


@pytest.mark.parametrize("form", FORMS)
def test_bytes_that_are_no_chunk_are_counted(form: str) -> None:
    content = encoded(form)
    assert found(content + bytes(1000)).behind == 1000
    noise = np.random.default_rng(0).bytes(1001)
    assert found(content + noise).behind == 1001
    assert found(content + content).behind == len(content), "another recording behind it"
    assert found(content + b"TAG" + bytes(125)).behind == 0, "ID3v1"


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + bytes(len(content) % 2)


@pytest.mark.parametrize("order", ["<", ">"])
def test_chunks_behind_the_sound_belong_to_it(order: str) -> None:
    for name in (b"LIST", b"id3 ", b"bext", b"iXML", b"cue ", b"JUNK", b"_PMX", b"ABCD"):
        content = wav(8, bytes(8), order) + chunk(name, b"odd" * 3, order)
        assert found(content).behind == 0
        assert found(content + chunk(b"LIST", bytes(400), order)).behind == 0
        assert found(content + bytes(400)).behind == 400
        second = chunk(b"data", bytes(400), order)
        assert found(content + second).behind == 408, "of two chunks of sound one is read"


def test_chunks_behind_an_odd_number_of_bytes() -> None:
    extra = chunk(b"LIST", b"INFO")
    assert found(wav(7, bytes(7)) + b"\0" + extra).behind == 0
    assert found(wav(7, bytes(7)) + extra).behind == 0, "some writers forget the byte between"


def test_a_header_that_was_never_brought_up_to_date() -> None:
    samples = np.arange(1, 8001, dtype="<i2")
    sound = found(wav(6000, samples.tobytes()))
    assert (sound.start, sound.stop, sound.behind) == (44, 6044, 10000)


@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_sound_without_a_size_ends_with_the_file(form: str, size: int) -> None:
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM"):
        if form == "WAVEX" and subtype == "MS_ADPCM":
            continue
        content = encoded(form, subtype)
        place = content.index(b"data") + 4
        unknown = content[:place] + struct.pack("<I", size) + content[place + 4 :]
        sound = found(unknown)
        assert (sound.stop, sound.behind) == (len(content), 0)
        got, expected = samples_of(corrected(unknown)), samples_of(content)
        np.testing.assert_array_equal(got[: len(expected)], expected)
        assert len(got) - len(expected) < 600, "ADPCM: its last block is filled up"


def test_sizes_that_other_containers_leave_open() -> None:
    rf64 = encoded("RF64")
    place = rf64.index(b"ds64") + 16
    open_rf64 = rf64[:place] + bytes(8) + rf64[place + 8 :]
    caf = encoded("CAF")
    place = caf.index(b"data") + 4
    open_caf = caf[:place] + b"\xff" * 8 + caf[place + 8 :]
    open_rifx = wav(0, np.arange(-300, 300, dtype=">i2").tobytes(), ">")
    np.testing.assert_array_equal(samples_of(corrected(open_rifx)), np.arange(-300, 300))
    for unknown in (open_rf64, open_caf):
        np.testing.assert_array_equal(samples_of(corrected(unknown)), samples_of(rf64))
    au = encoded("AU")
    for size in (bytes(4), b"\xff" * 4):
        open_au = au[:8] + size + au[12:]
        assert (found(open_au).stop, found(open_au).behind) == (len(au), 0)
        np.testing.assert_array_equal(samples_of(corrected(open_au)), samples_of(au))


def test_no_sound_and_no_chunk_at_all() -> None:
    assert found(wav(0, b"")) == Sound(44, 44)
    assert found(wav(0, chunk(b"LIST", b"INFO"))) == Sound(44, 44)
    for content in (b"", b"RIFF", b"RIFFxxxxWAVE", b"fLaC" + bytes(100), b".snd" + bytes(3)):
        assert find_sound(io.BytesIO(content), len(content)) is None
    w64 = encoded("W64")
    for cut in range(200):
        find_sound(io.BytesIO(w64[:cut]), cut)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_beyond_4_gb_the_sound_is_said_to_be_long(tmp_path: Path, size: int) -> None:
    """A file with a hole in it, which takes no room on the disk."""
    path, length = tmp_path / "a.wav", (1 << 32) + 4000
    path.write_bytes(wav(size, b"\x01\x02\x03\x04"))
    with path.open("r+b") as stream:
        stream.truncate(44 + length)
        sound = find_sound(stream, 44 + length)
    assert sound is not None
    assert (sound.start, sound.stop, sound.behind) == (44, 44 + length, 0)
