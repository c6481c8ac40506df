"""The cells of an ablation: what each changes in a recipe, and what there cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.recipe import PRESETS, LogBins, LogMel, Recipe, Zhao2018Asmmc
from deepspectrum_features.recipe.resolution import (
    REFERENCE,
    Resolution,
    choose,
    grid,
    spectral_systems,
)
from deepspectrum_features.recipe.training import Augmentation, Training

#: Name, window and transform in samples at 16 kHz, and what is seen: powers of two from the window
#: on, or 16000 / Hz, written down by hand.
PAPER = {
    "25ms-30mel": (400, 512, 30),
    "25ms-40mel": (400, 512, 40),
    "25ms-60mel": (400, 512, 60),
    "25ms-80mel": (400, 512, 80),
    "25ms-100mel": (400, 512, 100),
    "15ms-40mel": (240, 256, 40),
    "50ms-40mel": (800, 1024, 40),
    "100ms-40mel": (1600, 2048, 40),
    "200ms-40mel": (3200, 4096, 40),
    "25ms-10hz": (400, 1600, 400),
    "25ms-20hz": (400, 800, 200),
    "25ms-40hz": (400, 400, 100),
}


def test_the_paper_s_grid_varies_one_thing_at_a_time() -> None:
    assert [one.name for one in grid()] == list(PAPER)
    for cell in grid():
        recipe = cell.of(Recipe())
        window, n_fft, width = PAPER[cell.name]
        assert (recipe.front_end.window_samples, recipe.front_end.n_fft) == (window, n_fft)
        assert recipe.front_end.hop_samples == 160
        view = recipe.network.view
        if cell.bands is None:
            assert (view.kind, view.low_hz, view.high_hz) == ("log-bins", 0, 4000)
            assert len(view.bins(recipe.front_end)) == width
        else:
            assert (view.kind, view.bands) == ("log-mel", width)
        back = replace(recipe.network, view=Recipe().network.view)
        assert back == Recipe().network, "nothing else of the network changes"


def test_a_window_that_is_a_power_of_two_is_its_own_transform() -> None:
    front_end = Resolution(window_ms=32, bands=40).of(Recipe()).front_end
    assert (front_end.window_samples, front_end.n_fft) == (512, 512)


def test_the_reference_is_the_recipe_that_the_preset_is() -> None:
    for preset in PRESETS["zhao2018-asmmc"].values():
        assert REFERENCE.of(preset) == preset


def test_what_a_system_says_of_its_own_view_stays() -> None:
    view = LogBins(low_hz=100.0, high_hz=3000.0, floor=1e-6, centre=True)
    recipe = Recipe(network=Zhao2018Asmmc(view=view))
    assert Resolution(bin_hz=20).of(recipe).network.view == view
    assert Resolution(bands=30).of(recipe).network.view == LogMel(bands=30, centre=True)
    view = LogMel(low_hz=50.0, high_hz=7000.0, floor=1e-6, centre=True)
    recipe = Recipe(network=Zhao2018Asmmc(view=view))
    assert Resolution(bands=30).of(recipe).network.view == replace(view, bands=30)
    assert Resolution(bin_hz=20).of(recipe).network.view == LogBins(high_hz=4000, centre=True)


@pytest.mark.parametrize(
    ("cell", "masked"), [(REFERENCE, 8), (Resolution(bands=80), 16), (Resolution(bin_hz=10), 80)]
)
def test_masks_cover_the_same_share_of_the_bands(cell: Resolution, masked: int) -> None:
    recipe = Recipe(training=Training(augmentation=Augmentation(masked_bands=8, stretch=0.1)))
    found = cell.of(recipe).training.augmentation
    assert found == Augmentation(masked_bands=masked, stretch=0.1)


def test_a_grid_holds_the_reference_and_every_cell_once() -> None:
    assert grid(bands=[20], windows_ms=[], bins_hz=[])[0] == REFERENCE
    names = [one.name for one in grid(bands=[40, 20], windows_ms=[25, 12.5], bins_hz=[])]
    assert names == ["25ms-40mel", "25ms-20mel", "12.5ms-40mel"]


def test_cells_are_chosen_by_name_in_the_order_of_the_grid() -> None:
    assert choose(grid(), []) == grid()
    names = ["25ms-20hz", "25ms-40mel"]
    assert [one.name for one in choose(grid(), names)] == names[::-1]
    with pytest.raises(RecipeError, match=r"^--cells 25ms-41mel: no such cell, need some of 25ms-"):
        choose(grid(), ["25ms-41mel"])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Resolution(bin_hz=30), "cell 25ms-30hz: transform of 533.333 samples at 16000 Hz, need a"),
        (Resolution(bin_hz=50), "cell 25ms-50hz: front_end.n_fft: 320, need at least 400"),
        (Resolution(bin_hz=0.1), "cell 25ms-0.1hz: front_end.n_fft: 160000, need at least 1 and"),
        (Resolution(window_ms=0.01, bands=40), "cell 0.01ms-40mel: window of 0.16 samples at"),
    ],
)
def test_what_there_cannot_be_is_one_line(cell: Resolution, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        cell.of(Recipe())
    assert str(caught.value).startswith(said)


def test_systems_that_see_a_spectrogram_take_every_cell() -> None:
    assert spectral_systems()[0] == "zhao2018-asmmc"
    for name in spectral_systems():
        for preset in PRESETS[name].values():
            views = [cell.of(preset).network.view for cell in grid()]
            assert [view.kind for view in views] == ["log-mel"] * 9 + ["log-bins"] * 3
