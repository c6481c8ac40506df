"""Chunks: where they begin and end, and that each gives the row of the same samples alone."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.corpus.chunks import Chunks
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.features.verification import verify
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.audio import AudioHeader
from deepspectrum_features.sound.spectrogram import power_spectrogram
from deepspectrum_features.testing import chirp
from tests.test_extraction import contents

FRAME = 0.025  # seconds, the shortest that gives a row


def recording(samples: int, rate: int, *stretches: tuple[float, float | None]) -> Corpus:
    """Return one recording, whole or as some stretches, as if it had been scanned."""
    listed = [Utterance("a.wav", *one, label="x") for one in stretches or [(0.0, None)]]
    headers = {"a.wav": AudioHeader(samples, rate, 1, 2 * samples + 44)}
    return Corpus(Path("root"), "name", False, tuple(listed), headers=headers)


def cut(
    seconds: float, step: float, corpus: Corpus, shortest: float = FRAME
) -> list[tuple[float, float | None]]:
    found = Chunks(seconds, step).cut(corpus, shortest).utterances
    return [(one.start, one.end) for one in found]


def noise(seconds: float, rate: int = 16000, seed: int = 0) -> NDArray[np.float64]:
    """Noise whose level and colour change all the time, so that no two chunks are alike."""
    samples = round(seconds * rate)
    level = 0.02 + 0.2 * np.linspace(0, 1, samples) ** 2
    return level * np.random.default_rng(seed).standard_normal(samples) + 0.3 * chirp(
        100, 0.4 * rate, samples / rate, rate
    )


def test_the_first_chunk_that_reaches_the_end_is_the_last() -> None:
    # seconds    0    1    2    3    4    5    6    7    8
    # recording  [==================================]
    # chunks     [--------------)
    #                           [--------------)
    #                                          [----]        shorter, kept
    assert cut(3, 3, recording(7000, 1000)) == [(0, 3), (3, 6), (6, None)]
    # recording  [=============================]
    # chunks     [--------------)
    #                           [--------------]             reaches it: no empty third
    assert cut(3, 3, recording(6000, 1000)) == [(0, 3), (3, None)]


def test_overlapping_chunks_end_with_the_first_that_reaches_the_end() -> None:
    # seconds    0    1    2    3    4    5
    # recording  [========================]
    # chunks     [---------)
    #                 [---------)
    #                      [---------)
    #                           [---------]                  [4, 5] would add nothing
    assert cut(2, 1, recording(5000, 1000)) == [(0, 2), (1, 3), (2, 4), (3, None)]
    # recording  [==========================]                5.5 s
    #                           [---------)
    #                                [------]
    assert cut(2, 1, recording(5500, 1000))[-2:] == [(3, 5), (4, None)]


def test_chunks_further_apart_than_they_are_long_leave_gaps() -> None:
    # seconds    0    1    2    3    4    5    6    7    8
    # recording  [==================================]
    # chunks     [----)         [----)         [----]
    assert cut(1, 3, recording(7000, 1000)) == [(0, 1), (3, 4), (6, None)]
    # recording  [=======================================]
    # chunks     [----)         [----)         [----)        the end lies in a gap
    assert cut(1, 3, recording(8000, 1000)) == [(0, 1), (3, 4), (6, 7)]
    # recording  [================================]          6.5 s
    # chunks     [----)         [----)         [--]
    assert cut(1, 3, recording(6500, 1000)) == [(0, 1), (3, 4), (6, None)]


def test_a_last_chunk_shorter_than_a_frame_is_dropped() -> None:
    # at 8000 Hz a frame is 200 samples; two chunks of a second, then so many samples:
    assert cut(1, 1, recording(16000 + 199, 8000)) == [(0, 1), (1, 2)]
    assert cut(1, 1, recording(16000 + 200, 8000)) == [(0, 1), (1, 2), (2, None)]
    # at 44100 Hz it is 1102.5
    assert len(cut(1, 1, recording(44100 + 1102, 44100))) == 1
    assert len(cut(1, 1, recording(44100 + 1103, 44100))) == 2
    # where one sample would do, only nothing is too short
    assert cut(1, 1, recording(1001, 1000), shortest=0.0) == [(0, 1), (1, None)]
    assert cut(1, 1, recording(1000, 1000), shortest=0.0) == [(0, None)]


def test_chunks_begin_at_whole_samples_and_never_drift() -> None:
    # 0.1 s at 16000 Hz is 1600 samples, and 0.1 has no end in base 2
    found = cut(0.1, 0.1, recording(160_000, 16000))
    assert [start for start, _ in found] == [k * 1600 / 16000 for k in range(100)]
    added = [0.0]
    while len(added) < 100:
        added.append(added[-1] + 0.1)
    apart = np.abs(np.array(added) - [start for start, _ in found])
    assert 0 < apart.max() < 1e-9, "adding is off by a little, and a little more every time"
    assert found[3] == (0.3, 0.4)
    assert added[3] == 0.30000000000000004
    # 0.1 s at 11025 Hz is 1102.5 samples: each step is 1102, the nearest even whole number
    found = cut(1, 0.1, recording(20 * 11025, 11025))
    assert [start for start, _ in found[:3]] == [0, 1102 / 11025, 2204 / 11025]
    assert {round((end - start) * 11025, 6) for start, end in found[:-1] if end} == {11025}


def test_what_is_shorter_than_a_chunk_stays_as_it_is() -> None:
    whole = recording(2999, 1000)
    assert Chunks(3, 3).cut(whole, FRAME) == whole
    assert Chunks(3, 0.5).cut(recording(3000, 1000), FRAME) == recording(3000, 1000)
    stretches = recording(9000, 1000, (1 / 3, 2.5), (4.0, None), (6.0, 6.01), (8.5, None))
    assert Chunks(5, 1).cut(stretches, FRAME) == stretches, "shorter than a frame too"
    assert Chunks(2, 1).cut(stretches, FRAME) != stretches


def test_stretches_of_a_manifest_are_cut_each_for_itself() -> None:
    # seconds    0    1    2    3    4    5    6
    # recording  [==============================]
    # stretches    [============)
    #                                  [========]    to the end
    # chunks       [----)[----)[)
    #                                  [----)[--]
    found = Chunks(1, 1).cut(recording(6000, 1000, (0.5, 3.0), (4.5, None)), FRAME)
    assert [(one.start, one.end) for one in found.utterances] == [
        *((0.5, 1.5), (1.5, 2.5), (2.5, 3.0)),
        *((4.5, 5.5), (5.5, None)),
    ]
    # a start between two samples is kept as the manifest has it, the next ones are samples
    assert cut(1, 1, recording(80_000, 8000, (1 / 3, 2.5))) == [
        (1 / 3, (2667 + 8000) / 8000),
        ((2667 + 8000) / 8000, (2667 + 16000) / 8000),
        ((2667 + 16000) / 8000, 2.5),
    ]


def test_a_stretch_behind_the_end_stays_to_be_refused() -> None:
    assert cut(1, 1, recording(2000, 1000, (5.0, None))) == [(5.0, None)]


RATES = st.sampled_from([1000, 8000, 11025, 16000, 44100])
LENGTHS = st.integers(1, 5000)


@settings(max_examples=300, deadline=None)
@given(
    rate=RATES,
    begin=st.integers(0, 3000),
    samples=st.integers(1, 60_000),
    length=LENGTHS,
    step=st.integers(50, 6000),
    to_the_end=st.booleans(),
)
def test_chunks_are_what_the_closed_form_says(
    rate: int, begin: int, samples: int, length: int, step: int, to_the_end: bool
) -> None:
    stretch = (begin / rate, None if to_the_end else (begin + samples) / rate)
    behind = 0 if to_the_end else 777
    length = max(length, math.ceil(FRAME * rate))  # shorter chunks are refused before
    corpus = recording(begin + samples + behind, rate, stretch)
    found = cut(length / rate, step / rate, corpus)
    # chunk k reaches the end where k * step + length >= samples; ceil gives the first such k
    last = max(math.ceil((samples - length) / step), 0)
    rest = samples - last * step  # of the last chunk; none where the end lies in a gap
    kept = last if last and rest < FRAME * rate else last + 1
    assert len(found) == kept
    assert found[0][0] == stretch[0]
    for k, (start, end) in enumerate(found):
        assert start == (begin + k * step) / rate
        reaches = k * step + length >= samples
        assert end == (stretch[1] if reaches else (begin + k * step + length) / rate)


@settings(max_examples=200, deadline=None)
@given(
    rate=RATES,
    samples=st.integers(1, 60_000),
    length=st.floats(FRAME, 4),
    overlap=st.floats(0, 0.9),
)
def test_chunks_without_gaps_leave_out_less_than_a_frame(
    rate: int, samples: int, length: float, overlap: float
) -> None:
    corpus = recording(samples, rate)
    step = max(length * (1 - overlap), 0.001)
    chunks = Chunks(length, step).cut(corpus, FRAME).utterances
    covered = np.zeros(samples, bool)
    for one in chunks:
        end = samples if one.end is None else round(one.end * rate)
        assert not covered[round(one.start * rate) : end].all(), "each adds something"
        covered[round(one.start * rate) : end] = True
    lost = np.flatnonzero(~covered)
    assert len(lost) < FRAME * rate
    assert not len(lost) or (len(chunks) > 0 and lost[0] + len(lost) == samples)
    keys = {(round(one.start, 6), one.end and round(one.end, 6)) for one in chunks}
    assert len(keys) == len(chunks)
    assert {one.label for one in chunks} == {"x"}


@pytest.mark.parametrize(("rate", "step"), [(16000, 0.7), (8000, 1.0), (8000, 1.5)])
def test_each_row_is_that_of_its_samples_cut_by_hand(
    tmp_path: Path, encoder: Encoder, rate: int, step: float
) -> None:
    sound = noise(4.3, rate)
    soundfile.write(tmp_path / "a.wav", sound, rate, subtype="FLOAT")
    done = extract(tmp_path / "a.wav", tmp_path / "o.h5", encoder=encoder, chunk=1, chunk_step=step)
    table = FeatureFile.open(done.path)
    starts = {0.7: [0, 0.7, 1.4, 2.1, 2.8, 3.5], 1.0: [0, 1, 2, 3, 4], 1.5: [0, 1.5, 3]}[step]
    np.testing.assert_allclose(table.start, starts, rtol=1e-12)
    np.testing.assert_allclose(table.end, np.minimum(table.start + 1, 4.3), rtol=1e-12)
    for row, start in enumerate(starts):
        first = round(start * rate)
        alone = sound[first : first + rate].astype(np.float32)
        if rate != 16000:
            alone = soxr.resample(alone, rate, 16000, quality="HQ")
        expected = encoder.encode([power_spectrogram(alone, PowerSpectrogram())])
        close = {"rtol": 1e-5, "atol": 1e-6}
        np.testing.assert_allclose(table.features[row], expected.embedding[0], **close)
        np.testing.assert_allclose(table.scores[row], expected.scores[0], **close)
        for other in set(range(len(starts))) - {row}:
            assert not np.allclose(table.features[other], expected.embedding[0], atol=1e-3)


def test_chunks_carry_what_is_known_of_their_utterance(tmp_path: Path, encoder: Encoder) -> None:
    soundfile.write(tmp_path / "a.wav", noise(2.5), 16000)
    soundfile.write(tmp_path / "b.wav", noise(1.2, seed=1), 16000)
    (tmp_path / "corpus.csv").write_text(
        "file,start,end,label,speaker,split\n"
        "a.wav,0,1.5,calm,ann,train\na.wav,1.5,,angry,bob,test\nb.wav,,,calm,,dev\n"
    )
    done = extract(tmp_path, tmp_path / "out.h5", encoder=encoder, chunk=0.5, jobs=1)
    found = FeatureFile.open(done.path)
    # a: [0, .5), [.5, 1), [1, 1.5) | [1.5, 2), [2, 2.5]   b: [0, .5), [.5, 1), [1, 1.2]
    assert found.file == ["a.wav"] * 5 + ["b.wav"] * 3
    assert found.label == ["calm"] * 3 + ["angry"] * 2 + ["calm"] * 3
    assert found.speaker == ["ann"] * 3 + ["bob"] * 2 + [""] * 3
    assert found.split == ["train"] * 3 + ["test"] * 2 + ["dev"] * 3
    np.testing.assert_allclose(found.start, [0, 0.5, 1, 1.5, 2, 0, 0.5, 1], atol=1e-12)
    np.testing.assert_allclose(found.end, [0.5, 1, 1.5, 2, 2.5, 0.5, 1, 1.2], atol=1e-12)
    assert verify(done.path) == []


def test_a_last_chunk_of_one_frame_gives_a_row_and_less_gives_none(
    tmp_path: Path, encoder: Encoder
) -> None:
    for samples, rows in ((200, 3), (199, 2)):
        soundfile.write(tmp_path / f"{samples}.wav", noise(2 + samples / 8000, 8000), 8000)
        out = tmp_path / f"{samples}.h5"
        done = extract(tmp_path / f"{samples}.wav", out, encoder=encoder, chunk=1.0, frames=True)
        assert (done.rows, done.refused) == (rows, ())
        if rows == 3:
            assert FeatureFile.open(out).frames.count.tolist() == [98, 98, 1]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"chunk": 120.001}, "--chunk 120.001: need 0.025 to 120 s for this encoder"),
        ({"chunk": 600.0, "chunk_step": 1.0}, "--chunk 600: need 0.025 to 120 s"),
        ({"chunk": 0.0249}, "--chunk 0.0249: need 0.025 to 120 s for this encoder"),
        ({"chunk": 0.0}, "--chunk 0: need 0.025"),
        ({"chunk": -1.0}, "--chunk -1: need 0.025"),
        ({"chunk": 1.0, "chunk_step": 0.0}, "--chunk-step 0: need at least 0.001 s"),
        ({"chunk": 1.0, "chunk_step": -1.0}, "--chunk-step -1: need at least 0.001 s"),
        ({"chunk_step": 1.0}, "--chunk-step: need --chunk too"),
    ],
)
def test_impossible_chunks_are_one_clear_line(
    folder: Path, encoder: Encoder, options: dict[str, float], line: str
) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(CorpusError, match="^" + re.escape(line)) as caught:
        extract(folder, folder / "out.h5", encoder=encoder, **options)
    assert "\n" not in str(caught.value)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("length", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["chunk", "chunk_step"])
def test_a_length_that_no_time_has_is_refused(
    folder: Path, encoder: Encoder, name: str, length: float
) -> None:
    given: dict[str, Any] = {"chunk": 1.0, name: length}
    with pytest.raises(ValueError, match=f"^{name}={length}, need seconds$"):
        extract(folder, folder / "out.h5", encoder=encoder, **given)


@pytest.mark.slow
def test_the_longest_chunk_that_the_encoder_takes(tmp_path: Path, encoder: Encoder) -> None:
    soundfile.write(tmp_path / "a.wav", noise(150, 8000), 8000)
    done = extract(tmp_path / "a.wav", tmp_path / "out.h5", encoder=encoder, chunk=120.0)
    assert (done.rows, done.refused) == (2, ())


def test_the_longest_chunk_is_taken_wherever_it_begins(tmp_path: Path, encoder: Encoder) -> None:
    # 163.8 - 43.8 is 120.00000000000001 in float64, and 120 s long all the same
    soundfile.write(tmp_path / "a.wav", noise(165, 8000), 8000)
    (tmp_path / "list.csv").write_text("file,start,end\na.wav,36.5,163.8\n")
    done = extract(
        tmp_path / "list.csv", tmp_path / "o.h5", encoder=encoder, chunk=120, chunk_step=7.3
    )
    assert [str(one) for one in done.refused] == []
    np.testing.assert_allclose(FeatureFile.open(done.path).start, [36.5, 43.8], rtol=1e-12)


def test_chunks_of_stretches_that_overlap_give_each_row_once(
    tmp_path: Path, encoder: Encoder
) -> None:
    # seconds    0    1    2    3
    # stretches  [=========)
    #                 [=========)
    # chunks     [----)[---)
    #                 [----)[---)       [1, 2) is in both
    soundfile.write(tmp_path / "a.wav", noise(3), 16000)
    (tmp_path / "list.csv").write_text("file,start,end,label\na.wav,0,2,low\na.wav,1,3,high\n")
    done = extract(tmp_path / "list.csv", tmp_path / "out.h5", encoder=encoder, chunk=1.0)
    assert verify(done.path) == []
    found = FeatureFile.open(done.path)
    assert found.start.tolist() == [0, 1, 2]
    assert found.label == ["low", "low", "high"], "the first to list it gives its label"
    again = extract(tmp_path / "list.csv", tmp_path / "out.h5", encoder=encoder, chunk=1.0)
    assert (again.found, again.refused) == ("complete", done.refused)


@pytest.fixture(scope="module")
def long_recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 minutes at 8000 Hz."""
    path = tmp_path_factory.mktemp("long") / "long.wav"
    soundfile.write(path, noise(1200, 8000), 8000, subtype="PCM_16")
    return path


@pytest.mark.slow
def test_a_long_recording_needs_chunks_and_gets_its_rows_with_them(
    long_recording: Path, tmp_path: Path, encoder: Encoder
) -> None:
    with pytest.raises(CorpusError, match=r"1200\.0 s.*at most 120 s \(use --chunk SECONDS\)"):
        extract(long_recording, tmp_path / "out.h5", encoder=encoder)
    assert not list(tmp_path.iterdir())
    corpus = Chunks(30, 20).cut(Corpus.read(long_recording).scan(), FRAME)
    assert len(plan.make_plan(corpus, {}).parts) > 5
    for jobs in (1, 4):
        done = extract(
            long_recording,
            tmp_path / f"{jobs}.h5",
            encoder=encoder,
            chunk=30.0,
            chunk_step=20.0,
            jobs=jobs,
        )
        # the last chunk begins at 1180 s: the one before reaches to 1190 s
        assert (done.rows, done.refused) == (60, ())
    assert contents(tmp_path / "1.h5") == contents(tmp_path / "4.h5")
    found = FeatureFile.open(tmp_path / "1.h5")
    assert found.start.tolist() == [20.0 * row for row in range(60)]
    assert found.end.tolist() == [min(20.0 * row + 30, 1200) for row in range(60)]
    assert len(np.unique(found.features, axis=0)) == 60
    # every chunk has the digest of the whole recording: 16-bit mono samples are what is hashed
    samples, _ = soundfile.read(long_recording, dtype="int16")
    assert set(found.content) == {hashlib.sha256(samples.astype("<i2")).hexdigest()[:16]}


def test_the_same_chunks_are_found_complete_and_others_refused(
    folder: Path, encoder: Encoder
) -> None:
    out = folder / "out.h5"
    first = extract(folder, out, encoder=encoder, chunk=0.4)
    assert first.rows > 8
    assert extract(folder, out, encoder=encoder, chunk=0.4, chunk_step=0.4).found == "complete"
    for options in ({"chunk": 0.3}, {"chunk": 0.4, "chunk_step": 0.2}, {}):
        with pytest.raises(FeatureFileError, match=rf"exists with {first.rows} inputs, now \d+ "):
            extract(folder, out, encoder=encoder, **options)


def cut_off(path: Path, samples: int) -> Path:
    """Write 10 s of 16-bit noise at 8000 Hz and keep so many samples of it."""
    soundfile.write(path, noise(10, 8000), 8000, subtype="PCM_16")
    with path.open("r+b") as stream:
        stream.truncate(44 + 2 * samples)
    return path


def test_of_a_truncated_recording_the_intact_chunks_are_rows(
    tmp_path: Path, encoder: Encoder
) -> None:
    whole, half = tmp_path / "whole", tmp_path / "half"
    for folder, samples in ((whole, 80_000), (half, 28_000)):
        folder.mkdir()
        cut_off(folder / "a.wav", samples)
        extract(folder, folder / "out.h5", encoder=encoder, chunk=1.0, jobs=1)
    full, found = FeatureFile.open(whole / "out.h5"), FeatureFile.open(half / "out.h5")
    # 3.5 s of 10 s are there: three chunks, and the fourth is not what was recorded
    assert found.start.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.features, full.features[:3], rtol=1e-5, atol=1e-6)
    assert not np.allclose(found.features, full.features[3:6], atol=1e-3)
    assert [str(one) for one in found.refused] == [
        "a.wav [3-end s]: truncated: 3.5 s of 10 s are there, need the whole recording "
        "(or list stretches of it in a manifest)"
    ]
    assert not full.refused


@pytest.mark.parametrize(
    ("samples", "step"), [(24_100, 1.0), (28_000, 2.0)], ids=["less than a frame", "in a gap"]
)
def test_a_truncated_recording_is_named_wherever_it_ends(
    tmp_path: Path, encoder: Encoder, samples: int, step: float
) -> None:
    # 3 chunks and 100 samples, too few for a frame; or an end between two chunks: what is lost
    # of the other 7 s must stand in the ledger all the same
    cut_off(tmp_path / "a.wav", samples)
    done = extract(
        tmp_path / "a.wav", tmp_path / "out.h5", encoder=encoder, chunk=1.0, chunk_step=step
    )
    assert done.rows >= 1
    assert [one.file for one in done.refused] == ["a.wav"]
    assert "truncated" in done.refused[0].reason


def test_a_few_samples_lost_are_no_loss(tmp_path: Path, encoder: Encoder) -> None:
    # 10 of 80110 samples are gone, 1.25 ms: nothing that a whole recording would be refused for,
    # and what follows the tenth chunk is too short for a frame with them and without
    soundfile.write(tmp_path / "a.wav", noise(80_110 / 8000, 8000), 8000, subtype="PCM_16")
    with (tmp_path / "a.wav").open("r+b") as stream:
        stream.truncate(44 + 2 * 80_100)
    for options, rows in (({}, 1), ({"chunk": 1.0}, 10)):
        out = tmp_path / f"{rows}.h5"
        done = extract(tmp_path / "a.wav", out, encoder=encoder, **options)
        assert (done.rows, [str(one) for one in done.refused]) == (rows, [])
