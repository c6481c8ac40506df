"""Sounds in, embeddings out: one or many, in their order, here or in another process."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.typing import NDArray

from deepspectrum_features import Encoder
from deepspectrum_features.encoder.batching import batches_on_the_way, runs
from deepspectrum_features.errors import AudioError, EncoderError
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound import power_spectrogram
from deepspectrum_features.testing import tone

Sound = tuple[NDArray[np.float32], int]
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def sounds(count: int, rate: int = 16000) -> Iterator[Sound]:
    """Yield tones of all heights and of lengths from 0.1 to 3 s."""
    generator = np.random.default_rng(0)
    for number in range(count):
        yield tone(200 + 20 * number, generator.uniform(0.1, 3.0), rate, level=0.3), rate


def test_embed_gives_what_the_graph_gives_for_the_frames(encoder: Encoder) -> None:
    ((waveform, rate),) = sounds(1)
    found = encoder.embed(waveform, rate)
    encoded = encoder.encode([power_spectrogram(waveform, PowerSpectrogram())])
    np.testing.assert_array_equal(found.vector, encoded.embedding[0])
    np.testing.assert_array_equal(found.scores, encoded.scores[0])
    np.testing.assert_array_equal(found.frames, encoded.frame_embedding[0])
    np.testing.assert_array_equal(found.attention, encoded.attention[0])
    assert found.attention.sum() == pytest.approx(1, abs=1e-5)
    assert not np.allclose(found.vector, encoder.embed(waveform[::2], rate).vector, **CLOSE)


def test_sounds_of_any_rate_and_precision(encoder: Encoder) -> None:
    at_16000 = encoder.embed(tone(440, 1.0, 16000), 16000).vector
    at_48000 = encoder.embed(tone(440, 1.0, 48000).astype(np.float64), 48000).vector
    np.testing.assert_allclose(at_48000, at_16000, rtol=0.05, atol=0.05)
    assert not np.allclose(encoder.embed(tone(440, 1.0), 48000).vector, at_16000, atol=0.05)


def test_many_come_in_the_order_given_each_as_if_alone(encoder: Encoder) -> None:
    given = list(sounds(150))  # 230 s: more than is read ahead
    found = list(encoder.embed_many(given))
    assert len(found) == 150
    for one, (waveform, rate) in zip(found, given, strict=True):
        alone = encoder.embed(waveform, rate)
        np.testing.assert_allclose(one.vector, alone.vector, **CLOSE)
        np.testing.assert_allclose(one.frames, alone.frames, **CLOSE)
        np.testing.assert_allclose(one.attention, alone.attention, **CLOSE)
        np.testing.assert_allclose(one.scores, alone.scores, **CLOSE)
    assert not np.allclose(found[0].vector, found[-1].vector, atol=1e-3)
    assert list(encoder.embed_many([])) == []


def test_many_are_read_a_little_ahead_and_no_more(encoder: Encoder) -> None:
    taken = 0

    def endless() -> Iterator[Sound]:
        nonlocal taken
        while True:
            taken += 1
            yield tone(300, 2.0), 16000

    stream = encoder.embed_many(endless())
    assert taken == 0
    for _ in range(200):
        next(stream)
    assert 200 <= taken <= 200 + 14400 / 198 + 1  # frames of two seconds: 198


def test_a_list_of_numbers_is_a_sound(encoder: Encoder) -> None:
    sound = tone(300, 0.5)
    given, listed = (encoder.embed(one, 16000) for one in (sound, sound.tolist()))
    np.testing.assert_array_equal(given.vector, listed.vector)


def test_what_cannot_be_embedded_is_said(encoder: Encoder) -> None:
    with pytest.raises(AudioError, match=r"^160 samples, need at least 400 \(25 ms at 16000 Hz\)$"):
        encoder.embed(tone(300, 0.01), 16000)
    with pytest.raises(AudioError, match=r"^130\.0 s, this encoder takes at most 120 s \(cut it\)"):
        encoder.embed(np.zeros(130 * 8000, np.float32), 8000)
    with pytest.raises(AudioError, match=r"^2 samples NaN or infinite, need numbers$"):
        encoder.embed(np.r_[tone(300, 1.0), np.nan, np.inf], 16000)
    with pytest.raises(AudioError, match=r"^the encoder gives no finite numbers"):
        encoder.embed(tone(300, 1.0) * np.float32(1e30), 16000)
    with pytest.raises(ValueError, match=r"^samples: int16 \(16000,\), need floats"):
        encoder.embed((32767 * tone(300, 1.0)).astype(np.int16), 16000)
    for rate, error in ((0, ValueError), (np.nan, ValueError), ("16000", TypeError)):
        with pytest.raises(error, match=rf"^rate={rate!r}, need the samples' rate in Hz$"):
            encoder.embed(np.zeros(16000, np.float32), rate)  # type: ignore[arg-type]
    for sounds in (["a.wav"], (np.zeros(16000), 16000)):
        with pytest.raises(TypeError, match=r"^sounds\[0\]=.*, need \(samples, rate\)$"):
            next(encoder.embed_many(sounds))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^name=\['a'\], need an encoder's name or path$"):
        Encoder.open(["a"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^samples: float32 \(16000, 2\), need floats"):
        encoder.embed(np.zeros((16000, 2), np.float32), 16000)


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [(tone(300, 0.01), "160 samples"), (tone(300, 1.0) * np.float32(1e30), "the encoder gives no")],
)
def test_of_many_sounds_the_bad_one_is_named(
    encoder: Encoder, spoilt: NDArray[np.float32], message: str
) -> None:
    given = [*sounds(2), (spoilt, 16000), *sounds(2)]
    with pytest.raises(AudioError, match=f"^sound 2: {message}"):
        list(encoder.embed_many(given))


def test_batches_leave_when_there_are_enough_but_the_last_one_waits() -> None:
    # arriving    at hand, by length          leaves (a batch holds 2400)   waits
    # 0: 1400     1400
    # 1: 1300     1300 1400
    # 2: 1500     1300 1400 1500 >= 3000      {1} {0}                       2
    # 3:  600      600 1500
    # 4:  900      600 900 1500  >= 3000      {3 4}                         2
    # the end     1500                        {2}
    arrived = 0

    def arriving() -> Iterator[tuple[int, NDArray[np.float32]]]:
        nonlocal arrived
        for row, length in enumerate([1400, 1300, 1500, 600, 900]):
            arrived += 1
            yield row, np.zeros((length, 1), np.float32)

    left = [(list(batch), arrived) for batch in batches_on_the_way(arriving(), window=3000)]
    assert left == [([1], 3), ([0], 3), ([3, 4], 5), ([2], 5)]


def test_runs_are_neighbours() -> None:
    stream = [(row, np.zeros((400, 1), np.float32)) for row in range(7)]
    found = [[row for row, _ in run] for run in runs(stream, window=1000)]
    assert found == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.slow
def test_a_pickled_encoder_gives_the_same_in_another_process(encoder: Encoder) -> None:
    given = list(sounds(4))
    rows = Parallel(n_jobs=2)(delayed(encoder.embed)(*sound) for sound in given)
    for found, sound in zip(rows, given, strict=True):
        np.testing.assert_array_equal(found.vector, encoder.embed(*sound).vector)
    assert len(pickle.dumps(encoder)) < 1000, "it travels as path and sha256"


@pytest.mark.slow
@pytest.mark.parametrize("method", get_all_start_methods())
def test_an_encoder_works_in_process_pools_however_they_start(
    encoder: Encoder, method: str
) -> None:
    given = list(sounds(4))
    expected = [encoder.embed(*sound).vector for sound in given]
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        waiting = [pool.submit(encoder.embed, *sound) for sound in given]
        found = [one.result(timeout=60).vector for one in waiting]
    np.testing.assert_array_equal(found, expected)


def test_a_pickled_encoder_knows_its_file(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(encoder.path.read_bytes())
    monkeypatch.chdir(tmp_path)
    pickled = pickle.dumps(Encoder(Path("mine.onnx")))
    monkeypatch.chdir(tmp_path.parent)
    back = pickle.loads(pickled)
    assert (back.path, back.sha256, back.columns) == (path, encoder.sha256, encoder.columns)
    assert copy.copy(back).sha256 == encoder.sha256
    other = Encoder.open()
    path.write_bytes(other.path.read_bytes())
    changed = f"sha256 {other.sha256[:12]}..., need {encoder.sha256[:12]}... (the file was changed"
    with pytest.raises(EncoderError) as caught:
        pickle.loads(pickled)
    assert str(caught.value) == f"{path}: {changed}: open the encoder again)"
