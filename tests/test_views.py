"""What is in a recording's container is read, or said: chains, lengths unknown and wrong, cuts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_recordings import RATE, encoded, flac_of_length, ogg_flac
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features.corpus import Corpus
from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction import extract
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.sound.audio import AudioHeader, open_sound, scan
from deepspectrum_features.sound.segments import Segment, read_segments
from deepspectrum_features.sound.spans import Span

Place = Callable[[bytes], Path]
OGG = {
    "vorbis": encoded("OGG", "VORBIS"),
    "opus": encoded("OGG", "OPUS"),
    "flac": ogg_flac(),
}
FLAC = encoded("FLAC", "PCM_16")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return what writes a recording, whose suffix never matters."""

    def write(content: bytes) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.ogg"
        path.write_bytes(content)
        return path

    return write


def heard(path: Path, *spans: Span) -> list[NDArray[np.float32]]:
    """Return the samples of spans, by default of all."""
    found = sorted(read_segments(path, spans or [Span()]), key=lambda one: one[0])
    segments = [segment for _, segment in found if isinstance(segment, Segment)]
    assert len(segments) == len(found), found
    return [segment.waveform for segment in segments]


def refusal(path: Path) -> str:
    """Return why a whole recording gives no row."""
    try:
        ((_, found),) = read_segments(path, [Span()])
    except AudioError as error:
        return str(error)
    return "" if isinstance(found, Segment) else str(found)


def facts(header: AudioHeader) -> tuple[int, int, str]:
    return header.frames, header.lost, header.remark


@pytest.mark.parametrize("codec", sorted(OGG))
def test_all_links_of_a_chain_are_read(place: Place, codec: str) -> None:
    short = ogg_flac(30000) if codec == "flac" else encoded("OGG", codec.upper(), 30000)
    parts = [OGG[codec], short, short]
    expected = np.concatenate([heard(place(part))[0] for part in parts])
    chain = place(b"".join(parts))
    assert facts(scan(chain)) == (140000, 0, "")
    whole, joint, late = heard(chain, Span(), Span(4.9, 5.1), Span(7, 8.75))
    np.testing.assert_array_equal(whole, expected)
    np.testing.assert_array_equal(joint, expected[78400:81600])
    np.testing.assert_array_equal(late, expected[112000:])
    assert not np.array_equal(whole[80000:110000], whole[30000:60000])


def test_links_of_several_codecs_are_read_where_their_rate_is_one(place: Place) -> None:
    expected = np.concatenate([heard(place(part))[0] for part in OGG.values()])
    chain = place(b"".join(OGG.values()))
    assert facts(scan(chain)) == (240000, 0, "")
    np.testing.assert_array_equal(heard(chain)[0], expected)


def test_links_that_do_not_fit_the_first_are_said(place: Place) -> None:
    other = encoded("OGG", "VORBIS", 44100, rate=44100)
    stereo = encoded("OGG", "VORBIS", 8000, channels=2)
    chain = place(OGG["vorbis"] + other + OGG["vorbis"] + stereo)
    said = "2 of 4 parts with another rate or number of channels left out (1.500 s)"
    assert facts(scan(chain)) == (160000, 0, said)
    assert len(heard(chain)[0]) == 160000
    header = scan(place(other + OGG["vorbis"]))
    assert (header.sample_rate, header.frames) == (44100, 44100)
    assert header.remark.startswith("1 of 2 parts")


def test_where_a_chain_stands_and_where_it_breaks(place: Place) -> None:
    damaged = bytearray(FLAC)
    damaged[len(FLAC) // 2 : len(FLAC) // 2 + 300] = bytes(300)
    out = np.zeros((50000, 1), np.float32)
    with open_sound(place(ogg_flac(30000) * 2)) as sound:
        for there in (50000, 60000, 60000):
            sound.read(out)
            assert sound.tell() == there
        sound.seek(40000)
        assert len(sound.read(out)) == 20000
    with open_sound(place(encoded("FLAC", "PCM_16", 30000) + bytes(damaged))) as sound:
        with pytest.raises(AudioError, match=r"^part 2 of 2: decoding stopped at sample \d+ \("):
            sound.read(np.zeros((200000, 1), np.float32))
        assert 30000 < sound.tell() < 80000


def test_a_link_that_cannot_be_opened_is_said(place: Place) -> None:
    begin = OGG["opus"][:200]
    header = scan(place(OGG["opus"] + begin))
    assert header.frames == 80000
    assert header.remark.startswith("1 of 2 parts cannot be read (")


@pytest.mark.parametrize("codec", sorted(OGG))
def test_no_cut_ogg_looks_whole(place: Place, codec: str) -> None:
    content = OGG[codec]
    assert facts(scan(place(content))) == (80000, 0, "")
    for cut in np.linspace(len(content) // 3, len(content) - 1, 12).astype(int).tolist():
        header = scan(path := place(content[:cut]))
        assert header.remark == "no end mark, may be cut off"
        assert header.frames < 80000
        if header.lost > RATE // 100:
            assert refusal(path).startswith("truncated: ")
    last = scan(place(content[:-1]))
    assert last.lost > RATE // 100
    assert abs(last.frames + last.lost - 80000) <= 1
    with pytest.raises(AudioError):
        scan(place(content[:3000]))


@pytest.mark.parametrize("codec", sorted(OGG))
def test_pages_gone_from_the_middle_are_noticed(place: Place, codec: str) -> None:
    pages = OGG[codec].split(b"OggS")
    gone = place(b"OggS".join(pages[:5] + pages[6:]))
    assert scan(gone).remark == "pages missing: 1"
    if codec != "flac":  # which fills the hole
        assert refusal(gone).startswith("truncated: ")


@pytest.mark.parametrize("total", [0, 40000, 80000, 10**9])
def test_a_flac_is_as_long_as_its_frames(place: Place, total: int) -> None:
    path = place(flac_of_length(FLAC, total))
    assert facts(scan(path)) == (80000, max(total - 80000, 0), "")
    late, chunk = heard(path, Span(4.5, 5), Span(1, 2))
    np.testing.assert_array_equal(late, heard(place(FLAC))[0][72000:])
    np.testing.assert_array_equal(chunk, heard(place(FLAC))[0][16000:32000])
    assert bool(refusal(path)) == (total > 80000)


@pytest.mark.parametrize("total", quick_first([0, 40000, 80000]))
def test_no_cut_flac_looks_whole(place: Place, total: int) -> None:
    content = flac_of_length(FLAC, total)
    for cut in np.linspace(10000, len(content) - 1, 12).astype(int).tolist():
        header = scan(path := place(content[:cut]))
        assert header.lost > RATE // 100
        assert header.frames + header.lost <= 80000
        assert refusal(path).startswith("truncated: ")
        assert len(heard(path, Span(0, header.frames / RATE))[0]) == header.frames


def test_tags_and_junk_around_a_flac_do_no_harm(place: Place) -> None:
    id3v2, id3v1 = b"ID3\x04\0\0\0\0\x01\x00" + bytes(128), b"TAG" + bytes(125)
    for total in (0, 80000):
        tagged = place(id3v2 + flac_of_length(FLAC, total) + id3v1)
        assert facts(scan(tagged)) == (80000, 0, "")
        np.testing.assert_array_equal(heard(tagged)[0], heard(place(FLAC))[0])
    junk = place(FLAC + np.random.default_rng(0).bytes(3000))
    np.testing.assert_array_equal(heard(junk)[0], heard(place(FLAC))[0])


def test_flacs_one_behind_the_other_are_all_read(place: Place) -> None:
    short = encoded("FLAC", "PCM_16", 30000)
    for parts in ([FLAC, short], [short, FLAC], [FLAC, short, flac_of_length(FLAC, 0)]):
        expected = np.concatenate([heard(place(part))[0] for part in parts])
        np.testing.assert_array_equal(heard(place(b"".join(parts)))[0], expected)


def wav_with_size(size: int) -> bytes:
    content = encoded("WAV", "PCM_16")
    return content[:40] + struct.pack("<I", size) + content[44:]


def test_bytes_behind_the_sound_of_a_wav_are_said(place: Place) -> None:
    stale = place(wav_with_size(32000))
    assert facts(scan(stale)) == (16000, 0, "128000 bytes behind the sound data are not read")
    assert len(heard(stale)[0]) == 16000
    two = place(encoded("WAV", "PCM_16") * 2)
    assert facts(scan(two)) == (80000, 0, "160044 bytes behind the sound data are not read")
    assert facts(scan(place(encoded("WAV", "PCM_16") + bytes(300)))) == (80000, 0, ""), "9 ms"
    listed = encoded("WAV", "PCM_16") + b"LIST" + struct.pack("<I", 4000) + bytes(4000)
    assert facts(scan(place(listed))) == (80000, 0, "")


def test_a_block_that_was_cut_in_two_is_said(place: Place) -> None:
    content = encoded("WAV", "MS_ADPCM")
    assert scan(place(content)).remark == ""
    cut = scan(place(content[:-3]))
    assert (cut.remark, cut.lost < RATE // 100) == ("bytes of the sound data missing: 3", True)
    assert scan(place(encoded("WAV", "PCM_16")[:-3])).remark == ""


def test_what_is_not_read_is_a_notice(tmp_path: Path) -> None:
    for name, content in {"a.wav": wav_with_size(32000), "b.wav": wav_with_size(160000)}.items():
        (tmp_path / name).write_bytes(content)
    read = Corpus.read(tmp_path).scan()
    said = [notice for notice in read.notices if "behind the sound" in notice]
    assert said == ["a.wav: 128000 bytes behind the sound data are not read"]
    assert len(read.utterances) == 2


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_a_wav_without_a_size_is_read_to_its_end(place: Place, size: int) -> None:
    path = place(wav_with_size(size))
    assert facts(scan(path)) == (80000, 0, "")
    np.testing.assert_array_equal(heard(path)[0], heard(place(encoded("WAV", "PCM_16")))[0])


def sparse(path: Path, head: bytes, size: int) -> AudioHeader:
    """Return what is said of a file of ``size`` bytes, most of which are a hole."""
    path.write_bytes(head)
    with path.open("r+b") as stream:
        stream.truncate(size)
    return scan(path)


def test_sizes_beyond_4_gb(tmp_path: Path) -> None:
    path, size = tmp_path / "a.wav", 6 * 10**9
    wrapped = sparse(path, wav_with_size(size % 2**32)[:44], 44 + size)
    assert facts(wrapped) == (
        (size - 2**32) // 2,
        0,
        "4294967296 bytes behind the sound data are not read",
    )
    for unknown in (0, 0x7FFFF000, 0xFFFFFFD8, 0xFFFFFFFF):
        head = wav_with_size(unknown)[:44]
        for long in (size, 3 * 10**9):
            assert facts(sparse(path, head, 44 + long)) == (long // 2, 0, "")
    aiff = encoded("AIFF", "PCM_16")
    start = aiff.index(b"SSND") + 4
    for unknown in (0, 0x7F000008):
        head = aiff[:start] + struct.pack(">I", unknown) + aiff[start + 4 : start + 12]
        for long in (size, 3 * 10**9):
            assert facts(sparse(path, head, start + 12 + long)) == (long // 2, 0, "")
    for form in ("RF64", "W64"):
        head = encoded(form, "PCM_16")
        place = 28 if form == "RF64" else head.index(b"data") + 16  # of the size
        extra = 0 if form == "RF64" else 24  # chunks that count their head
        start = head.index(b"data") + (8 if form == "RF64" else 24)
        long = head[:place] + struct.pack("<Q", size + extra)
        long = (long + head[place + 8 :])[:start]
        assert facts(sparse(path, long, start + size)) == (size // 2, 0, "")
        assert facts(sparse(path, long, start + size - 10**9)) == (25 * 10**8, 5 * 10**8, "")


def test_a_big_wav_that_was_cut_is_no_stream(tmp_path: Path) -> None:
    cut = sparse(tmp_path / "a.wav", wav_with_size(3 * 10**9)[:44], 44 + 2 * 10**9)
    assert facts(cut) == (10**9, 5 * 10**8, "")


@pytest.mark.slow
def test_rows_of_chains_and_of_flac_without_length(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "chain.opus").write_bytes(OGG["opus"] + encoded("OGG", "OPUS", 48000))
    (folder / "streamed.flac").write_bytes(flac_of_length(FLAC, 0))
    (folder / "talk.oga").write_bytes(OGG["flac"])
    extract(folder, tmp_path / "o.h5", encoder=encoder)
    whole = FeatureFile.open(tmp_path / "o.h5")
    assert dict(zip(whole.file, whole.end, strict=True)) == {
        "chain.opus": 8.0,
        "streamed.flac": 5.0,
        "talk.oga": 5.0,
    }
    extract(folder, tmp_path / "c.h5", encoder=encoder, chunk=1)
    assert len(FeatureFile.open(tmp_path / "c.h5").file) == 18


@pytest.mark.parametrize("form", ["NIST", "CAF", "SVX"])
def test_headers_of_rarer_kinds_know_their_length_too(
    place: Place, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr("deepspectrum_features.sound.audio.installed", lambda: False)
    content = encoded(form, "PCM_16")
    assert facts(scan(place(content))) == (80000, 0, "")
    frames, lost, remark = facts(scan(place(content[:-40000])))
    assert (frames, abs(lost - 20000) < 2, remark) == (60000, True, "")
