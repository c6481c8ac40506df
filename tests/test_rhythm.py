"""Facts of the rhythm, counted by hand on drawn utterances."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from deepspectrum_features.encoder.rhythm import RHYTHM, Rhythm
from deepspectrum_features.encoder.syllables import smoothed, syllables
from deepspectrum_features.recipe import rhythm

STEP = 0.01
#: Voiced, active, other and silent frames; the twelve of the first pause last 0.12 s.
DRAWN = "sso" + "vvvaav" + "o" * 12 + "vv" + "oo" + "vvvv" + "ooss"
FIRST, LAST = 3, len(DRAWN) - 4


def drawn(text: str = DRAWN) -> NDArray[np.bool_]:
    kinds = np.array([*text])
    return np.stack([kinds == "v", np.isin(kinds, ["v", "a"]), kinds != "s"], axis=1)


def bumps(frames: int, peaks: dict[int, float], depth: float = -6.0) -> NDArray[np.float32]:
    """Return energies that rise to some heights at some frames."""
    time = np.arange(frames)
    hills = [height - 0.05 * (time - peak) ** 2 for peak, height in peaks.items()]
    return np.maximum(np.max(hills, axis=0), depth).astype(np.float32)


def facts(masks: NDArray[np.bool_], f0: object = None, energy: object = None) -> dict[str, float]:
    zeros = np.zeros(len(masks), np.float32)
    given = [zeros if one is None else np.asarray(one, np.float32) for one in (f0, energy)]
    found = Rhythm(*given, masks, STEP)
    return {name: float(compute(found)) for name, compute in RHYTHM.items()}


def length(seconds: float) -> float:
    return float(np.log(seconds + 0.02))


def test_every_fact_of_the_recipe_is_computed() -> None:
    assert list(RHYTHM) == list(rhythm.RHYTHM)


def test_stretches_gaps_and_pauses_are_counted() -> None:
    found = facts(drawn())
    frames, voiced, active = LAST - FIRST, 10, 12
    assert DRAWN[FIRST:LAST].count("v") == voiced
    stretches, gaps = np.array([3, 1, 2, 4]) * STEP, np.array([2, 12, 2]) * STEP
    expected = {
        "duration": length(frames * STEP),
        "active_share": active / frames,
        "voiced_share": voiced / active,
        "voiced_rate": np.log(4 / (frames * STEP) + 0.2),
        "voiced_mean": length(stretches.mean()),
        "voiced_deviation": length(stretches.std()),
        "gap_mean": length(gaps.mean()),
        "pause_share": length(12 / frames),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-6), name
    assert len({round(value, 6) for value in expected.values()}) == len(expected)


@pytest.mark.parametrize(("frames", "counts"), [(9, False), (10, True)])
def test_a_pause_lasts_a_tenth_of_a_second(frames: int, counts: bool) -> None:
    found = facts(drawn("v" * 20 + "o" * frames + "v" * 20))
    expected = length(frames / (40 + frames)) if counts else length(0)
    assert found["pause_share"] == pytest.approx(expected)


def test_steps_of_f0_are_those_between_voiced_neighbours() -> None:
    f0 = np.where(drawn()[:, 0], np.arange(len(DRAWN)) ** 2 / 8, -99)
    places = [place for place, one in enumerate(DRAWN) if one == "v"]
    steps = [(b**2 - a**2) / 8 for a, b in pairwise(places) if b - a == 1]
    assert len(steps) == 2 + 1 + 3
    found = facts(drawn(), f0=f0)
    assert found["f0_step_mean"] == pytest.approx(np.mean(steps))
    assert found["f0_step_p90"] == pytest.approx(np.percentile(steps, 90))
    assert found["f0_step_p90"] > found["f0_step_mean"] > 1


def test_syllables_are_voiced_peaks_of_the_energy() -> None:
    masks = drawn("v" * 70 + "a" * 30)
    energy = bumps(100, {10: 2.0, 30: 3.0, 60: 1.0, 85: 2.0})
    found = facts(masks, energy=energy)
    assert found["syllable_rate"] == pytest.approx(np.log(3 / 1.0 + 0.2))
    assert found["syllable_deviation"] == pytest.approx(length(np.std([0.2, 0.3, 0.25])))


@pytest.mark.parametrize(("peak", "count"), [(17, 0), (18, 1), (26, 1), (27, 0)])
def test_a_syllable_has_voice_within_two_frames(peak: int, count: int) -> None:
    masks = drawn("a" * 20 + "v" * 5 + "a" * 25)
    found = facts(masks, energy=bumps(50, {peak: 2.0}))
    assert found["syllable_rate"] == pytest.approx(np.log(count / 0.5 + 0.2))


def test_what_zeros_cut_is_no_syllable() -> None:
    masks = drawn("v" * 28 + "s" * 10 + "v" * 32)
    energy = bumps(70, {10: 2.0, 60: 2.0})
    energy[28:38] = 9.0
    found = facts(masks, energy=energy)
    assert found["syllable_rate"] == pytest.approx(np.log(2 / 0.7 + 0.2))
    assert found["syllable_deviation"] == pytest.approx(length(0))


def test_peaks_without_a_valley_between_them_are_one() -> None:
    for height, count in ((1.9, 1), (1.35, 1), (1.25, 2), (0.5, 2)):
        energy = np.array([-5, 2.0, height, 2.2, -5])
        assert len(syllables(energy)) == count
    assert syllables(np.array([-5, 2.0, 1.9, 2.2, -5])).tolist() == [3]
    assert syllables(np.array([-5, 2.2, 1.9, 2.0, -5])).tolist() == [1]
    assert syllables(np.array([1.0, 2.0, 3.0])).tolist() == []


def test_energies_are_smoothed_and_silence_is_8_nats_down() -> None:
    energy = np.full(60, -np.inf)
    energy[20:40] = 5.0
    found = smoothed(energy)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1, 12) / 12)
    raised = np.pad(np.maximum(energy, -3), 5, "edge")
    expected = [raised[n : n + 11] @ window / window.sum() for n in range(60)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (found.min(), found.max()) == (pytest.approx(-3), pytest.approx(5))


def test_a_single_frame_has_finite_facts() -> None:
    found = facts(drawn("sosvss"))
    assert np.isfinite([*found.values()]).all()
    assert (found["f0_step_mean"], found["active_share"]) == (0, 1)
    assert found["gap_mean"] == found["voiced_deviation"] == length(0)
