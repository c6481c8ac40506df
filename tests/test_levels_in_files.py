"""Encoder files of either level and of both: exported, checked, loaded; the unwanted is free."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from deepspectrum_features import Encoder, Recipe
from deepspectrum_features.encoder.batching import pad
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.encoder.signature import EMBEDDING_OUTPUTS, FUNCTIONALS_OUTPUTS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import DEFAULT_TABLE, PowerSpectrogram
from deepspectrum_features.recipe.document import plain
from deepspectrum_features.testing import tiny_encoder, tiny_recipe, tiny_table
from deepspectrum_features.training.exporting import to_onnx
from deepspectrum_features.training.metadata import (
    LONG_FRONT_END,
    encoder_metadata,
    untrained_metadata,
    with_functionals,
)

TABLE = tiny_table()
UNTRAINED = untrained_metadata("untrained", "MIT", TABLE)


def trained_metadata(network: object, recipe: Recipe) -> dict[str, object]:
    return encoder_metadata(network, recipe, name="x", licence="MIT", classes=["a", "b"])


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    """Return encoder files of one network: embedding alone, functionals alone, both."""
    return {level: tiny_encoder(level).path for level in ("embedding", "functionals", "both")}


def session(path: Path) -> Session:
    return Session(path, path.read_bytes(), "cpu")


def inputs(width: int) -> dict[str, NDArray]:
    generator = np.random.default_rng(3)
    batch, frames = pad([generator.exponential(5.0, (n, 546)).astype("f4") for n in (40, 1, 17)])
    return {"input": batch[..., :width], "frames": frames}


def test_a_file_of_both_gives_each_level_as_a_file_of_its_own_does(files: dict[str, Path]) -> None:
    both = session(files["both"])
    for level, outputs, width in (
        ("embedding", EMBEDDING_OUTPUTS, 257),
        ("functionals", FUNCTIONALS_OUTPUTS, 546),
    ):
        alone = session(files[level]).run(inputs(width), outputs)
        here = both.run(inputs(width), outputs)
        together = both.run(inputs(546), (*EMBEDDING_OUTPUTS, *FUNCTIONALS_OUTPUTS))
        for name in outputs:
            np.testing.assert_array_equal(here[name], alone[name])
            np.testing.assert_array_equal(together[name], alone[name])
            assert len(alone[name]) == 3
            assert alone[name].any()


def test_a_level_that_is_not_wanted_is_empty(files: dict[str, Path]) -> None:
    path = files["both"]
    raw = session(path)._session
    assert [one.name for one in raw.get_overridable_initializers()] == ["levels"]
    everything = raw.run(None, inputs(546))
    for wanted, there in (([True, False], 5), ([False, True], 2), ([False, False], 0)):
        found = raw.run(None, inputs(546) | {"levels": np.array(wanted)})
        assert sum(one.size > 0 for one in found) == there
        for one, other in zip(found, everything, strict=True):
            assert (one.ndim, one.dtype) == (other.ndim, other.dtype)
            assert one.size == 0 or np.array_equal(one, other)


@pytest.mark.slow
def test_a_level_that_is_not_wanted_is_not_computed(files: dict[str, Path]) -> None:
    """A frame so wide that streams would fail shows that nothing of them is computed."""
    both = session(files["both"])
    both.run(inputs(257), EMBEDDING_OUTPUTS)
    with pytest.raises(EncoderError, match="MatMul"):
        both.run(inputs(257), FUNCTIONALS_OUTPUTS)


def test_files_say_what_they_give(files: dict[str, Path]) -> None:
    found = {name: Encoder(path) for name, path in files.items()}
    assert {name: one.metadata["format"] for name, one in found.items()} == {
        "embedding": 2,
        "functionals": 3,
        "both": 3,
    }
    assert "functionals" not in found["embedding"].metadata
    assert found["embedding"].metadata["front_end"] == plain(PowerSpectrogram())
    assert found["both"].metadata["front_end"] == plain(LONG_FRONT_END)
    for name in ("functionals", "both"):
        assert found[name].stated.functionals == TABLE
    assert found["functionals"].stated.levels == ("functionals",)
    assert found["both"].stated.levels == ("embedding", "functionals")
    assert (found["both"].stated.level, found["functionals"].stated.level) == (
        "embedding",
        "functionals",
    )


def test_only_the_default_spectrum_has_functionals(tmp_path: Path) -> None:
    recipe = replace(tiny_recipe(), front_end=PowerSpectrogram(n_fft=1024))
    network = build_network(recipe, classes=2)
    with pytest.raises(EncoderError, match="x: front end power-spectrogram with settings"):
        with_functionals(trained_metadata(network, recipe), TABLE)
    without = UNTRAINED | {"front_end": plain(PowerSpectrogram())}
    with pytest.raises(ValueError, match="functionals need a power-spectrogram with a long win"):
        to_onnx(None, tmp_path / "x.onnx", without)
    with pytest.raises(ValueError, match="no network, and no functionals in the metadata"):
        to_onnx(None, tmp_path / "x.onnx", {"front_end": plain(LONG_FRONT_END)})
    assert list(tmp_path.iterdir()) == []


def changed(path: Path, copy: Path, **change: object) -> Path:
    """Copy an encoder file with other metadata."""
    model = onnx.load(str(path))
    (entry,) = model.metadata_props
    values = json.loads(entry.value) | change
    entry.value = json.dumps({key: value for key, value in values.items() if value is not None})
    assert entry.key == METADATA_KEY
    onnx.save(model, str(copy))
    return copy


TABLE_JSON = plain(TABLE)
BLOCK = TABLE_JSON["blocks"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (TABLE_JSON | {"version": 2}, r"functionals\.version: 2, need 1"),
        (
            TABLE_JSON | {"blocks": [BLOCK | {"statistics": ["mean", "mode"]}]},
            r"functionals\.blocks\[0\]\.statistics\[1\]: 'mode', need mean or ",
        ),
        (
            TABLE_JSON | {"blocks": [BLOCK | {"mask": "loud"}]},
            r"functionals\.blocks\[0\]\.mask: 'loud', need voiced or active or all",
        ),
        (
            TABLE_JSON | {"blocks": [BLOCK | {"streams": ["f0", "jitter"]}]},
            r"functionals\.blocks\[0\]\.streams: 'jitter', need one of the table's streams",
        ),
        (TABLE_JSON | {"pace": 1}, r"metadata: unknown field 'functionals\.pace'"),
        (
            TABLE_JSON | {"rhythm": ["waltz"]},
            r"functionals\.rhythm\[0\]: 'waltz', need duration or ",
        ),
        (TABLE_JSON | {"blocks": [BLOCK, BLOCK]}, "'f0_voiced_mean' stands there twice"),
        (
            TABLE_JSON | {"streams": [*TABLE_JSON["streams"], TABLE_JSON["streams"][0]]},
            r"functionals\.streams: 'f0' stands there twice",
        ),
        (
            {"streams": TABLE_JSON["streams"][:-1], "blocks": [BLOCK]},
            "streams is 4 wide, its metadata says 3",
        ),
        (None, "level: 'functionals', need embedding|columns: none, and no functionals"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    files: dict[str, Path], tmp_path: Path, change: object, message: str
) -> None:
    with pytest.raises(EncoderError, match=message):
        Encoder(changed(files["functionals"], tmp_path / "x.onnx", functionals=change))


def test_levels_of_graph_and_metadata_must_agree(files: dict[str, Path], tmp_path: Path) -> None:
    told = "outputs of the level embedding, its metadata say embedding and functionals"
    with pytest.raises(EncoderError, match=told):
        Encoder(changed(files["embedding"], tmp_path / "a.onnx", functionals=TABLE_JSON))
    with pytest.raises(EncoderError, match="level: 'both', need embedding"):
        Encoder(changed(files["embedding"], tmp_path / "b.onnx", level="both"))
    assert Encoder(changed(files["both"], tmp_path / "c.onnx", level="both")).stated.level == "both"


def test_columns_of_both_levels_have_names_of_their_own(
    files: dict[str, Path], tmp_path: Path
) -> None:
    columns = [f"fcn_{number:03d}" for number in range(11)]
    assert Encoder(changed(files["both"], tmp_path / "a.onnx", columns=[*columns, "x"])).dim == 12
    clash = changed(files["both"], tmp_path / "b.onnx", columns=[*columns, "f0_voiced_mean"])
    with pytest.raises(EncoderError, match="columns: 'f0_voiced_mean' stands there twice"):
        Encoder(clash)


def test_a_transform_longer_than_memory_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    """The width of frames is held against graphs of one level alone."""
    front_end = plain(LONG_FRONT_END)
    front_end["long"] |= {"n_fft": 2**40}
    path = changed(files["both"], tmp_path / "x.onnx", front_end=front_end)
    with pytest.raises(EncoderError, match=r"long\.n_fft: 1099511627776, need .* at most 65536"):
        Encoder(path, level="both")


def script() -> ModuleType:
    """Import data/make_encoder.py, which is no part of the package."""
    path = Path(__file__).parents[1] / "data" / "make_encoder.py"
    spec = importlib.util.spec_from_file_location("make_encoder", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_untrained_encoder_is_made_by_its_script(tmp_path: Path) -> None:
    first, again = (script().make_encoder(tmp_path / f"{take}.onnx") for take in "ab")
    assert first.sha256 == again.sha256
    assert (first.name, first.licence) == ("spectral-functionals", "MIT")
    assert first.stated.functionals == DEFAULT_TABLE
