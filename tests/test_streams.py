"""Frame streams and masks: equal to their definitions, whatever stands around an utterance."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
import torch
from numpy.typing import NDArray
from quick_first import quick_first
from stream_twin import twin

from deepspectrum_features.encoder.batching import pad
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.networks.streams.masks import Masks
from deepspectrum_features.recipe import DEFAULT_TABLE, LongWindow, PowerSpectrogram
from deepspectrum_features.recipe.streams import Definitions
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.testing import tone
from deepspectrum_features.training import to_onnx
from deepspectrum_features.training.metadata import untrained_metadata

FRONT_END = make_front_end(PowerSpectrogram(long=LongWindow()))
LENGTHS = (1, 2, 7, 8, 9, 63, 64, 65, 301)
NAMES = [stream.name for stream in DEFAULT_TABLE.streams]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Return the graph of the default table."""
    path = tmp_path_factory.mktemp("streams") / "untrained.onnx"
    to_onnx(None, path, untrained_metadata("untrained", "MIT", DEFAULT_TABLE))
    return Session(path, path.read_bytes(), "cpu")


def voice(frames: int, hertz: float = 120, seed: int = 0) -> NDArray[np.float32]:
    """Make a buzz that glides up an octave and swells, with breath in it; then a hiss."""
    samples = 400 + 160 * (frames - 1)
    time = np.arange(samples) / 16000
    glide = hertz * 2 ** (time / time[-1]) if samples > 1 else hertz
    phase = 2 * np.pi * np.cumsum(glide) / 16000
    buzz = sum(np.cos(number * phase) / number**1.5 for number in range(1, 16))
    breath = np.random.default_rng(seed).standard_normal(samples)
    swell = np.where(time < 0.7 * time[-1], np.hanning(samples), 0)
    return (0.1 * swell * buzz + 0.003 * breath).astype(np.float32)


def frames_of(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return FRONT_END.frames(sound, 16000)


def run(session: Session, *utterances: NDArray[np.float32], beyond: int = 0) -> dict[str, NDArray]:
    batch, frames = pad(utterances, beyond)
    return session.run({"input": batch, "frames": frames}, ["streams", "masks"])


def with_silence(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put zeros before, within and after."""
    nothing, half = np.zeros(4800, np.float32), len(sound) // 320 * 160
    return np.concatenate([nothing, sound[:half], nothing, sound[half:], nothing])


SOUNDS = {
    **{f"{length} frames of voice": voice(length) for length in LENGTHS},
    "a low voice": voice(200, 62),
    "a high voice": voice(200, 240),
    "a quiet voice": 1e-4 * voice(150),
    "a word within silence": with_silence(voice(8)),
    "a voice within silence": with_silence(voice(150)),
    "noise": np.random.default_rng(1).uniform(-0.5, 0.5, 20000).astype(np.float32),
    "silence": np.zeros(8000, np.float32),
}


#: Single precision: a cepstral coefficient is what remains of 64 bands that cancel each other out,
#: the roll-off may lie anywhere in a gap of the spectrum, a formant anywhere on a flat peak.
ROUNDING = {"rolloff": 5e-4, "f1": 1e-3, "f2": 1e-3, "f3": 1e-3} | {
    name: 1e-4 for name in NAMES if name.startswith("cepstrum") or name.endswith("_level")
}


@pytest.mark.parametrize("name", quick_first([*SOUNDS][-5:] + [*SOUNDS][:-5]))
def test_streams_and_masks_equal_their_definitions(session: Session, name: str) -> None:
    frames = frames_of(SOUNDS[name])
    found = run(session, frames)
    streams, masks = twin(frames)
    np.testing.assert_array_equal(found["masks"][0], masks)
    assert np.isfinite(found["streams"]).all()
    for number, stream in enumerate(NAMES):
        close = {"rtol": 1e-5, "atol": ROUNDING.get(stream, 2e-5)}
        values, expected = found["streams"][0, :, number], streams[stream]
        np.testing.assert_allclose(values, expected, **close, err_msg=stream)
        if name == "a voice within silence":
            assert not np.allclose(values[1:], expected[:-1], **close)


def test_an_utterance_alone_equals_itself_in_any_batch(session: Session) -> None:
    utterances = [frames_of(sound) for sound in SOUNDS.values()]
    together = run(session, *utterances, beyond=40)
    for row, frames in enumerate(utterances):
        alone = run(session, frames)
        here = slice(len(frames))
        np.testing.assert_array_equal(together["masks"][row, here], alone["masks"][0])
        np.testing.assert_allclose(
            together["streams"][row, here], alone["streams"][0], rtol=1e-5, atol=1e-6
        )
        assert not together["masks"][row, len(frames) :].any()
        assert not together["streams"][row, len(frames) :].any()
    assert not np.allclose(together["streams"][0, 0], together["streams"][1, 0], atol=1e-2)


def test_what_is_not_finite_takes_nothing_else_with_it(session: Session) -> None:
    """A recording far beyond full scale is one that is refused, not the end of an extraction."""
    sound = frames_of(voice(65))
    absurd = frames_of(1e30 * voice(65))
    assert not np.isfinite(absurd).all()
    together, alone = run(session, sound, absurd), run(session, sound)
    np.testing.assert_array_equal(together["streams"][0], alone["streams"][0])
    np.testing.assert_array_equal(together["masks"][0], alone["masks"][0])
    assert not np.isfinite(together["streams"][1]).all()


def test_one_loud_frame_hardly_moves_what_is_active() -> None:
    """The 95th percentile of twenty energies lies a twentieth of the way to the largest."""
    masks = Masks(FRONT_END, Definitions())
    energy = torch.tensor([[10.0] + [0.0] * 17 + [-5.45, -5.55]])
    whole, voicing = torch.ones(1, 20, dtype=torch.bool), torch.zeros(1, 20)
    assert np.percentile(energy, 95) == pytest.approx(0.5)
    found = masks(energy, voicing, whole)[0, :, 1]
    assert found.tolist() == [True] * 19 + [False]


@pytest.mark.parametrize("more", [0, 40, 100, 159])
def test_silence_around_an_utterance_changes_nothing(session: Session, more: int) -> None:
    """Nor do the two or three frames on either side that hold a part of it."""
    sound, nothing = voice(151)[: 400 + 160 * 149 + more], np.zeros(48000, np.float32)
    alone = run(session, frames_of(sound))
    padded = run(session, frames_of(np.concatenate([nothing, sound, nothing])))
    inside = padded["streams"][0, 300:450]
    np.testing.assert_allclose(inside, alone["streams"][0], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(padded["masks"][0, 300:450], alone["masks"][0])
    assert not padded["masks"][0, :300].any()
    assert not padded["masks"][0, 450:].any()
    assert padded["streams"][0, 298].any()
    assert not padded["streams"][0, :298].any()
    assert alone["masks"][0, :, 0].sum() > 50


def test_f0_of_a_tone_is_its_frequency(session: Session) -> None:
    f0, voicing = NAMES.index("f0"), NAMES.index("voicing")
    for hertz in (65.0, 100.0, 123.4, 250.0, 441.0):
        time = np.arange(16000) / 16000
        sound = sum(np.cos(2 * np.pi * number * hertz * time) for number in range(1, 6))
        streams = run(session, frames_of((0.1 * sound).astype(np.float32)))["streams"][0, 2:-2]
        np.testing.assert_allclose(100 * 2 ** streams[:, f0], hertz, rtol=3e-3)
        assert (streams[:, voicing] > 0.7).all()  # 40 ms hold 2.6 periods of 65 Hz
    hiss = np.random.default_rng(0).uniform(-1, 1, 16000).astype(np.float32)
    assert np.median(run(session, frames_of(hiss))["streams"][0, :, voicing]) < 0.5


@pytest.mark.parametrize("hertz", [70.0, 120.0, 240.0])
def test_f0_follows_a_gliding_voice(session: Session, hertz: float) -> None:
    """It rises by an octave; seven tenths of it are voiced."""
    found = run(session, frames_of(voice(300, hertz)))
    centres = (200 + 160 * np.arange(300)) / (400 + 160 * 299)
    true = np.log2(hertz / 100) + centres
    voiced = found["masks"][0, :, 0]
    off = np.abs(found["streams"][0, :, NAMES.index("f0")] - true)[voiced]
    assert 180 < voiced.sum() < 215
    assert np.mean(off > 0.26) < 0.01  # 20 %, a gross error
    assert np.median(off) < 0.01  # 12 cents
    assert not voiced[220:].any()


def test_a_tone_lies_where_it_sounds(session: Session) -> None:
    streams = run(session, frames_of(tone(3000, 0.5)))["streams"][0]
    centroid, spread, rolloff, flux = (
        streams[1:, NAMES.index(name)] for name in ("centroid", "spread", "rolloff", "flux")
    )
    np.testing.assert_allclose(centroid, 3.0, atol=0.01)
    np.testing.assert_allclose(rolloff, 3.0, atol=0.1)
    assert spread.max() < 0.1
    assert flux.max() < 0.01


def test_formants_of_a_made_vowel_are_its_resonances(session: Session) -> None:
    resonances = np.array([[700, 1200, 2600], [300, 2200, 3000]])
    for hertz in resonances:
        sound = (np.arange(16000) % 160 == 0).astype(float)  # 100 Hz
        sound = scipy.signal.lfilter([1], [1, -0.97], sound)  # softer the higher, like a voice
        for centre, width in zip(hertz, (60, 90, 120), strict=True):
            radius, angle = np.exp(-np.pi * width / 16000), 2 * np.pi * centre / 16000
            filtered = [1, -2 * radius * np.cos(angle), radius**2]
            sound = scipy.signal.lfilter([1], filtered, sound)
        sound *= 0.5 / np.abs(sound).max()
        streams = run(session, frames_of(sound.astype(np.float32)))["streams"][0, 5:]
        found = [1000 * np.median(streams[:, NAMES.index(name)]) for name in ("f1", "f2", "f3")]
        np.testing.assert_allclose(found, hertz, atol=60)  # a harmonic is 100 Hz from the next
        assert np.median(streams[:, NAMES.index("f1_level")]) > 2
    assert np.abs(resonances[0] - resonances[1]).min() > 300


def test_noise_in_a_voice_is_heard(session: Session) -> None:
    time, noise = np.arange(16000) / 16000, np.random.default_rng(0).standard_normal(16000)
    buzz = sum(np.cos(2 * np.pi * 150 * number * time) / number for number in range(1, 30))
    streams = [
        run(session, frames_of((0.1 * buzz + level * noise).astype(np.float32)))["streams"][0, 5:-5]
        for level in (0.001, 0.03, 0.1)
    ]
    for name in ("hnr", "cpp"):
        clear, breathy, hoarse = (np.median(one[:, NAMES.index(name)]) for one in streams)
        assert clear > breathy + 0.2 > hoarse + 0.4


def test_the_first_harmonic_against_the_second(session: Session) -> None:
    time = np.arange(16000) / 16000
    sound = 0.2 * np.cos(2 * np.pi * 200 * time) + 0.1 * np.cos(2 * np.pi * 400 * time)
    streams = run(session, frames_of(sound.astype(np.float32)))["streams"][0, 5:-5]
    np.testing.assert_allclose(
        streams[:, NAMES.index("h1_h2")], np.log(4), atol=0.15
    )  # between bins


def test_a_steady_voltage_has_no_pitch(session: Session) -> None:
    found = run(session, frames_of(np.full(16000, 0.5, np.float32)))
    assert np.isfinite(found["streams"]).all()
    assert found["streams"][0, 4:-4, NAMES.index("voicing")].max() < 0.05
