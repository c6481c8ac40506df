"""openSMILE's descriptors as frames: its own numbers, their clock, and deltas against its own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import OpensmileLld
from deepspectrum_features.sound import FrontEnd, make_front_end, opensmile_engine
from deepspectrum_features.sound.opensmile_lld import regression_deltas
from deepspectrum_features.testing import chirp

opensmile = pytest.importorskip("opensmile")

Wave = NDArray[np.float32]
#: Their deltas openSMILE takes within voiced stretches alone.
VOICE = 6


@pytest.fixture(scope="module")
def front_end() -> FrontEnd:
    return make_front_end(OpensmileLld())


def smile(level: str) -> opensmile.Smile:
    return opensmile.Smile(
        feature_set=opensmile.FeatureSet.ComParE_2016,
        feature_level=getattr(opensmile.FeatureLevel, level),
    )


def speechlike(seconds: float, rate: int) -> Wave:
    """Return a buzz of rising pitch that comes and goes, in a little noise."""
    time = np.arange(round(seconds * rate)) / rate
    buzz = np.sign(chirp(110, 220, seconds, rate)) * (np.sin(2 * np.pi * 1.5 * time) > 0)
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (0.2 * buzz + 0.01 * noise).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
def test_frames_are_opensmiles_descriptors_and_their_deltas(front_end: FrontEnd, rate: int) -> None:
    sound = speechlike(1.5, rate)
    frames = front_end.frames(sound, rate)
    own = smile("LowLevelDescriptors").process_signal(sound, rate).to_numpy()
    assert frames.dtype == np.float32
    assert frames.shape == (len(own), front_end.dim) == (len(own), 130)
    np.testing.assert_allclose(frames[:, :65], own, rtol=1e-6, atol=0)
    np.testing.assert_array_equal(frames[:, 65:], regression_deltas(frames[:, :65], 2))
    assert not np.allclose(frames[1:, :65], own[:-1], rtol=1e-2)
    plain = make_front_end(OpensmileLld(deltas=False))
    np.testing.assert_array_equal(plain.frames(sound, rate), frames[:, : plain.dim])


def test_deltas_of_a_line_are_its_slope_and_flatten_at_the_ends() -> None:
    line = np.float32([[3 * t, 7] for t in range(9)])
    # window 2: (1 * (x[t+1] - x[t-1]) + 2 * (x[t+2] - x[t-2])) / 10, ends repeated
    expected = [1.5, 2.4, 3, 3, 3, 3, 3, 2.4, 1.5]
    np.testing.assert_allclose(regression_deltas(line, 2)[:, 0], expected, rtol=1e-6)
    assert not regression_deltas(line, 2)[:, 1].any()
    slopes = [np.polyfit(range(-3, 4), line[t - 3 : t + 4, 0], 1)[0] for t in range(3, 6)]
    np.testing.assert_allclose(regression_deltas(line, 3)[3:6, 0], slopes, rtol=1e-6)


def test_deltas_equal_opensmiles_own_row_by_row(front_end: FrontEnd) -> None:
    """Row t of its deltas is row t of ours; it has two more at the end, and other rows there."""
    sound = speechlike(2.0, 16000)
    ours = front_end.frames(sound, 16000)[:, 65:]
    own = smile("LowLevelDescriptors_Deltas").process_signal(sound, 16000).to_numpy()
    assert len(own) == len(ours) + 2
    inner, scale = slice(4, len(ours) - 4), np.abs(own).max(axis=0)
    off = np.abs(ours[inner] - own[inner]).max(axis=0) / scale
    shifted = np.abs(ours[inner] - own[5 : len(ours) - 3]).max(axis=0) / scale
    assert off[VOICE:].max() < 1e-5
    assert shifted[VOICE:].min() > 1e-2
    assert off[:VOICE].min() > 1e-2, "openSMILE takes these within voiced stretches alone"


@pytest.mark.parametrize(("rate", "step"), [(16000, 160), (22050, 221), (11025, 110)])
def test_a_click_shows_which_samples_a_row_stands_for(
    front_end: FrontEnd, rate: int, step: int
) -> None:
    # rows   t-1      t     t+1        a row is smoothed over the windows of three
    #      |=====|                     window t begins at step * t
    #         |=====|
    #            |=====|
    #      step*(t-1)  step*(t+1) + window
    names = smile("LowLevelDescriptors").feature_names
    columns = {"pcm_RMSenergy_sma": 0.02, "mfcc_sma[1]": 0.02, "voicingFinalUnclipped_sma": 0.06}
    quiet = (0.01 * np.random.default_rng(1).standard_normal(2 * rate)).astype(np.float32)
    before = front_end.frames(quiet, rate)
    for click in (round(0.8 * rate), round(1.203 * rate)):
        sound = quiet.copy()
        sound[click] += 0.5
        changed = front_end.frames(sound, rate) - before
        for name, seconds in columns.items():
            found = np.flatnonzero(np.abs(changed[:, names.index(name)]) > 1e-5)
            rows, window = np.arange(len(before)), round(seconds * rate)
            first, last = step * (rows - 1), step * (rows + 1) + window
            touched = rows[(first <= click) & (click < last)]
            assert abs(found[0] - touched[0]) <= 1  # a window's edge may be near zero
            assert abs(found[-1] - touched[-1]) <= 1
            centre = step * found.mean() / rate + seconds / 2
            assert centre == pytest.approx(click / rate, abs=0.006)
    assert front_end.first_centre_seconds == 0.02 / 2
    assert front_end.step_seconds == pytest.approx(step / rate, rel=3e-3)


@pytest.mark.parametrize(
    ("rate", "least"), [(8000, 480), (11025, 662), (16000, 960), (22050, 1323), (44100, 2646)]
)
def test_sixty_milliseconds_are_the_shortest_stretch(
    front_end: FrontEnd, rate: int, least: int
) -> None:
    assert least == pytest.approx(front_end.shortest_seconds * rate, abs=0.5)
    sound = speechlike(0.2, rate)
    assert front_end.frames(sound[:least], rate).shape == (2, 130)
    needed = rf"^{least - 1} samples, need at least {least} \(60.* ms at {rate} Hz\)$"
    with pytest.raises(AudioError, match=needed) as caught:
        front_end.frames(sound[: least - 1], rate)
    assert caught.value.stage == "frame"
    with pytest.warns(UserWarning, match="too short"):
        own = smile("LowLevelDescriptors")(sound[: least - 1], rate)
    assert np.isnan(own).all(), "a shorter stretch gives nothing"


def test_full_scale_does_not_wrap(front_end: FrontEnd) -> None:
    loud = np.clip(8 * speechlike(0.5, 16000), -1, 1)
    assert (loud == 1).sum() > 100
    below = np.minimum(loud, np.float32(32767 / 32768))
    frames = front_end.frames(loud, 16000)
    np.testing.assert_array_equal(frames, front_end.frames(below, 16000))
    wrapped = np.where(loud == 1, np.float32(-1), loud)
    assert not np.allclose(frames, front_end.frames(wrapped, 16000), rtol=1e-2)


def test_silence_has_finite_frames(front_end: FrontEnd) -> None:
    assert np.isfinite(front_end.frames(np.zeros(8000, np.float32), 16000)).all()


def test_descriptors_that_opensmile_cannot_give_are_refused() -> None:
    with pytest.raises(AudioError, match=r"^openSMILE gives nothing for 0\.010 s, need a longer"):
        opensmile_engine.descriptors(chirp(100, 200, 0.01), 16000, "ComParE_2016")
