"""MP3 and its elder kin: all frames of all streams, their true length, and what cut them off.

FFmpeg is the judge: of the lengths of frames, of what they decode to, of where they end.
"""

from __future__ import annotations

import io
import itertools
import tracemalloc
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from encoded import encode
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.audio import AudioHeader, open_sound, scan
from deepspectrum_features.sound.containers import mpeg_streams
from deepspectrum_features.sound.containers.mpeg_frames import frame_header
from deepspectrum_features.testing import chirp

RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
MODES = ["CONSTANT", "AVERAGE", "VARIABLE"]


def sound(rate: int, channels: int = 1, seconds: float = 1.3) -> NDArray[np.float32]:
    """Return something between silence and noise: frames of many sizes."""
    swept = chirp(100, 0.4 * rate, seconds, rate)
    noise = np.random.default_rng(rate).normal(0, 0.1, len(swept))
    swell = np.maximum(np.sin(np.arange(len(swept)) / rate * 7), 0)
    mixed = 0.3 * swept + swell * noise
    return np.stack([mixed, 0.5 * mixed[::-1]], 1)[:, :channels].astype(np.float32)


def mp3(mode: str, rate: int = 44100, channels: int = 1, seconds: float = 1.3) -> bytes:
    """Encode by LAME: a frame of numbers, and no tags."""
    file = io.BytesIO()
    options = {"compression_level": 0.6, "bitrate_mode": mode}
    soundfile.write(file, sound(rate, channels, seconds), rate, format="MP3", **options)
    return file.getvalue()


def frames(content: bytes) -> list[bytes]:
    """Return the frames of sound, as FFmpeg takes them apart: not the frame of numbers."""
    with av.open(io.BytesIO(content), format="mp3") as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def by_ffmpeg(content: bytes) -> NDArray[np.float32]:
    """Decode by FFmpeg: ``(samples, channels)``."""
    with av.open(io.BytesIO(content), format="mp3") as file:
        return np.concatenate([frame.to_ndarray().T for frame in file.decode(audio=0)])


def decoded(path: Path) -> NDArray[np.float32]:
    """Read all that is there, block by block."""
    blocks = []
    with open_sound(path) as opened:
        while len(block := opened.read(np.empty((3000, opened.channels), np.float32))):
            blocks.append(block)
    return np.concatenate(blocks)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.mp3"


@pytest.fixture
def terminal(capfd: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """Return what the decoder said, of which there must be nothing."""
    return capfd


def test_every_header_says_how_long_its_frame_is() -> None:
    """FFmpeg's parser finds three frames where three are made, and cuts between them."""
    known = 0
    for second, third, mode in itertools.product(range(0xE0, 0x100), range(0x100), (0x00, 0xC0)):
        four = bytes([0xFF, second, third, mode])
        header = frame_header(four)
        if second & 0x18 == 0x08 or second & 0x06 == 0 or third >> 4 in (0, 15) or third & 12 == 12:
            assert header is None
            continue
        assert header is not None
        known += 1
        parser = av.CodecContext.create("mp3", "r")
        frame = four + bytes(header.length - 4)
        found = [len(bytes(one)) for one in parser.parse(3 * frame) + parser.parse(None)]
        assert found == 3 * [header.length], four.hex()
    assert known == 3 * 3 * 14 * 3 * 2 * 2 * 2 * 2  # ... padding, private, protected, mono


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("rate", "channels"), quick_first([*itertools.product(RATES, [1, 2])]))
def test_whole_recordings_are_read_to_the_sample(
    path: Path, terminal: pytest.CaptureFixture[str], mode: str, rate: int, channels: int
) -> None:
    content = mp3(mode, rate, channels)
    bare = b"".join(frames(content))
    lengths = []
    for written in (content, bare):
        path.write_bytes(written)
        expected = by_ffmpeg(written)
        found = decoded(path)
        assert scan(path) == AudioHeader(len(expected), rate, channels, len(written))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
        assert not np.allclose(found[1:], expected[:-1], rtol=0, atol=1e-5)
        lengths.append(len(found))
    assert lengths[0] == round(1.3 * rate) < lengths[1], "numbers say what to trim"
    assert terminal.readouterr() == ("", "")


@pytest.mark.parametrize("rate", [16000, 44100])
def test_layer_two_is_read_to_its_end(path: Path, rate: int) -> None:
    path = encode(path.with_suffix(".mp2"), sound(rate), codec="mp2", rate=rate, bits=64000)
    expected = by_ffmpeg(path.read_bytes())
    assert scan(path).frames == len(expected)
    np.testing.assert_allclose(decoded(path), expected / 2**15, rtol=0, atol=2**-14)
    assert not np.allclose(decoded(path), expected / 2**14, rtol=0, atol=2**-14)


def test_layer_one_is_read_to_its_end(path: Path) -> None:
    four = bytes.fromhex("ffff40c0")  # 128 kbit/s, 44.1 kHz, one channel; zeros: all bands off
    header = frame_header(four)
    assert header is not None
    path.write_bytes(50 * (four + bytes(header.length - 4)))
    assert scan(path).frames == 50 * 384
    np.testing.assert_array_equal(decoded(path), np.zeros((50 * 384, 1)))


def test_frames_of_free_length_are_left_to_the_decoder(path: Path) -> None:
    content = b"".join(frames(mp3("CONSTANT", 48000)))
    length = len(frames(content)[0])
    free = bytearray(content)
    free[2::length] = bytes(byte & 0x0F for byte in free[2::length])
    path.write_bytes(free)
    np.testing.assert_allclose(decoded(path), by_ffmpeg(content), rtol=0, atol=1e-5)


# Cut off


@cache
def ends(mode: str, numbers: bool) -> tuple[bytes, set[int]]:
    """Return a recording with or without numbers, and where its frames end."""
    content = mp3(mode, 22050)
    lengths = [len(one) for one in frames(content)]
    before = len(content) - sum(lengths)
    kept = content if numbers else content[before:]
    return kept, set(itertools.accumulate(lengths, initial=before * numbers))


@settings(max_examples=60, deadline=None)
@given(mode=st.sampled_from(MODES), numbers=st.booleans(), size=st.floats(0.2, 1))
@example(mode="CONSTANT", numbers=True, size=1.0)
@example(mode="VARIABLE", numbers=False, size=1.0)
def test_wherever_it_is_cut_off_it_is_seen(
    tmp_path_factory: pytest.TempPathFactory, mode: str, numbers: bool, size: float
) -> None:
    content, whole = ends(mode, numbers)
    cut = content[: round(size * (len(content) - 1))]
    path = tmp_path_factory.getbasetemp() / "cut.mp3"
    path.write_bytes(cut)
    header = scan(path)
    within = "breaks off within a frame" in header.remark
    assert within == (len(cut) not in whole)
    assert len(decoded(path)) == header.frames
    there = 576 * (sum(end <= len(cut) for end in whole) - 1)
    if numbers:  # LAME's delay is 576 samples, the decoder's 529
        assert header.frames == min(there - 576 - 529, round(1.3 * 22050))
        assert header.frames + header.lost == round(1.3 * 22050)
    else:
        assert (header.frames, header.lost) == (there, 576 if within else 0)


def test_a_whole_recording_is_whole_whatever_stands_behind_it(path: Path) -> None:
    bare = b"".join(frames(mp3("VARIABLE")))
    for behind, remark in {b"TAG" + bytes(125): "", bytes(3000): "3000 bytes that are no "}.items():
        path.write_bytes(bare + behind)
        assert scan(path).lost == 0
        assert scan(path).remark.startswith(remark)
        assert bool(scan(path).remark) == bool(remark)


def test_a_single_frame_is_a_recording(path: Path, terminal: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(frames(mp3("CONSTANT"))[0])
    assert scan(path).frames == 1152
    assert len(decoded(path)) == 1152
    assert terminal.readouterr() == ("", "")


def test_writers_that_count_their_own_frame_are_believed(path: Path) -> None:
    content = bytearray(mp3("CONSTANT"))
    at = content.index(b"Info") + 8
    count = int.from_bytes(content[at : at + 4])
    content[at : at + 4] = (count + 1).to_bytes(4)
    path.write_bytes(content)
    assert scan(path).lost == 0
    content[at : at + 4] = count.to_bytes(4)
    path.write_bytes(content[: -len(frames(bytes(content))[-1])])
    assert scan(path).lost > 441, "but not where bytes are missing"
    content[at : at + 4] = (count + 2).to_bytes(4)
    path.write_bytes(content)
    assert scan(path).lost > 1152


@pytest.mark.parametrize("writer", ["VBRI", "Xing"])
def test_counts_of_other_encoders_are_read(path: Path, writer: str) -> None:
    """VBRI stands 32 bytes behind every header, Xing 17 behind one of a single channel."""
    parts = frames(mp3("CONSTANT"))
    count, size = len(parts).to_bytes(4), sum(map(len, [parts[0], *parts])).to_bytes(4)
    fields = {
        "VBRI": bytes(32) + b"VBRI" + b"\0\1" + bytes(4) + size + count,
        "Xing": bytes(17) + b"Xing" + (3).to_bytes(4) + count + size,
    }
    numbers = (parts[0][:4] + fields[writer]).ljust(len(parts[0]), b"\0")
    path.write_bytes(numbers + b"".join(parts))
    assert scan(path).frames == len(parts) * 1152 == len(by_ffmpeg(path.read_bytes()))
    assert len(decoded(path)) == len(parts) * 1152
    path.write_bytes(numbers + b"".join(parts[:-5]))
    assert (scan(path).frames, scan(path).lost) == (len(parts[5:]) * 1152, 5 * 1152)


def test_a_megabyte_of_something_else_is_no_mp3(path: Path) -> None:
    junk = np.random.default_rng(0).bytes(1 << 20)
    content = b"".join(frames(mp3("CONSTANT")))
    path.write_bytes(junk[:1_000_000] + content)
    assert scan(path).remark == "1000000 bytes that are no MPEG frames are not read"
    path.write_bytes(junk + content)
    with pytest.raises(AudioError, match="no frames of MPEG sound"):
        scan(path)


# Tags, junk, and several in one


def ape(flags: int, size: int) -> bytes:
    """Return the header or footer of an APE tag."""
    numbers = (2000, size, 1, flags)
    return b"APETAGEX" + b"".join(one.to_bytes(4, "little") for one in numbers) + bytes(8)


ITEM = b"\x05\0\0\0\0\0\0\0title\0hello"
LYRICS = b"LYRICSBEGININD0000200LYR00005hello"
PICTURE = np.random.default_rng(0).bytes(1 << 17)
TAGS = {
    "ID3v2": (b"ID3\x04\0\0\0\x08\0\0" + PICTURE, b""),
    "ID3v2 twice": (2 * (b"ID3\x03\0\0\0\0\1\0" + bytes(128)), b""),
    "ID3v2 with footer": (b"ID3\x04\0\x10\0\0\0\x05hello3DI\x04\0\x10\0\0\0\x05", b""),
    "ID3v2 behind": (b"", b"ID3\x04\0\x10\0\0\0\x05hello3DI\x04\0\x10\0\0\0\x05"),
    "ID3v1": (b"", b"TAG" + bytes(125)),
    "ID3v1 enhanced": (b"", b"TAG+" + bytes(223) + b"TAG" + bytes(125)),
    "APEv2": (b"", ape(0xA0000000, len(ITEM) + 32) + ITEM + ape(0x80000000, len(ITEM) + 32)),
    "APEv1": (b"", ITEM + ape(0, len(ITEM) + 32)),
    "Lyrics3": (b"", b"LYRICSBEGINhello worldLYRICSEND" + b"TAG" + bytes(125)),
    "Lyrics3v2": (b"", LYRICS + b"%06dLYRICS200" % len(LYRICS) + b"TAG" + bytes(125)),
    "zeros in front": (bytes(1500), b""),
}


@pytest.mark.parametrize("name", TAGS)
def test_tags_are_no_sound(path: Path, terminal: pytest.CaptureFixture[str], name: str) -> None:
    content = mp3("VARIABLE")
    front, behind = TAGS[name]
    for written in (content, b"".join(frames(content))):
        path.write_bytes(written)
        plain, expected = scan(path), decoded(path)
        path.write_bytes(front + written + behind)
        found = scan(path)
        assert (found.frames, found.lost, found.remark) == (plain.frames, 0, "")
        np.testing.assert_array_equal(decoded(path), expected)
    assert terminal.readouterr() == ("", "")


def test_junk_between_frames_is_passed_over_and_said(path: Path) -> None:
    parts = frames(mp3("VARIABLE"))
    junk = np.random.default_rng(1).bytes(5000)
    path.write_bytes(b"".join(parts))
    expected = decoded(path)
    path.write_bytes(
        b"".join([*parts[:9], junk, *parts[9:20], b"\xff\xfb junk", *parts[20:], junk])
    )
    assert scan(path).remark == "10007 bytes that are no MPEG frames are not read"
    np.testing.assert_array_equal(decoded(path), expected)
    path.write_bytes(junk + b"".join(parts))
    assert scan(path).remark == "5000 bytes that are no MPEG frames are not read"
    np.testing.assert_array_equal(decoded(path), expected)


def test_recordings_joined_in_one_file_are_all_read(
    path: Path, terminal: pytest.CaptureFixture[str]
) -> None:
    kinds = [mp3(mode, seconds=seconds) for mode, seconds in zip(MODES, (0.5, 0.7, 1), strict=True)]
    tagged = b"ID3\x04\0\0\0\0\0\x20" + bytes(32) + kinds[0] + b"TAG" + bytes(125)
    singles = []
    for content in (*kinds, tagged):
        path.write_bytes(content)
        singles.append(decoded(path))
    assert [len(one) for one in singles] == [22050, 30870, 44100, 22050], "trimmed one by one"
    path.write_bytes(b"".join([*kinds, tagged, *kinds]))
    assert (scan(path).lost, scan(path).remark) == (0, "")
    expected = np.concatenate([*singles, *singles[:3]])
    np.testing.assert_allclose(decoded(path), expected, rtol=0, atol=1e-5)
    assert terminal.readouterr() == ("", "")


@pytest.mark.parametrize("mode", MODES)
def test_recordings_without_numbers_may_be_joined_too(path: Path, mode: str) -> None:
    bare = b"".join(frames(mp3(mode)))
    path.write_bytes(bare)
    single = scan(path).frames
    path.write_bytes(3 * bare)
    assert (scan(path).frames, scan(path).lost, scan(path).remark) == (3 * single, 0, "")
    assert len(decoded(path)) == 3 * single
    path.write_bytes(3 * bare + mp3(mode) + bare + TAGS["ID3v2"][0] + bare)
    assert len(decoded(path)) == 5 * single + round(1.3 * 44100)


def test_a_count_that_is_too_low_ends_nothing(path: Path) -> None:
    content = bytearray(mp3("CONSTANT"))
    parts = frames(bytes(content))
    low = next(n for n, one in enumerate(parts) if n > 9 and one[4:6] > b"\0\x7f")  # leans back
    at = content.index(b"Info") + 8
    content[at : at + 4] = low.to_bytes(4)
    path.write_bytes(content)
    assert scan(path).frames == len(parts) * 1152 - 576 - 529
    assert scan(path).lost == 0
    assert len(decoded(path)) == scan(path).frames


@pytest.mark.parametrize(("rate", "channels"), [(22050, 1), (44100, 2)])
def test_what_is_joined_and_cannot_be_one_recording_is_said(
    path: Path, rate: int, channels: int
) -> None:
    path.write_bytes(mp3("CONSTANT", seconds=0.5) + mp3("CONSTANT", rate, channels))
    assert len(decoded(path)) == 22050
    assert "1 of 2 parts" in scan(path).remark
    assert "(1.300 s)" in scan(path).remark


def test_a_joined_recording_that_is_cut_off_is_seen(path: Path) -> None:
    content = mp3("VARIABLE")
    path.write_bytes(content + content[: len(content) // 2])
    header = scan(path)
    assert header.frames + header.lost == 2 * round(1.3 * 44100)
    assert header.lost > 0.4 * 44100
    path.write_bytes(content + content[:500])
    assert scan(path).remark == "breaks off within a frame"


# Files that are no MP3


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfb\x90\x64" + bytes(20), np.random.default_rng(3).bytes(9000), mp3("VARIABLE")[:250]],
    ids=["a header", "noise", "numbers alone"],
)
def test_no_frame_is_no_recording(
    path: Path, terminal: pytest.CaptureFixture[str], content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"^no frames of MPEG sound, need a recording$") as caught:
        scan(path)
    assert caught.value.stage == "open"
    assert terminal.readouterr() == ("", "")


# Long ones


def test_a_walk_in_small_steps_finds_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = mp3("VARIABLE", seconds=3)
    junk = np.random.default_rng(1).bytes(40_000)
    path.write_bytes(content + junk + b"".join(frames(content)) + content[:3000])
    expected = scan(path), decoded(path)
    monkeypatch.setattr(mpeg_streams, "_CHUNK", 16_384)
    assert scan(path) == expected[0]
    np.testing.assert_array_equal(decoded(path), expected[1])


@pytest.mark.slow
def test_long_ones_take_no_memory(path: Path) -> None:
    path.write_bytes(600 * b"".join(frames(mp3("CONSTANT", 32000, 2, seconds=2))))
    tracemalloc.start()
    with open_sound(path) as opened:
        block = np.empty((1 << 16, 2), np.float32)
        total = sum(iter(lambda: len(opened.read(block)), 0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == opened.frames == pytest.approx(1200 * 32000, rel=0.1)
    assert peak < 4 << 20 < path.stat().st_size / 2


# As a user meets them


def test_a_folder_of_fresh_recordings_gives_a_row_for_each(
    tmp_path: Path, encoder: Encoder, terminal: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    seconds = {}
    for number, mode in enumerate(4 * MODES):
        content = b"".join(frames(mp3(mode, 44100, seconds=0.5 + 0.1 * number)))
        (folder / f"{number:02}.mp3").write_bytes(content)
        seconds[f"{number:02}.mp3"] = len(by_ffmpeg(content)) / 44100
    (folder / "cut.mp3").write_bytes(content[: len(content) // 2])
    done = extract(folder, tmp_path / "out.h5", encoder=encoder)
    table = FeatureFile.open(done.path)
    assert dict(zip(table.file, table.end, strict=True)) == pytest.approx(seconds)
    assert [one.file for one in table.refused] == ["cut.mp3"]
    assert table.refused[0].reason.startswith("truncated: ")
    assert "mpg123" not in terminal.readouterr().err


def test_damaged_frames_are_decoded_without_a_word_of_the_decoder(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(mp3(MODES[0], 16000, seconds=4))
    for place in np.random.default_rng(1).integers(500, len(content), 60):
        content[place] ^= 255
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    soundfile.read(path)
    assert "mpg123" in capfd.readouterr().err  # it has something to say
    with open_sound(path) as opened:
        assert len(opened.read(np.empty((opened.frames, 1), np.float32))) == opened.frames
    assert not capfd.readouterr().err
    soundfile.read(path)
    assert "mpg123" in capfd.readouterr().err  # who reads by other means hears it
