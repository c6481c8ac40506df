"""Levels of an encoder: what it gives of a sound, alone, in batches, and in silence."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from deepspectrum_features import Encoder
from deepspectrum_features.encoder.functionals import Functionals
from deepspectrum_features.errors import AudioError, EncoderError
from deepspectrum_features.recipe.streams import MASKS
from deepspectrum_features.testing import tiny_encoder, tiny_table

RATE = 16000
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
LEVELS = ("embedding", "functionals", "both")


def speech(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Make syllables of buzz whose pitch falls, with noise between them, all as the seed wants."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = generator.uniform(80, 300) * (1 + 0.2 * np.cos(2 * np.pi * 0.7 * time))
    buzz = np.cumsum(pitch / RATE) % 1 - 0.5
    syllables = np.clip(np.sin(2 * np.pi * generator.uniform(1, 5) * time), 0, 1)
    noise = generator.standard_normal(len(time)) * generator.uniform(0.001, 0.05)
    return (generator.uniform(0.05, 0.8) * (syllables * buzz + noise)).astype(np.float32)


@pytest.fixture(scope="module")
def statistics() -> Encoder:
    return tiny_encoder("functionals")


@pytest.fixture(scope="module")
def both() -> Encoder:
    return tiny_encoder("both")


def test_columns_of_every_level(both: Encoder, statistics: Encoder) -> None:
    learned = [f"fcn_{n:03d}" for n in range(4)] + [f"blstm_{n:03d}" for n in range(8)]
    declared = [column.name for column in tiny_table().columns()]
    families = [column.family for column in tiny_table().columns()]
    assert declared[:2] == ["f0_voiced_mean", "f0_voiced_log_deviation"]
    assert both.levels == ("embedding", "functionals")
    assert statistics.levels == ("functionals",)
    for encoder, level, columns, kinds in (
        (both, "embedding", learned, ["fcn"] * 4 + ["blstm"] * 8),
        (both, "functionals", declared, families),
        (both, "both", learned + declared, ["fcn"] * 4 + ["blstm"] * 8 + families),
        (statistics, "functionals", declared, families),
    ):
        found = encoder.at(level)
        assert (found.level, found.columns, found.families) == (level, columns, kinds)
        assert found.dim == len(columns)
        assert found.classes == ([] if level == "functionals" else ["high", "low"])
        assert found.embed(speech(1.0), RATE).vector.shape == (len(columns),)


def test_a_file_is_opened_at_the_level_it_states(both: Encoder) -> None:
    assert Encoder.open(both.path).level == "embedding"
    assert Encoder.open(both.path, level="functionals").level == "functionals"
    assert Encoder(both.path, level="both").level == "both"
    assert both.at(None) is both
    with pytest.raises(ValueError, match="level='all', need one of embedding, functionals, both"):
        Encoder.open(both.path, level="all")


@pytest.mark.parametrize(
    ("has", "asked", "lacks"),
    [
        ("embedding", "functionals", "functionals"),
        ("embedding", "both", "functionals"),
        ("functionals", "embedding", "embedding"),
        ("functionals", "both", "embedding"),
    ],
)
def test_a_level_that_a_file_lacks_is_one_line(has: str, asked: str, lacks: str) -> None:
    needed = rf"gives {has}, need {lacks} \(--level {has}, or another encoder\)$"
    with pytest.raises(EncoderError, match=needed):
        Encoder.open(tiny_encoder(has).path, level=asked)


def test_both_is_one_beside_the_other(both: Encoder, encoder: Encoder) -> None:
    sound = speech(1.3)
    found = both.embed(sound, RATE)
    learned, declared = (both.at(level).embed(sound, RATE) for level in LEVELS[:2])
    np.testing.assert_array_equal(found.vector, [*learned.vector, *declared.vector])
    for name in ("frames", "attention", "scores"):
        np.testing.assert_array_equal(getattr(found, name), getattr(learned, name))
    alone = encoder.embed(sound, RATE)
    np.testing.assert_array_equal(learned.vector, alone.vector)
    other = both.embed(speech(1.3, seed=1), RATE)
    assert not np.allclose(found.vector[:12], other.vector[:12], atol=1e-3)
    assert not np.allclose(found.vector[12:], other.vector[12:], atol=1e-3)


def test_statistics_are_of_the_graphs_streams(statistics: Encoder) -> None:
    sound = speech(1.3)
    frames = statistics.front_end.frames(sound, RATE)
    outputs = statistics.run(frames[None], np.array([len(frames)]))
    found = statistics.embed(sound, RATE)
    expected = Functionals(tiny_table(), 0.01)(outputs["streams"][0], outputs["masks"][0])
    np.testing.assert_array_equal(found.vector, expected)
    assert statistics.frame_columns == ["f0", "voicing", "energy", "cepstrum_01", *MASKS]
    np.testing.assert_array_equal(found.frames[:, :4], outputs["streams"][0])
    np.testing.assert_array_equal(found.frames[:, 4:], outputs["masks"][0])
    voiced, active, everything = found.frames[:, 4:].mean(axis=0)
    assert 0 < voiced <= active < everything == 1
    assert (len(found.attention), len(found.scores)) == (0, 0)
    assert statistics.step_seconds == 0.01
    assert statistics.first_step_centre_seconds == 0.0125


def test_the_embedding_needs_no_long_window(both: Encoder) -> None:
    assert both.front_end.dim == 257 + 289
    assert both.at("functionals").front_end.dim == 257 + 289
    assert both.at("embedding").front_end.dim == 257


@pytest.mark.parametrize("level", ["functionals", "both"])
def test_many_come_in_the_order_given_each_as_if_alone(both: Encoder, level: str) -> None:
    encoder = both.at(level)
    generator = np.random.default_rng(0)
    sounds = [speech(generator.uniform(0.03, 3), n) for n in range(60)]
    found = list(encoder.embed_many((sound, RATE) for sound in sounds))
    for one, sound in zip(found, sounds, strict=True):
        alone = encoder.embed(sound, RATE)
        np.testing.assert_allclose(one.vector, alone.vector, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one.frames, alone.frames, **CLOSE)
    assert not np.allclose(found[0].vector, found[1].vector, atol=1e-2)


def test_frames_are_kept_on_demand(statistics: Encoder, both: Encoder) -> None:
    for encoder in (statistics, both):
        frames = encoder.front_end.frames(speech(0.5), RATE)
        (bare,) = encoder.encode([frames], keep=())
        (whole,) = encoder.encode([frames])
        np.testing.assert_array_equal(bare.vector, whole.vector)
        assert (len(bare.frames), len(whole.frames)) == (0, 48)


@pytest.mark.parametrize("level", LEVELS)
def test_pickles_with_its_level(both: Encoder, level: str) -> None:
    found = pickle.loads(pickle.dumps(both.at(level)))
    assert (found.level, found.columns) == (level, both.at(level).columns)


def test_zeros_at_the_ends_change_next_to_nothing(statistics: Encoder) -> None:
    sounds = [speech(2.0, n) for n in range(20)]
    plain = np.stack([one.vector for one in statistics.embed_many((s, RATE) for s in sounds)])
    for ends in ((3 * RATE, 0), (0, 3 * RATE), (3 * RATE, 3 * RATE)):
        padded = ((np.pad(sound, ends), RATE) for sound in sounds)
        found = np.stack([one.vector for one in statistics.embed_many(padded)])
        change = np.abs(found - plain) / plain.std(axis=0)
        assert (change.mean(axis=0) < 0.01).mean() >= 0.95
        assert np.median(change) < 1e-6
    longer = ((np.concatenate([speech(3.0), sound]), RATE) for sound in sounds)
    other = np.stack([one.vector for one in statistics.embed_many(longer)])
    assert np.median(np.abs(other - plain) / plain.std(axis=0)) > 0.1


@pytest.mark.parametrize("sound", [np.zeros(RATE), np.full(RATE, 0.25), np.zeros(400)])
def test_silence_has_finite_numbers(statistics: Encoder, sound: NDArray[np.float64]) -> None:
    found = statistics.embed(sound, RATE).check()
    assert np.isfinite(found.vector).all()


def test_absurd_levels_are_refused(statistics: Encoder) -> None:
    with pytest.raises(AudioError, match="gives no finite numbers"):
        statistics.embed(1e30 * speech(1.0), RATE)


def test_the_recipe_tells_the_whole_table(both: Encoder, encoder: Encoder) -> None:
    assert both.at("embedding").recipe == encoder.recipe == encoder.stated.recipe
    recipe = json.loads(json.dumps(both.recipe))
    assert recipe["level"] == "both"
    assert recipe["functionals"] == both.metadata["functionals"]
    assert recipe["network"] == encoder.recipe["network"]


def test_printing_names_levels_and_families(both: Encoder, statistics: Encoder) -> None:
    assert "\nlevels     embedding and functionals, here both\n" in str(both)
    assert "\nfamilies   blstm 8, fcn 4, prosody-all 6, sound 7, voice 7\n" in str(both)
    assert "\nsystem     nothing trained\n" in str(statistics)
    assert "\nlevels     functionals\n" in str(statistics)
    assert "\nclasses" not in str(statistics)
