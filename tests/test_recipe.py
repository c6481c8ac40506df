"""The recipe: travels as JSON without loss, and a typing error in it is never swallowed."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.recipe import (
    PRESETS,
    Augmentation,
    LogMel,
    PowerSpectrogram,
    Recipe,
    Training,
    Zhao2018Asmmc,
)

COUNT = st.integers(1, 500)
SHARE = st.floats(0, 0.9)
FRONT_ENDS = st.builds(
    PowerSpectrogram,
    sample_rate=st.integers(4000, 96000),
    window_samples=st.integers(2, 512),
    hop_samples=COUNT,
    n_fft=st.sampled_from([512, 1000, 1024]),
)
MELS = st.builds(
    LogMel,
    bands=COUNT,
    low_hz=st.floats(0, 500),
    high_hz=st.floats(1000, 2000),
    floor=st.floats(1e-12, 1e-3),
    centre=st.booleans(),
)
BLOCKS = st.lists(st.tuples(COUNT, st.integers(1, 9)), min_size=1, max_size=5)
NETWORKS = st.builds(
    lambda blocks, **rest: Zhao2018Asmmc(
        filters=tuple(filters for filters, _ in blocks),
        kernels=tuple(kernel for _, kernel in blocks),
        **rest,
    ),
    BLOCKS,
    view=MELS,
    conv_dropout=SHARE,
    global_pooling=st.sampled_from(["max", "average"]),
    lstm_units=COUNT,
    lstm_layers=st.integers(1, 4),
    lstm_dropout=SHARE,
    head_units=COUNT,
)
TRAININGS = st.builds(
    Training,
    epochs=COUNT,
    batch_size=COUNT,
    learning_rate=st.floats(1e-6, 1),
    class_weights=st.booleans(),
    longest_seconds=st.floats(0.5, 60),
    seed=st.integers(0, 2**31),
    augmentation=st.builds(Augmentation, stretch=SHARE, masked_bands=COUNT, masked_frames=COUNT),
)
RECIPES = st.builds(
    Recipe, preset=st.text(max_size=9), front_end=FRONT_ENDS, network=NETWORKS, training=TRAININGS
)


def refused(values: Any) -> str:
    with pytest.raises(RecipeError, match=r"^here: ") as caught:
        Recipe.from_dict(values, where="here")
    return str(caught.value)


@settings(max_examples=60, deadline=None)
@given(recipe=RECIPES)
def test_json_and_back_is_the_same_recipe(recipe: Recipe) -> None:
    text = json.dumps(recipe.to_dict())
    found = Recipe.from_dict(json.loads(text))
    assert found == recipe
    other = dataclasses.replace(recipe, training=Training(seed=recipe.training.seed + 1))
    assert Recipe.from_dict(other.to_dict()) != recipe


def test_numbers_of_the_front_end() -> None:
    front_end = Recipe().front_end
    assert front_end.window_samples / front_end.sample_rate == 0.025
    assert front_end.hop_samples / front_end.sample_rate == 0.010
    assert front_end.n_fft == 512
    mel = Recipe().network.view
    assert (mel.bands, mel.low_hz, mel.high_hz, mel.floor) == (40, 0.0, 8000.0, 1e-10)


def test_every_preset_is_named_and_survives_json() -> None:
    for system, presets in PRESETS.items():
        for name, recipe in presets.items():
            assert (recipe.network.system, recipe.preset) == (system, name)
            assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert Recipe() in PRESETS["zhao2018-asmmc"].values()


def test_fields_left_out_keep_their_defaults() -> None:
    assert Recipe.from_dict({}) == Recipe()
    found = Recipe.from_dict({"network": {"view": {"bands": 60}}})
    assert found.network.view == LogMel(bands=60)
    assert found.network.filters == Recipe().network.filters
    assert found.training == Recipe().training


def test_whole_numbers_stand_for_floats_and_lists_for_tuples() -> None:
    found = Recipe.from_dict({"network": {"view": {"low_hz": 50}, "filters": [8, 8, 8]}})
    assert type(found.network.view.low_hz) is float
    assert found.network.filters == (8, 8, 8)


def test_all_unknown_fields_are_told_at_once_with_near_misses() -> None:
    found = refused(
        {"netwrok": {}, "network": {"view": {"band": 3}, "colour": 1}, "training": {"epoch": 5}}
    )
    assert "unknown field 'netwrok' (did you mean 'network'?)" in found
    assert "unknown field 'network.view.band' (did you mean 'bands'?)" in found
    assert "unknown field 'network.colour';" in found
    assert "unknown field 'training.epoch' (did you mean 'epochs'?)" in found


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("training", "epochs", 3.5),
        ("training", "epochs", True),
        ("training", "epochs", "3"),
        ("training", "epochs", None),
        ("training", "class_weights", 1),
        ("training", "learning_rate", "fast"),
        ("training", "learning_rate", True),
        ("network", "filters", 64),
        ("network", "filters", "64"),
        ("network", "global_pooling", 1),
        ("network", "view", "mel"),
        ("front_end", "kind", 3),
    ],
)
def test_values_of_another_type_are_refused(section: str, field: str, value: object) -> None:
    found = refused({section: {field: value, "zzz": 1}})
    assert f"{section}.{field}: {value!r}, need " in found
    assert f"unknown field '{section}.zzz'" in found, "both problems at once"


def test_an_item_of_another_type_is_named_by_its_place() -> None:
    found = refused({"network": {"filters": [64, 128.0, 256]}})
    assert found == "here: network.filters[1]: 128.0, need a whole number"


@pytest.mark.parametrize(
    ("section", "fields", "named"),
    [
        ("network", {"system": "zhao"}, "network.system"),
        ("network", {"global_pooling": "sum"}, "network.global_pooling"),
        ("network", {"filters": [8, 8]}, "filters and kernels"),
        ("network", {"filters": [8, 0, 8]}, "network.filters[1]: 0, need at least 1"),
        ("network", {"filters": [], "kernels": []}, "network.filters: none"),
        ("network", {"view": {"bands": 0}}, "network.view.bands"),
        (
            "network",
            {"view": {"kind": "mel"}},
            "kind: 'mel', need log-mel or log-bins",
        ),
        ("network", {"view": {"floor": 0}}, "network.view.floor"),
        ("network", {"view": {"low_hz": 9, "high_hz": 8}}, "network.view: 9 to 8 Hz"),
        ("front_end", {"kind": "cepstrum"}, "front_end.kind"),
        ("front_end", {"n_fft": 256}, "front_end.n_fft"),
        ("front_end", {"hop_samples": 0}, "front_end.hop_samples"),
        ("front_end", {"window_samples": -1}, "front_end.window_samples"),
        ("front_end", {"sample_rate": 0}, "front_end.sample_rate"),
        ("training", {"batch_size": 0}, "training.batch_size"),
        ("training", {"epochs": 0}, "training.epochs"),
        ("training", {"longest_seconds": 0}, "training.longest_seconds"),
        ("training", {"augmentation": {"stretch": 1}}, "training.augmentation.stretch"),
        ("training", {"learning_rate": float("nan")}, "training.learning_rate"),
    ],
)
def test_impossible_values_are_refused(section: str, fields: dict[str, object], named: str) -> None:
    assert named in refused({section: fields})


@pytest.mark.parametrize("values", [[], "recipe", 3, None])
def test_what_is_no_object_is_refused(values: object) -> None:
    assert refused(values) == f"here: {type(values).__name__}, need a JSON object"


def test_a_recipe_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="epochs"):
        Recipe().training.epochs = 3  # type: ignore[misc]
