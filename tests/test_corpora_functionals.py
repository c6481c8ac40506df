"""Deep spectrum functionals of real speech: what must not move a number moves none, or few."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from stream_twin import twin

from deepspectrum_features import Corpus, Encoder
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.encoder.batching import batches, pad
from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import DEFAULT_TABLE
from deepspectrum_features.sound.waveform import resample
from deepspectrum_features.training import to_onnx
from deepspectrum_features.training.metadata import untrained_metadata

pytestmark = [pytest.mark.slow, pytest.mark.corpora]

Sounds = list[NDArray[np.float32]]
RATE = 16000
CORPORA = ("nemo", "emodb", "indian", "emotts", "commands")
COLUMNS = [column.name for column in DEFAULT_TABLE.columns()]
FAMILIES = np.array([column.family for column in DEFAULT_TABLE.columns()])
STREAMS = [stream.name for stream in DEFAULT_TABLE.streams]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    path = tmp_path_factory.mktemp("untrained") / "untrained.onnx"
    return to_onnx(None, path, untrained_metadata("untrained", "MIT", DEFAULT_TABLE))


@cache
def drawn(folder: Path, count: int) -> Sounds:
    """Return sounds from all over a corpus, at 16 kHz."""
    corpus = Corpus.read(folder)
    some = corpus.utterances[:: len(corpus.utterances) // count][:count]
    segments = [segment for _, segment in read_utterances(corpus, some)]
    return [
        resample(one.waveform, one.sample_rate, RATE)
        for one in segments
        if not isinstance(one, AudioError)
    ]


def vectors(encoder: Encoder, sounds: Sounds, rate: int = RATE) -> NDArray[np.float32]:
    return np.stack([one.vector for one in encoder.embed_many((sound, rate) for sound in sounds)])


def changes(
    encoder: Encoder, sounds: Sounds, others: Sounds, rate: int = RATE
) -> NDArray[np.float32]:
    """Return how many of its deviations every column changes, ``(sounds, columns)``."""
    plain = vectors(encoder, sounds)
    assert plain.std(axis=0).min() > 0
    return np.abs(vectors(encoder, others, rate) - plain) / plain.std(axis=0)


def assert_next_to_nothing(change: NDArray[np.float32]) -> None:
    for family in dict.fromkeys(FAMILIES):
        assert np.median(change[:, family == FAMILIES]) < 1e-6, family
    assert (change.mean(axis=0) < 0.01).mean() >= 0.95


@pytest.mark.parametrize("name", CORPORA)
def test_zeros_around_an_utterance_change_next_to_nothing(
    untrained: Encoder, corpora: Path, name: str
) -> None:
    sounds = drawn(corpora / name, 80)
    for ends in ((3 * RATE, 3 * RATE), (0, 4001)):
        padded = [np.pad(sound, ends) for sound in sounds]
        assert_next_to_nothing(changes(untrained, sounds, padded))
    later = [sound[80:] for sound in sounds]  # half a hop: other frames, other numbers
    assert np.median(changes(untrained, sounds, later)) > 0.01


@pytest.mark.parametrize("name", CORPORA)
def test_zeros_that_are_no_whole_hops_only_shift_the_frames(
    untrained: Encoder, corpora: Path, name: str
) -> None:
    """12345 samples are 77 hops and 25 samples."""
    sounds = drawn(corpora / name, 40)
    shifted = [np.pad(sound, (25, 0)) for sound in sounds]
    padded = [np.pad(sound, (12345, 0)) for sound in sounds]
    assert_next_to_nothing(changes(untrained, shifted, padded))


@pytest.mark.parametrize("name", CORPORA)
def test_recordings_alone_equal_those_in_batches(
    untrained: Encoder, corpora: Path, name: str
) -> None:
    """Mask for mask, and F0 within a cent: no frame takes another candidate."""
    frames = [untrained.front_end.frames(sound, RATE) for sound in drawn(corpora / name, 80)]
    outputs = ("streams", "masks")
    for batch in batches({row: len(one) for row, one in enumerate(frames)}):
        together = untrained.run(*pad([frames[row] for row in batch]), outputs)
        functionals = [one.vector for one in untrained.encode([frames[row] for row in batch])]
        for place, row in enumerate(batch):
            alone = untrained.run(*pad([frames[row]]), outputs)
            here = slice(len(frames[row]))
            np.testing.assert_array_equal(together["masks"][place, here], alone["masks"][0])
            np.testing.assert_allclose(
                together["streams"][place, here], alone["streams"][0], rtol=1e-5, atol=1e-6
            )
            vector = next(iter(untrained.encode([frames[row]]))).vector
            np.testing.assert_allclose(functionals[place], vector, rtol=1e-4, atol=1e-4)
    assert len(frames) >= 80


@pytest.mark.parametrize("name", CORPORA)
def test_single_precision_takes_no_other_decision(
    untrained: Encoder, corpora: Path, name: str
) -> None:
    """Masks, and the peaks that F0 and formants stand at, are those of float64."""
    f0, *formants = map(STREAMS.index, ("f0", "f1", "f2", "f3"))
    for sound in drawn(corpora / name, 40)[::20]:
        frames = untrained.front_end.frames(sound[:RATE], RATE)
        found = untrained.run(*pad([frames]), ("streams", "masks"))
        streams, masks = twin(frames)
        np.testing.assert_array_equal(found["masks"][0], masks)
        np.testing.assert_allclose(found["streams"][0, :, f0], streams["f0"], atol=1e-3)
        for place in formants:
            expected = streams[STREAMS[place]]
            np.testing.assert_allclose(found["streams"][0, :, place], expected, atol=0.02)
        assert not np.allclose(streams["f0"][1:], streams["f0"][:-1], atol=0.1)


@pytest.mark.parametrize("name", CORPORA)
def test_half_the_level_moves_energies_alone(untrained: Encoder, corpora: Path, name: str) -> None:
    """Pauses aside, where rounding and floors are heard."""
    sounds = drawn(corpora / name, 40)
    change = changes(untrained, sounds, [sound / 2 for sound in sounds]).mean(axis=0)
    moved = {column for column, much in zip(COLUMNS, change, strict=True) if much > 0.01}
    levels = ("mean", "p10", "p25", "p50", "p75", "p90")
    expected = {f"energy_{mask}_{one}" for mask in ("voiced", "active") for one in levels}
    expected |= {f"cepstrum_00_voiced_{one}" for one in levels}
    assert {column for column in moved if "_all_" not in column} == expected


@pytest.mark.parametrize("name", CORPORA)
def test_sixteen_bits_and_other_rates_change_little(
    untrained: Encoder, corpora: Path, name: str
) -> None:
    sounds = drawn(corpora / name, 40)
    rounded = [(np.rint(sound * 2**15) / 2**15).astype(np.float32) for sound in sounds]
    change = changes(untrained, sounds, rounded)
    assert np.median(change) < 0.001
    assert (change.mean(axis=0) < 0.05).mean() >= 0.95
    faster = [soxr.resample(sound, RATE, 48000, "VHQ") for sound in sounds]
    change = changes(untrained, sounds, faster, rate=48000)
    assert np.median(change) < 0.01  # the last 5 % below 8 kHz are not what they were
    assert (change.mean(axis=0) < 0.2).mean() >= 0.95
