"""From utterances to frames: recordings opened once, resampled, every utterance answered for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from deepspectrum_features import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound import content, make_front_end, segments
from deepspectrum_features.sound.decoder import Decoder
from deepspectrum_features.sound.segments import Segment, read_segments
from deepspectrum_features.sound.spans import Span
from deepspectrum_features.sound.waveform import resample
from deepspectrum_features.testing import tone

RATE = 16000


def corpus(root: Path) -> Corpus:
    """Return a corpus of what lies in a folder."""
    return Corpus(root, "tones", False, ())


def steps(first: int) -> np.ndarray:
    """Return a second whose sample ``n`` is ``first + n``, so that a cut shows where it is from."""
    return np.arange(first, first + RATE, dtype=np.int16)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "a.wav", steps(0), RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "b.flac", steps(1000), RATE, subtype="PCM_16")
    (tmp_path / "text.wav").write_text("no sound at all, only words")
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    original = segments.open_sound

    def noting(path: Path) -> Decoder:
        names.append(path.name)
        return original(path)

    monkeypatch.setattr(segments, "open_sound", noting)
    return names


def test_each_run_of_utterances_opens_its_recording_once(root: Path, opened: list[str]) -> None:
    utterances = [
        Utterance("a.wav", 0.5, 0.75),
        Utterance("a.wav", 0.0, 0.25),
        Utterance("b.flac"),
        Utterance("a.wav", 0.75, None),
    ]
    found = dict(read_utterances(corpus(root), utterances))
    assert opened == ["a.wav", "b.flac", "a.wav"]
    expected = {0: (8000, 4000), 1: (0, 4000), 2: (1000, 16000), 3: (12000, 4000)}
    assert sorted(found) == sorted(expected)
    for row, (first, length) in expected.items():
        segment = found[row]
        assert isinstance(segment, Segment)
        assert segment.waveform[0] * 32768 == first
        assert len(segment.waveform) == length
        assert segment.start == utterances[row].start
    ends = [segment.end for _, segment in sorted(found.items()) if isinstance(segment, Segment)]
    assert ends == [0.75, 0.25, 1.0, 1.0]


def test_one_bad_recording_costs_its_own_rows_only(root: Path) -> None:
    utterances = [
        Utterance("text.wav", 0.0, 0.1),
        Utterance("text.wav", 0.1, 0.2),
        Utterance("a.wav", 0.0, 0.5),
        Utterance("a.wav", 0.5, 1.5),
        Utterance("gone.wav"),
    ]
    found = dict(read_utterances(corpus(root), utterances))
    assert isinstance(found.pop(2), Segment)
    assert all(isinstance(error, AudioError) for error in found.values())
    assert {row: getattr(error, "stage", "") for row, error in found.items()} == {
        0: "open",
        1: "open",
        3: "cut",
        4: "open",
    }
    assert str(found[4]) == "no such file or directory"


def damage(path: Path) -> None:
    """Overwrite a few bytes in the middle."""
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(bytes(300))


def test_what_was_cut_before_the_damage_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)
    soundfile.write(tmp_path / "a.flac", noise, RATE)
    damage(tmp_path / "a.flac")
    monkeypatch.setattr(segments, "_BLOCK", 4096)
    utterances = [Utterance("a.flac", 0.0, 0.5), Utterance("a.flac", 3.0, 3.5)]
    contents: dict[str, str] = {}
    found = dict(read_utterances(corpus(tmp_path), utterances, None, ["a.flac"], contents))
    assert isinstance(found[0], Segment)
    assert len(found[0].waveform) == 8000
    assert isinstance(found[1], AudioError)
    assert contents == {}, "half a recording has no digest"


@pytest.mark.parametrize("span", [(0.0, None), (2.0, 4.5), (1.0, 1.5)])
def test_damaged_flac_is_an_audio_error_wherever_it_is_wanted(
    tmp_path: Path, span: tuple[float, float | None]
) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE)
    soundfile.write(tmp_path / "a.flac", noise, RATE)
    damage(tmp_path / "a.flac")
    with pytest.raises(AudioError, match="stopped at"):
        list(read_segments(tmp_path / "a.flac", [Span(*span)]))


def test_digest_is_of_the_whole_recording_whatever_is_cut(root: Path) -> None:
    expected = hashlib.sha256(steps(0).astype("<i2").tobytes()).hexdigest()[:16]
    contents: dict[str, str] = {}
    utterances = [Utterance("a.wav", 0.0, 0.01), Utterance("b.flac", 0.0, 0.01)]
    rows = [row for row, _ in read_utterances(corpus(root), utterances, None, {"a.wav"}, contents)]
    assert rows == [0, 1]
    assert contents == {"a.wav": expected}
    other = hashlib.sha256(steps(1000).astype("<i2").tobytes()).hexdigest()[:16]
    list(read_utterances(corpus(root), utterances, None, {"a.wav", "b.flac"}, contents))
    assert contents == {"a.wav": expected, "b.flac": other}
    assert expected != other


def test_digest_is_taken_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[content.ContentDigest] = []
    original = content.ContentDigest.__init__

    def noting(digest: content.ContentDigest) -> None:
        made.append(digest)
        original(digest)

    monkeypatch.setattr(content.ContentDigest, "__init__", noting)
    utterances = [Utterance("a.wav"), Utterance("b.flac"), Utterance("a.wav", 0.5)]
    contents: dict[str, str] = {}
    list(read_utterances(corpus(root), utterances, None, {"a.wav"}, contents))
    assert len(made) == 1
    assert list(contents) == ["a.wav"]


def test_chosen_channel_reaches_every_recording(tmp_path: Path) -> None:
    both = np.stack([steps(0), steps(500)], 1)
    soundfile.write(tmp_path / "two.wav", both, RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "one.wav", steps(0), RATE, subtype="PCM_16")
    utterances = [Utterance("two.wav"), Utterance("one.wav")]
    found = dict(read_utterances(corpus(tmp_path), utterances, channel=2))
    assert isinstance(found[0], Segment)
    assert found[0].waveform[0] * 32768 == 500
    assert str(found[1]) == "1 channel, need channel 2"


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_resampling_keeps_length_frequency_and_level(rate: int) -> None:
    found = resample(tone(440, 0.5, rate), rate, RATE)
    assert found.dtype == np.float32
    assert abs(len(found) - 8000) <= 1
    inner = slice(800, 7200)  # the filter rings at both ends
    np.testing.assert_allclose(found[inner], tone(440, 0.5)[inner], atol=2e-4)
    assert not np.allclose(found[inner], tone(441, 0.5)[inner], atol=2e-4)
    assert not np.allclose(found[inner], 1.001 * tone(440, 0.5)[inner], atol=2e-4)


def test_resampling_takes_out_what_the_lower_rate_cannot_hold() -> None:
    above = resample(tone(9000, 0.5, 44100), 44100, RATE)
    below = resample(tone(6000, 0.5, 44100), 44100, RATE)
    assert np.abs(above[800:7200]).max() < 1e-4
    assert np.abs(below[800:7200]).max() > 0.49


def test_resampling_to_its_own_rate_changes_nothing() -> None:
    sound = tone(440, 0.1)
    assert resample(sound, RATE, RATE) is sound
    assert len(resample(np.zeros(0, np.float32), 8000, RATE)) == 0


def test_frames_are_those_of_the_recipes_rate() -> None:
    front_end = make_front_end(PowerSpectrogram())
    peaks = {}
    for rate in (8000, 16000, 48000):
        frames = front_end.frames(tone(1000, 1.0, rate), rate)
        assert frames.shape == (98, 257)  # 1 + (16000 - 400) // 160
        assert set(frames.argmax(axis=1)) == {32}  # 1000 Hz in bins of 31.25 Hz
        peaks[rate] = frames[49, 32]
    np.testing.assert_allclose(list(peaks.values()), (0.25 * 216) ** 2, rtol=1e-3)
    assert not np.allclose(list(peaks.values()), (0.5 * 216) ** 2, rtol=1e-3)


def test_too_short_after_resampling_is_an_audio_error() -> None:
    with pytest.raises(AudioError, match=r"^320 samples, need at least 400 "):
        make_front_end(PowerSpectrogram()).frames(tone(440, 0.02, 8000), 8000)
