"""Attention to cells of time and frequency, from the graph to the feature file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
import soundfile
import torch
import xarray
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile, extract, verify
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.encoder.signature import CELL_OUTPUTS, EMBEDDING_OUTPUTS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.extraction import plan
from deepspectrum_features.features.difference import differences
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import LogMel, Recipe, Zhao2019Access
from deepspectrum_features.testing import chirp, contents, tiny_corpus, tiny_table, tone
from deepspectrum_features.training import to_onnx
from deepspectrum_features.training.metadata import encoder_metadata, with_functionals

CLOSE = {"rtol": 1e-5, "atol": 1e-6}
Damage = Callable[[h5py.File], object]


def exported(path: Path, functionals: bool = False) -> Encoder:
    """Export an encoder that attends to cells, with random weights."""
    network = Zhao2019Access(
        view=LogMel(bands=10), filters=(3, 4), kernels=(4, 3), lstm_units=4, head_units=16
    )
    recipe = Recipe(preset="tiny", network=network)
    torch.manual_seed(0)
    built = build_network(recipe, classes=2)
    built.cell_attention.score.weight.data.normal_(0, 5)
    metadata = encoder_metadata(
        built, recipe, name="attending", licence="CC0-1.0", classes=["high", "low"]
    )
    return to_onnx(
        built, path, with_functionals(metadata, tiny_table()) if functionals else metadata
    )


@pytest.fixture(scope="module")
def attending(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """Return an encoder that attends to cells."""
    return exported(tmp_path_factory.mktemp("attending") / "attending.onnx")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, attending: Encoder) -> Path:
    """Return a file of 8 rows with attention to steps and cells."""
    folder = tiny_corpus(tmp_path_factory.mktemp("made") / "tones", speakers=2, per_class=2)
    extract(folder, folder / "out.h5", encoder=attending, attention=True)
    return folder / "out.h5"


def test_an_encoder_says_where_its_cells_are(attending: Encoder) -> None:
    edges = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 12)  # two 2x2 poolings of 10 bands
    peaks = (700 * (10 ** (edges / 2595) - 1))[1:-1]
    cells = attending.cells
    assert cells is not None
    assert cells.step_seconds == pytest.approx(0.04)
    assert cells.first_step_centre_seconds == pytest.approx(0.0125 + 0.015)
    np.testing.assert_allclose(cells.hz, [peaks[:4].mean(), peaks[4:8].mean(), peaks[8:].mean()])
    assert attending.metadata["cells"] == {
        "step_seconds": cells.step_seconds,
        "first_step_centre_seconds": cells.first_step_centre_seconds,
        "hz": cells.hz,
    }
    assert f"attends to 3 bands of {cells.hz[0]:.0f} to {cells.hz[2]:.0f} Hz, every 40 ms" in str(
        attending
    )


def test_an_utterance_alone_and_in_a_batch_have_the_same_cells(attending: Encoder) -> None:
    sounds = [(tone(300, 0.5), 16000), (chirp(200, 4000, 1.3), 16000), (tone(900, 0.025), 16000)]
    together = list(attending.embed_many(sounds))
    for found, sound in zip(together, sounds, strict=True):
        alone = attending.embed(*sound)
        np.testing.assert_allclose(found.attention_tf, alone.attention_tf, **CLOSE)
        assert alone.attention_tf.shape == (-(-len(alone.attention) // 4), 3)
        assert alone.attention_tf.sum() == pytest.approx(1, rel=1e-5)
    assert together[1].attention_tf.std() > 1e-4


def test_only_what_is_kept_is_asked_of_the_graph(attending: Encoder) -> None:
    frames = attending.front_end.frames(tone(440, 0.5), 16000)
    assert attending.encode([frames], keep=()).attention_tf.size == 0
    assert attending.encode([frames], keep=["frames"]).attention_tf.size == 0
    assert attending.encode([frames], keep=["attention"]).attention_tf.shape == (1, 12, 3)
    every = attending.run(frames[None], np.array([len(frames)]))
    assert {*EMBEDDING_OUTPUTS, *CELL_OUTPUTS} == every.keys()


@pytest.mark.slow
def test_cells_are_of_the_embedding_alone(attending: Encoder, tmp_path: Path) -> None:
    both, sound = exported(tmp_path / "both.onnx", functionals=True), tone(440, 0.5)
    assert both.cells == both.at("both").cells == attending.cells
    assert both.at("functionals").cells is None
    assert both.at("functionals").embed(sound, 16000).attention_tf.size == 0
    alone = attending.embed(sound, 16000)
    for level in ("embedding", "both"):
        found = both.at(level).embed(sound, 16000)
        np.testing.assert_allclose(found.attention_tf, alone.attention_tf, **CLOSE)
    assert alone.attention_tf.std() > 1e-4


@pytest.mark.parametrize(
    ("change", "told"),
    quick_first(
        [
            (lambda values: values.pop("cells"), "outputs attention_tf and cells, need no cells"),
            (lambda values: values["cells"]["hz"].append(1e4), "attention_tf is 3 wide, .* says 4"),
            (lambda values: values["cells"].update(hz=[]), "hz: none, need the centre"),
            (lambda values: values["cells"]["hz"].reverse(), "hz: .*, need rising centres"),
            (
                lambda values: values["cells"].update(step_seconds=0),
                "step_seconds: 0, need more",
            ),
        ]
    ),
)
def test_metadata_that_tell_of_other_cells_are_refused(
    attending: Encoder, tmp_path: Path, change: Callable[[dict[str, object]], object], told: str
) -> None:
    model, values = onnx.load(str(attending.path)), json.loads(json.dumps(attending.metadata))
    change(values)
    (entry,) = [one for one in model.metadata_props if one.key == METADATA_KEY]
    entry.value = json.dumps(values)
    onnx.save(model, str(tmp_path / "changed.onnx"))
    with pytest.raises(EncoderError, match=told):
        Encoder.open(tmp_path / "changed.onnx")


def test_a_file_holds_the_attention_of_each_recording_alone(made: Path, attending: Encoder) -> None:
    table = FeatureFile.open(made)
    assert table.attention is not None
    assert table.attention_tf is not None
    assert table.attention_tf.hz.tolist() == attending.cells.hz
    for row, file in enumerate(table.file):
        alone = attending.embed(*soundfile.read(made.parent / file, dtype="float32"))
        np.testing.assert_allclose(table.attention_tf[row], alone.attention_tf, **CLOSE)
        frames = table.attention.centres(row)
        groups = [frames[first : first + 4] for first in range(0, len(frames), 4)]
        whole = [group.mean() for group in groups if len(group) == 4]
        centres = table.attention_tf.centres(row)
        np.testing.assert_allclose(centres[: len(whole)], whole)
        assert len(centres) == len(groups)
    assert not np.allclose(table.attention_tf[0][:5], table.attention_tf[2][:5], atol=1e-3)
    assert verify(made, attending) == []


@pytest.mark.slow
def test_hdf5_readers_find_its_dimensions(made: Path) -> None:
    table = FeatureFile.open(made)
    with h5py.File(made) as store:
        group = store["attention_tf"]
        first, count = group["first"][3], group["count"][3]
        np.testing.assert_array_equal(group["values"][first : first + count], table.attention_tf[3])
        assert group["hz"].dtype == np.float64
        assert group["hz"].dims[0][0].name == "/attention_tf/column"
        assert group["values"].dims[1][0].name == "/attention_tf/column"
        assert store.attrs["version"] == 1
    with xarray.open_dataset(made, engine="h5netcdf", group="attention_tf") as data:
        assert data["values"].dims == ("step", "column")
        assert data["hz"].dims == ("column",)


@pytest.mark.slow
def test_parts_and_other_jobs_give_the_same_file(
    made: Path, attending: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    for jobs in (1, 2):
        out = tmp_path / f"{jobs}.h5"
        extract(made.parent, out, encoder=attending, attention=True, jobs=jobs)
    assert contents(tmp_path / "1.h5") == contents(tmp_path / "2.h5")
    one, parts = (FeatureFile.open(path).attention_tf for path in (made, tmp_path / "1.h5"))
    np.testing.assert_array_equal(one.count, parts.count)
    np.testing.assert_allclose(one.values[:], parts.values[:], **CLOSE)
    assert one.hz.tolist() == parts.hz.tolist()
    assert not np.allclose(one.values[:], parts.values[:][::-1], atol=1e-3)
    extract(made.parent, tmp_path / "without.h5", encoder=attending)
    assert FeatureFile.open(tmp_path / "without.h5").attention_tf is None
    assert "attention_tf: in the first file alone" in differences(made, tmp_path / "without.h5")


def put(name: str, place: object, value: float) -> Damage:
    """Return what changes some numbers of a dataset."""
    return lambda store: store[name].__setitem__(place, value)


def shorten(name: str) -> Damage:
    def damage(store: h5py.File) -> None:
        values = store[name][:-1]
        del store[name]
        store[name] = values

    return damage


def remove(name: str) -> Damage:
    """Return what removes a dataset or a group."""
    return lambda store: store.__delitem__(name)


@pytest.mark.parametrize(
    ("damage", "told"),
    quick_first(
        [
            (
                put("attention_tf/values", (0, 0), 0.5),
                "/attention_tf: row 0 (spk1_high_1.wav)",
            ),
            (put("attention_tf/values", (0, 0), np.nan), "/attention_tf: NaN or infinite in row 0"),
            (put("attention_tf/hz", 1, 0.0), ", need rising ones from 0"),
            (put("attention_tf/hz", 2, 7000.0), "cells: not those of encoder attending"),
            (remove("attention_tf/hz"), "/attention_tf/hz: missing"),
            (shorten("attention_tf/hz"), "/attention_tf/hz: (2,), need (3,)"),
            (remove("attention_tf"), "cells: not those of encoder attending"),
            (
                lambda store: store["attention_tf"].attrs.__setitem__("step_seconds", 0.08),
                "/attention_tf: row 0 (spk1_high_1.wav) has steps behind its end",
            ),
        ]
    ),
)
def test_damage_is_found(
    made: Path, attending: Encoder, tmp_path: Path, damage: Damage, told: str
) -> None:
    shutil.copy(made, tmp_path / "damaged.h5")
    with h5py.File(tmp_path / "damaged.h5", "a") as store:
        damage(store)
    assert any(told in line for line in verify(tmp_path / "damaged.h5", attending))


@pytest.mark.slow
def test_other_cells_are_a_difference(made: Path, tmp_path: Path) -> None:
    shutil.copy(made, tmp_path / "other.h5")
    assert differences(made, tmp_path / "other.h5") == []
    with h5py.File(tmp_path / "other.h5", "a") as store:
        store["attention_tf/hz"][0] = 1.0
        store["attention_tf/values"][0] = 0.0
    assert differences(made, tmp_path / "other.h5") == [
        "attention_tf: cells of other frequencies",
        "attention_tf: 1 of 8 rows differ",
    ]
