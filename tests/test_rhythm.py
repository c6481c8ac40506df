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
    assert found["step_mean"] == pytest.approx(np.mean(steps))
    assert found["step_p90"] == pytest.approx(np.percentile(steps, 90))
    assert found["step_p90"] > found["step_mean"] > 1


def test_syllables_are_voiced_peaks_of_the_energy() -> None:
    masks = drawn("v" * 70 + "a" * 30)
    energy = bumps(100, {10: 2.0, 30: 3.0, 60: 1.0, 85: 2.0})
    found = facts(masks, energy=energy)
    assert found["syllable_rate"] == pytest.approx(np.log(3 / 1.0 + 0.2))
    assert found["syllable_deviation"] == pytest.approx(length(np.std([0.2, 0.3, 0.25])))


def test_peaks_without_a_valley_between_them_are_one() -> None:
    for height, count in ((1.9, 1), (0.5, 2)):
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
    assert (found["step_mean"], found["active_share"]) == (0, 1)
    assert found["gap_mean"] == found["voiced_deviation"] == length(0)
