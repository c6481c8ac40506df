"""Sound in: every container decodes, spans are cut to the sample, a recording knows itself."""

from __future__ import annotations

import hashlib
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound import audio, segments
from deepspectrum_features.sound.audio import scan
from deepspectrum_features.sound.containers.kinds import READABLE
from deepspectrum_features.sound.content import ContentDigest, content_digest
from deepspectrum_features.sound.segments import Segment, read_segments
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.testing import tone

RATE = 16000
LINEAR = ["PCM_16", "PCM_24", "PCM_32", "PCM_U8", "FLOAT", "DOUBLE"]
CODECS = [
    *(("wav", "WAV", subtype) for subtype in [*LINEAR, "ULAW", "ALAW", "MS_ADPCM"]),
    *(("wav", "WAVEX", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT")),
    *(("flac", "FLAC", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24")),
    *(("ogg", "OGG", subtype) for subtype in ("VORBIS", "OPUS")),
    ("mp3", "MP3", "MPEG_LAYER_III"),
    *(("aiff", "AIFF", subtype) for subtype in ["PCM_S8", *LINEAR, "ULAW", "ALAW"]),
    *(("au", "AU", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT")),
    *(("caf", "CAF", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT", "ALAC_16", "ALAC_24")),
    *(("w64", "W64", subtype) for subtype in LINEAR),
    *(("rf64", "RF64", subtype) for subtype in LINEAR),
]
# libmpg123's last bit depends on where its decoder was set down before
ROUNDING = {".mp3": 2e-7}


def whole(path: Path, channel: int = 0) -> NDArray[np.float32]:
    ((_, segment),) = read_segments(path, [Span(channel=channel)])
    assert isinstance(segment, Segment)
    return segment.waveform


def one_error(path: Path, start: float, end: float | None) -> AudioError:
    ((_, found),) = read_segments(path, [Span(start, end)])
    assert isinstance(found, AudioError)
    return found


@pytest.mark.parametrize(("suffix", "container", "subtype"), CODECS)
def test_every_container_decodes(tmp_path: Path, suffix: str, container: str, subtype: str) -> None:
    path = tmp_path / f"a.{suffix}"
    sound = tone(440, 0.5)
    soundfile.write(path, sound, RATE, format=container, subtype=subtype)
    expected, rate = soundfile.read(path, dtype="float32")
    found = whole(path)
    assert found.dtype == np.float32
    assert rate == RATE
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING.get(path.suffix, 0))
    length = min(len(found), len(sound))
    assert np.corrcoef(found[:length], sound[:length])[0, 1] > 0.999
    assert abs(np.corrcoef(found[:length], tone(445, 0.5)[:length])[0, 1]) < 0.9


@pytest.mark.parametrize("suffix", sorted(READABLE))
def test_the_content_decides_not_the_suffix(tmp_path: Path, suffix: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 0.1), RATE)
    path = (tmp_path / "a.wav").rename(tmp_path / f"b{suffix}")
    assert scan(path) == audio.AudioHeader(1600, RATE, 1, path.stat().st_size)
    assert scan(path).seconds == pytest.approx(0.1)


@pytest.mark.parametrize(("dtype", "full"), [(np.int16, 2**15), (np.int32, 2**31)])
def test_integers_are_scaled_to_full_scale_one(tmp_path: Path, dtype: type, full: int) -> None:
    steps = np.array([0, 1, -1, full // 2, full - full // 256, -full], dtype)
    scipy.io.wavfile.write(tmp_path / "a.wav", 8000, steps)
    found = whole(tmp_path / "a.wav")
    np.testing.assert_array_equal(found, (steps / full).astype(np.float32))
    assert not np.array_equal(found, (1.0001 * steps / full).astype(np.float32))


def test_channels_are_averaged_or_chosen(tmp_path: Path) -> None:
    left, right = tone(440, 0.1), tone(1000, 0.1, level=0.25)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], 1), RATE, subtype="FLOAT")
    mean = (left.astype(np.float64) + right) / 2
    np.testing.assert_allclose(whole(tmp_path / "a.wav"), mean, rtol=1e-6, atol=1e-7)
    assert not np.allclose(whole(tmp_path / "a.wav"), left + right, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(whole(tmp_path / "a.wav", channel=1), left)
    np.testing.assert_array_equal(whole(tmp_path / "a.wav", channel=2), right)
    assert not np.array_equal(left, right)


@pytest.mark.parametrize("channel", [3, -1])
def test_a_channel_that_is_not_there_is_refused(tmp_path: Path, channel: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((100, 2)), RATE)
    ((_, found),) = read_segments(tmp_path / "a.wav", [Span(channel=channel)])
    assert isinstance(found, AudioError)
    assert str(found) == f"2 channels, need channel {channel}"
    assert found.stage == "open"


def test_span_is_cut_to_the_sample(tmp_path: Path) -> None:
    ramp = np.arange(-8000, 8000, dtype=np.int16)  # sample n of the file is n - 8000
    scipy.io.wavfile.write(tmp_path / "a.wav", RATE, ramp)
    ((_, cut),) = read_segments(tmp_path / "a.wav", [Span(0.25, 0.5)])
    assert isinstance(cut, Segment)
    np.testing.assert_array_equal(cut.waveform, np.arange(4000 - 8000, 8000 - 8000) / 32768)
    assert (cut.start, cut.end, cut.sample_rate) == (0.25, 0.5, RATE)


def test_end_past_the_file_is_refused_and_names_both(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 0.5), RATE)
    found = one_error(tmp_path / "a.wav", 0.25, 0.75)
    assert str(found) == "end 0.75 s, but the recording ends at 0.5 s"
    assert found.stage == "cut"
    ((_, rounded),) = read_segments(tmp_path / "a.wav", [Span(0.25, 0.5 + 1 / RATE)])
    assert isinstance(rounded, Segment), "one sample of rounding is not an error"


def test_spans_come_as_soon_as_they_are_complete(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 1.0), RATE)
    spans = [Span(), Span(0.5, 0.6), Span(0.0, 0.1), Span(0.55, 2.0)]
    with mock.patch.object(segments, "_BLOCK", 500):
        order = [index for index, _ in read_segments(tmp_path / "a.wav", spans)]
    assert order == [2, 1, 0, 3]


def test_spans_given_in_whole_samples_lose_none_to_division(tmp_path: Path) -> None:
    ramp = np.arange(1000, dtype=np.int16)
    scipy.io.wavfile.write(tmp_path / "a.wav", 22050, ramp)
    spans = [Span(first / 22050, (first + 3) / 22050) for first in range(500)]
    assert any(int(span.start * 22050) != first for first, span in enumerate(spans))
    for first, cut in read_segments(tmp_path / "a.wav", spans):
        assert isinstance(cut, Segment)
        assert (cut.waveform * 32768).tolist() == [first, first + 1, first + 2]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("codecs")
    swell = 0.5 + 0.5 * np.sin(np.arange(12000) / 900)
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 12000)) * swell
    for suffix in ("wav", "flac", "ogg"):
        soundfile.write(folder / f"a.{suffix}", noise.T, 48000)
    soundfile.write(folder / "a.opus", noise.T, 48000, format="OGG", subtype="OPUS")
    # few bits and a swelling sound: frames lean on the bits of frames before them
    soundfile.write(folder / "a.mp3", noise[0], 48000, compression_level=0.9)
    return {path.suffix: path for path in folder.iterdir()}


@settings(max_examples=60, deadline=None)
@given(
    suffix=st.sampled_from([".wav", ".flac", ".mp3", ".ogg", ".opus"]),
    block=st.sampled_from([1000, 1153, 5000, 12000, 20000]),
    cuts=st.lists(st.tuples(st.integers(0, 11900), st.integers(1, 12000)), min_size=1, max_size=4),
    digested=st.booleans(),
)
@example(suffix=".mp3", block=1000, cuts=[(0, 12000)], digested=False)
@example(suffix=".mp3", block=20000, cuts=[(7000, 3000)], digested=False)
def test_spans_cut_in_blocks_equal_slices_of_the_whole(
    recordings: dict[str, Path],
    suffix: str,
    block: int,
    cuts: list[tuple[int, int]],
    digested: bool,
) -> None:
    decoded, _ = soundfile.read(recordings[suffix], dtype="float32", always_2d=True)
    mean = decoded.mean(axis=1, dtype=np.float64).astype(np.float32)
    limits = [(first, min(first + length, 12000)) for first, length in cuts]
    spans = [Span(first / 48000, last / 48000) for first, last in limits]
    digest = ContentDigest() if digested else None
    with mock.patch.object(segments, "_BLOCK", block):
        found = dict(read_segments(recordings[suffix], spans, digest=digest))
    assert sorted(found) == list(range(len(spans)))
    atol = ROUNDING.get(suffix, 0)
    for index, (first, last) in enumerate(limits):
        segment = found[index]
        assert isinstance(segment, Segment)
        np.testing.assert_allclose(segment.waveform, mean[first:last], rtol=0, atol=atol)
        assert not np.allclose(segment.waveform, 0.99 * mean[first:last], rtol=0, atol=atol)
    if digest is not None:
        assert digest.hexdigest() == content_digest(recordings[suffix])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused_where_they_are(
    tmp_path: Path, value: float
) -> None:
    sound = tone(440, 0.5)
    sound[[100, 200]] = value
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    found = one_error(tmp_path / "a.wav", 0.0, None)
    assert str(found) == "2 samples NaN or infinite, need numbers"
    ((_, healthy),) = read_segments(tmp_path / "a.wav", [Span(0.25, 0.5)])
    assert isinstance(healthy, Segment)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "^0 bytes, need a recording$"),
        (b"file,label\na.wav,angry\n" * 9, "^a text file, need a recording$"),
        (b"\x03\x01\x02" * 99, "^not a recording that libsndfile reads"),
        (None, "^no such file or directory$"),
    ],
    ids=["empty", "text", "unknown", "missing"],
)
def test_what_is_no_recording_is_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(AudioError, match=message) as caught:
        scan(tmp_path / "a.wav")
    assert caught.value.stage == "open"
    with pytest.raises(AudioError, match=message):
        whole(tmp_path / "a.wav")


def test_recording_without_samples_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), RATE)
    with pytest.raises(AudioError, match=r"^no samples, need at least one$"):
        scan(tmp_path / "a.wav")


def hex_of(samples: list[int]) -> str:
    return hashlib.sha256(np.array(samples, "<i2").tobytes()).hexdigest()[:16]


def test_content_digest_is_the_same_in_every_lossless_container(tmp_path: Path) -> None:
    pcm = np.random.default_rng(0).integers(-(2**15), 2**15, 3000).astype(np.int16)
    soundfile.write(tmp_path / "mono.wav", pcm, 8000, subtype="PCM_16")
    soundfile.write(tmp_path / "mono.flac", pcm, 8000, subtype="PCM_16")
    soundfile.write(tmp_path / "mono.aiff", pcm, 8000, subtype="PCM_24")
    soundfile.write(tmp_path / "twice.wav", np.stack([pcm, pcm], 1), 8000, subtype="PCM_16")
    expected = hex_of(pcm.tolist())
    with mock.patch.object(segments, "_BLOCK", 700):
        assert {content_digest(path) for path in tmp_path.iterdir()} == {expected}
    pcm[17] ^= 1
    soundfile.write(tmp_path / "other.wav", pcm, 8000, subtype="PCM_16")
    assert content_digest(tmp_path / "other.wav") == hex_of(pcm.tolist()) != expected


def test_content_digest_rounds_half_to_even_and_clips(tmp_path: Path) -> None:
    pairs = np.array([[1, 2], [2, 3], [-1, -2], [-2, -3], [32767, 32767], [-32768, -32767]])
    soundfile.write(tmp_path / "a.wav", pairs.astype(np.int16), RATE, subtype="PCM_16")
    rounded = [2, 2, -2, -2, 32767, -32768]  # of 1.5, 2.5, -1.5, -2.5, 32767, -32767.5
    assert content_digest(tmp_path / "a.wav") == hex_of(rounded)
    loud = np.array([1.5, -1.5, 0.5])
    soundfile.write(tmp_path / "b.wav", loud, RATE, subtype="FLOAT")
    assert content_digest(tmp_path / "b.wav") == hex_of([32767, -32768, 16384])
