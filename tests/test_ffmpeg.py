"""What FFmpeg reads of the files that libsndfile does not know, and what it says of the rest."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import encode
from numpy.typing import NDArray
from quick_first import quick_first
from test_flac import remainder

from deepspectrum_features import Corpus
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.audio import AudioHeader, open_sound, scan
from deepspectrum_features.sound.containers.ffmpeg import FfmpegSound
from deepspectrum_features.sound.content import content_digest
from deepspectrum_features.sound.segments import Segment, read_segments
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.testing import tone

RATE = 16000
#: Half a second of two unlike channels, on the steps of 16 bits.
SOUND = (
    np.rint(2**14 * np.stack([tone(300, 0.5) * np.linspace(0, 1, 8000), tone(700, 0.5)], 1)).astype(
        np.float32
    )
    / 2**15
)
LOSSLESS = [
    ("alac.m4a", "alac"), ("flac.mka", "flac"), ("flac.oga", "flac"), ("pcm.mkv", "pcm_s16le"),
    ("pcm.avi", "pcm_s16le"), ("pcm.mov", "pcm_s16be"), ("flac.mp4", "flac"),
]  # fmt: skip
LOSSY = [
    ("aac.m4a", "aac"), ("aac.mp4", "aac"), ("aac.aac", "aac"), ("aac.mkv", "aac"),
    ("mp2.mkv", "mp2"), ("mp3.avi", "libmp3lame"), ("mp3.wav", "libmp3lame"), ("wma.wma", "wmav1"),
]  # fmt: skip


def whole(path: Path) -> NDArray[np.float32]:
    """Read all of a recording in one go."""
    with open_sound(path) as sound:
        return sound.read(np.empty((sound.frames + 9999, sound.channels), np.float32))


@pytest.mark.parametrize(("name", "codec"), LOSSLESS)
def test_lossless_codecs_give_back_every_sample(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, SOUND, codec=codec)
    assert scan(path) == AudioHeader(8000, RATE, 2, path.stat().st_size)
    np.testing.assert_array_equal(whole(path), SOUND)
    assert not np.array_equal(whole(path), SOUND[:, ::-1])


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "pcm_s32le"), ("b.mkv", "pcm_s24le")])
def test_more_than_16_bits_are_kept(tmp_path: Path, name: str, codec: str) -> None:
    fine = SOUND + np.float32(2.0**-22)
    found = whole(encode(tmp_path / name, fine, codec=codec, samples="s32"))
    np.testing.assert_array_equal(found, fine)
    assert not np.array_equal(found, SOUND)


def flac_of_bits(steps: NDArray[np.int64], bits: int) -> bytes:
    """Write whole numbers as a FLAC of one frame without prediction."""

    def field(value: int, width: int) -> str:
        return f"{value & (1 << width) - 1:0{width}b}"

    facts = field(len(steps), 16) * 2 + field(0, 48) + field(RATE, 20) + field(0, 3)
    facts += field(bits - 1, 5) + field(len(steps), 36) + field(0, 128)
    head = bytes.fromhex("fff8 7000 00") + (len(steps) - 1).to_bytes(2)
    body = "".join(field(int(step), bits) for step in steps)
    body += "0" * (-len(body) % 8)
    frame = head + remainder(head, 0x07, 8) + b"\x02" + int(body, 2).to_bytes(len(body) // 8)
    content = b"fLaC\x80\0\0\x22" + int(facts, 2).to_bytes(34)
    return content + frame + remainder(frame, 0x8005, 16)


@pytest.mark.parametrize("bits", [12, 15, 20])
def test_flac_of_odd_bits_is_read(tmp_path: Path, bits: int) -> None:
    full = 2 ** (bits - 1)
    steps = np.random.default_rng(bits).integers(-full, full, 1500)
    (tmp_path / "a.flac").write_bytes(flac_of_bits(steps, bits))
    found = whole(tmp_path / "a.flac")[:, 0]
    np.testing.assert_array_equal(found, (steps / full).astype(np.float32))
    assert not np.array_equal(found, (steps / full / 2).astype(np.float32))


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_f32le", "pcm_f64le"])
def test_other_numbers_have_full_scale_one(tmp_path: Path, codec: str) -> None:
    steps = np.array([[0, 1, -1, 0.5, -0.25]], np.float32).T
    found = whole(encode(tmp_path / "a.mkv", steps, codec=codec))
    np.testing.assert_allclose(found, steps, rtol=0, atol=0.021)
    assert not np.allclose(found, steps / 2, rtol=0, atol=0.021)


@pytest.mark.parametrize(("name", "codec"), LOSSY)
def test_lossy_codecs_begin_where_the_recording_began(
    tmp_path: Path, name: str, codec: str
) -> None:
    rate = 44100 if codec == "wmav1" else RATE
    click = np.zeros((rate, 1), np.float32)
    click[rate // 2 : rate // 2 + 40] = 0.5 * np.hanning(40)[:, None]
    path = encode(tmp_path / name, click, codec=codec, rate=rate, bits=64000)
    header, found = scan(path), whole(path)
    assert len(found) == header.frames
    assert header.lost == 0
    late = int(np.argmax(np.abs(found[:, 0]))) - (rate // 2 + 20)
    # of these containers MPEG-4 and Matroska alone say how late an encoder is
    assert abs(late) <= (2 if path.suffix in (".m4a", ".mp4", ".mkv") else 2500)
    if path.suffix in (".m4a", ".mp4"):
        assert len(found) == rate, "and MPEG-4 alone where the recording ended"


def test_six_channels_keep_their_order(tmp_path: Path) -> None:
    six = np.repeat(SOUND[:, :1], 6, 1) * np.array([1, 0.5, 0.25, 0.125, 0.0625, 0], np.float32)
    six = np.rint(six * 2**15).astype(np.float32) / 2**15
    np.testing.assert_array_equal(whole(encode(tmp_path / "a.mka", six, codec="flac")), six)


def test_the_sound_of_a_film_is_read(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mov", SOUND, codec="pcm_s16le", pictures=20)
    np.testing.assert_array_equal(whole(path), SOUND)
    assert scan(path).remark == ""


def test_a_film_without_sound_says_so(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="QuickTime without an audio stream, need") as caught:
        scan(encode(tmp_path / "a.mp4", codec="aac", pictures=5))
    assert caught.value.stage == "open"


def test_a_codec_that_nobody_knows_says_so(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mka", SOUND, codec="flac")
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"A_FLAX"))
    with pytest.raises(AudioError, match=r"^Matroska or WebM in a codec that FFmpeg lacks, need"):
        scan(path)


def test_of_several_streams_the_first_is_read(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mka", SOUND, SOUND[::-1, :1], codec="flac")
    np.testing.assert_array_equal(whole(path), SOUND)
    assert scan(path).remark == "2 audio streams, the first is read"


def test_what_mpeg4_announces_is_believed_where_its_index_bears_it_out(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", SOUND, codec="alac")
    content = path.read_bytes()
    assert content.count(b"mdhd") == 1
    field = content.index(b"mdhd") + 4 + 4 + 8 + 4
    assert int.from_bytes(content[field : field + 4]) == 8000
    path.write_bytes(content[:field] + b"\x7f\xff\xff\xff" + content[field + 4 :])
    assert scan(path).frames == 8000


@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.mka", "flac"), ("a.aac", "aac")])
def test_blocks_and_seeks_give_what_one_reading_gives(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = encode(tmp_path / name, SOUND, codec=codec)
    everything = whole(path)
    with open_sound(path) as sound:
        blocks = [sound.read(np.empty((999, 2), np.float32)).copy() for _ in range(10)]
        np.testing.assert_array_equal(np.concatenate(blocks), everything)
        for position in (5000, 1, 7777, len(everything), 0):
            sound.seek(position)
            assert sound.tell() == position
            rest = sound.read(np.empty((9999, 2), np.float32))
            np.testing.assert_array_equal(rest, everything[position:])
    spans = [Span(0.25, 0.375), Span(0.1, 0.2, channel=2), Span()]
    cuts = dict(read_segments(path, spans))
    assert [type(cuts[index]) for index in range(3)] == [Segment] * 3
    np.testing.assert_array_equal(cuts[1].waveform, everything[1600:3200, 1])  # type: ignore[union-attr]


def test_a_recording_knows_itself_in_containers_of_both_doors(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SOUND, RATE)
    digest = content_digest(tmp_path / "a.wav")
    assert content_digest(encode(tmp_path / "a.m4a", SOUND, codec="alac")) == digest
    assert content_digest(encode(tmp_path / "b.m4a", -SOUND, codec="alac")) != digest


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mka", "flac"), ("a.mkv", "aac"), ("a.webm", "libopus"), ("a.avi", "pcm_s16le"),
        ("a.m4a", "aac"), ("a.wv", "wavpack"), ("a.tta", "tta"), ("a.aac", "aac"),
        ("a.wav", "libmp3lame"), ("a.wma", "wmav1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("share", quick_first([0.5, 0.77]))
def test_half_a_recording_is_refused(tmp_path: Path, name: str, codec: str, share: float) -> None:
    rate = {"libopus": 48000, "wmav1": 44100}.get(codec, RATE)
    options = {"movflags": "faststart"} if name == "a.m4a" else {}
    sound = np.tile(SOUND, (12 if codec in ("wavpack", "tta") else 4, 1))  # long blocks
    path = encode(tmp_path / name, sound, codec=codec, rate=rate, bits=64000, **options)
    assert refusal(path) == ""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    header = scan(path)
    assert refusal(path).startswith(("truncated: ", "decoding stopped at sample "))
    assert header.lost > header.sample_rate // 100 or "decoding stopped" in header.remark


def refusal(path: Path) -> str:
    """Return why a recording that is wanted to its end is refused; empty where it is not."""
    try:
        ((_, found),) = read_segments(path, [Span()])
    except AudioError as error:
        return str(error)
    return str(found) if isinstance(found, AudioError) else ""


def test_mpeg4_whose_index_is_cut_off_is_cut_off(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", np.tile(SOUND, (4, 1)), codec="aac")
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(AudioError, match=r"does not read \(cut off, \d+ bytes are missing\)$"):
        scan(path)


def test_a_damaged_frame_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mka", np.tile(SOUND, (8, 1)), codec="flac")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x55
    path.write_bytes(content)
    header = scan(path)
    assert "decoding stopped at sample" in header.remark
    assert 0 < header.frames < 64000
    _, before = next(read_segments(path, [Span(0, 0.3)]))
    assert isinstance(before, Segment)
    with pytest.raises(AudioError, match=r"^decoding stopped at sample \d+ \(invalid data"):
        list(read_segments(path, [Span()]))


def test_a_change_of_rate_is_refused_where_it_is(tmp_path: Path) -> None:
    one = encode(tmp_path / "a.aac", SOUND, codec="aac")
    two = encode(tmp_path / "b.aac", SOUND, codec="aac", rate=22050)
    (tmp_path / "c.aac").write_bytes(one.read_bytes() + two.read_bytes())
    message = r"stopped at sample \d+ \(22050 Hz and 2 channels from there on\)"
    with pytest.raises(AudioError, match=message):
        list(read_segments(tmp_path / "c.aac", [Span()]))
    (tmp_path / "d.aac").write_bytes(one.read_bytes() * 2)
    assert scan(tmp_path / "d.aac").frames == 2 * scan(one).frames


def test_pictures_that_begin_in_midst_of_sound_change_nothing(tmp_path: Path) -> None:
    """What PyAV makes of a stream that it does not know depends on memory that is not its own."""
    sound = np.tile(tone(300, 0.5, 44100)[:, None], (20, 1))
    path = encode(tmp_path / "a.flv", sound, codec="libmp3lame", rate=44100)
    sound = whole(path)
    content = path.read_bytes()
    picture = b"\x09\0\0\x05\0\x27\x10\0\0\0\0" + b"\x12\0\0\0\0" + b"\0\0\0\x10"
    tags = [13]  # behind the header
    while tags[-1] < len(content):
        tags.append(tags[-1] + 15 + int.from_bytes(content[tags[-1] + 1 : tags[-1] + 4], "big"))
    for place in (tags[len(tags) // 2], tags[-1]):
        path.write_bytes(content[:place] + picture + content[place:])
        for _ in range(30):
            assert (scan(path).frames, scan(path).remark) == (len(sound), "")
        np.testing.assert_array_equal(whole(path), sound)


@pytest.mark.parametrize("name", ["http:x.m4a", "a b#c%20?.m4a", "concat:y.m4a", "grün.m4a", "-i"])
def test_names_that_look_like_addresses_are_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    encode(tmp_path / "a.m4a", SOUND, codec="alac").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert scan(Path(name)).frames == 8000


@pytest.mark.parametrize(
    "content",
    [b"#EXTM3U\n#EXTINF:1,\nsecret.m4a\n", b"ffconcat version 1.0\nfile secret.m4a\n"],
    ids=["playlist", "list"],
)
def test_lists_of_other_files_are_not_followed(tmp_path: Path, content: bytes) -> None:
    encode(tmp_path / "secret.m4a", SOUND, codec="alac")
    (tmp_path / "a.m4a").write_bytes(content)
    with pytest.raises(AudioError, match="a text file, need a recording"):
        scan(tmp_path / "a.m4a")
    with pytest.raises(AudioError, match="A list that FFmpeg does not read"):
        FfmpegSound(tmp_path / "a.m4a", "A list")


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", np.tile(SOUND, (8, 1)), codec="aac")
    alone, found = whole(path), []
    threads = [threading.Thread(target=lambda: found.append(whole(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(np.array_equal(one, alone) for one in found)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "alac"), ("a.mka", "flac")])
def test_half_an_hour_takes_no_more_memory_than_a_minute(
    tmp_path: Path, name: str, codec: str
) -> None:
    code = r"""if True:
        import re, sys
        from pathlib import Path
        from deepspectrum_features.sound.audio import scan
        from deepspectrum_features.sound.segments import Span, read_segments
        for path in map(Path, sys.argv[1:]):
            spans = [Span(start, start + 10.0) for start in range(0, int(scan(path).seconds), 10)]
            assert sum(len(cut.waveform) for _, cut in read_segments(path, spans)) > 4e5
            print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
    """
    minute = np.tile(SOUND[:, :1], (60, 1))
    short = encode(tmp_path / name, minute, codec=codec, rate=8000)
    long = encode(tmp_path / f"long.{name}", np.tile(minute, (30, 1)), codec=codec, rate=8000)
    told = subprocess.run([sys.executable, "-c", code, short, long], capture_output=True, text=True)
    before, after = map(int, told.stdout.split())
    assert after - before < 20_000, "kB, of 58 MB of samples"


def test_without_the_extra_the_reason_names_it(tmp_path: Path) -> None:
    encode(tmp_path / "a.m4a", SOUND, codec="aac")
    encode(tmp_path / "b.wav", SOUND[:, :1], codec="g722")
    soundfile.write(tmp_path / "c.wav", SOUND, RATE)
    code = """if True:
        import sys
        sys.modules["av"] = None
        from deepspectrum_features import Corpus
        corpus = Corpus.read(sys.argv[1]).scan()
        print(*corpus.headers, *corpus.refused, sep="\\n")
    """
    told = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""
    file, m4a, wav = told.stdout.splitlines()
    assert file == "c.wav"
    needed = "pip install 'deepspectrum-features[ffmpeg]'"
    assert m4a == f"a.m4a: MPEG-4 or QuickTime, need FFmpeg to read it ({needed})"
    assert wav.startswith("b.wav: not a recording that libsndfile reads (")
    assert wav.endswith(f"), FFmpeg may ({needed})")
    assert list(Corpus.read(tmp_path).scan().headers) == ["a.m4a", "b.wav", "c.wav"]


def test_a_cut_that_took_little_sound_is_said(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", SOUND, codec="pcm_s16le")
    assert scan(path).remark == ""
    path.write_bytes(path.read_bytes()[:-3])
    assert scan(path).remark == "bytes missing at its end: 3"


def test_a_packet_lost_by_a_few_bytes_is_lost(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", np.tile(SOUND, (4, 1)), codec="libmp3lame")
    whole_one = scan(path)
    path.write_bytes(path.read_bytes()[:-3])
    header = scan(path)
    assert whole_one.frames - header.frames > RATE // 50
    assert header.lost > RATE // 50
    assert refusal(path).startswith("truncated: ")


def test_channels_of_8svx_stand_one_behind_the_other(tmp_path: Path) -> None:
    """As Amiga's sound editors write them: all of the left one, then all of the right one."""
    left, right = np.rint(SOUND.T * 128).clip(-128, 127).astype(np.int8)
    chunks = {b"VHDR": struct.pack(">IIIHBBI", 8000, 0, 0, RATE, 1, 0, 1 << 16),
              b"CHAN": struct.pack(">I", 6), b"BODY": left.tobytes() + right.tobytes()}  # fmt: skip
    body = b"8SVX" + b"".join(
        name + struct.pack(">I", len(chunk)) + chunk for name, chunk in chunks.items()
    )
    (tmp_path / "a.8svx").write_bytes(b"FORM" + struct.pack(">I", len(body)) + body)
    np.testing.assert_array_equal(whole(tmp_path / "a.8svx") * 128, np.stack([left, right], 1))
