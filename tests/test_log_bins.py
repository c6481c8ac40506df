"""The view of a spectrogram's own bins: which ones, their logarithm, and recipes without any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.networks import build_network
from deepspectrum_features.networks.views import make_view
from deepspectrum_features.recipe import LogBins, OpensmileLld, PowerSpectrogram, Recipe
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.testing import tiny_recipe, tone


@pytest.mark.parametrize(("bin_hz", "count"), [(10, 400), (20, 200), (40, 100)])
def test_a_tone_stands_in_the_bin_of_its_frequency(bin_hz: int, count: int) -> None:
    front_end = make_front_end(PowerSpectrogram(n_fft=16000 // bin_hz))
    view = make_view(front_end, LogBins(high_hz=4000.0))
    assert view.dim == view.out_dim == count
    np.testing.assert_allclose(view.hz, bin_hz * np.arange(count))
    for hertz in (1000.0, 3960.0):
        seen = view(torch.from_numpy(front_end.frames(tone(hertz, seconds=0.2), 16000)))
        assert (seen.argmax(dim=1) == round(hertz / bin_hz)).all()


def test_it_is_the_logarithm_of_power_z_normed_by_bin() -> None:
    front_end = make_front_end(PowerSpectrogram())
    power = np.random.default_rng(0).exponential(1, (80, 257)).astype(np.float32)
    power[3, 20] = 0
    view = make_view(front_end, LogBins(low_hz=500.0, high_hz=1000.0, floor=1e-3, centre=True))
    bins = [k for k in range(257) if 500 <= k * 31.25 < 1000]
    expected = np.log(np.maximum(power[:, bins], 1e-3))
    prepared = view(torch.from_numpy(power))
    np.testing.assert_allclose(prepared, expected, rtol=1e-5, atol=1e-6)
    view.fit([prepared[:30], prepared[30:]])
    parts = [part - part.mean(axis=0) for part in (expected[:30], expected[30:])]
    deviation = np.concatenate(parts).std(axis=0)
    found = view.normalise(prepared[None, :50], torch.tensor([30]))[0]
    np.testing.assert_allclose(found[:30], parts[0] / deviation, rtol=1e-4, atol=1e-5)
    assert (found[30:] == 0).all()
    assert not np.allclose(found[:30], expected[:30], atol=0.1)


def test_other_systems_take_it_too() -> None:
    recipe = tiny_recipe()
    recipe = replace(recipe, network=replace(recipe.network, view=LogBins(high_hz=1000.0)))
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    network = build_network(recipe, classes=2)
    found = network.forward_features(torch.randn(1, 20, network.view.dim), torch.tensor([20]))
    assert network.view.dim == 32
    assert found.embedding.shape == (1, network.dim)


@pytest.mark.parametrize(
    ("view", "needed"),
    [
        (LogBins(low_hz=5.0, high_hz=15.0), "no bin of a 512-point transform from 5 to 15 Hz"),
        (LogBins(low_hz=900.0, high_hz=800.0), "900 to 800 Hz, need a rising range"),
        (LogBins(high_hz=9000.0), "0 to 9000 Hz, need a rising range up to at most 8000 Hz"),
    ],
)
def test_a_range_without_bins_is_refused(view: LogBins, needed: str) -> None:
    recipe = tiny_recipe()
    values = replace(recipe, network=replace(recipe.network, view=view)).to_dict()
    with pytest.raises(RecipeError, match=f"^recipe: network.view: {needed}"):
        Recipe.from_dict(values)
    on_descriptors = values | {"front_end": {"kind": OpensmileLld.kind}}
    with pytest.raises(RecipeError, match="opensmile-lld, need power-spectrogram"):
        Recipe.from_dict(on_descriptors)


def test_unions_of_other_orders_keep_their_first() -> None:
    """What is meant where no kind stands is the first view of that system."""
    for system, kind in (("zhao2018-asmmc", "log-mel"), ("zhang2018-apsipa", "log-bins")) * 2:
        values = {"network": {"system": system, "view": {"high_hz": 3000.0}}}
        assert Recipe.from_dict(values).network.view.kind == kind
