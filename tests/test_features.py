"""The feature file: what is written is read, by us and by readers that know nothing of us."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray

from deepspectrum_features import FeatureFile, load, load_facts
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import FeatureFileError


def table(rows: int = 5, dim: int = 3) -> FeatureFile:
    generator = np.random.default_rng(0)
    return FeatureFile(
        features=generator.standard_normal((rows, dim)).astype(np.float32),
        feature_name=[f"fcn_{column:03d}" for column in range(dim)],
        file=[f"ordner/grün {row}.wav" for row in range(rows)],
        start=np.arange(rows) / 3,
        end=np.arange(rows) / 3 + 1.25,
        label=["wütend", "", "calm", "calm", "calm"][:rows],
        speaker=[f"s{row}" for row in range(rows)],
        content=[f"{row:016x}" for row in range(rows)],
        seen=np.arange(rows, dtype=np.int32) % 3,
        scores=generator.standard_normal((rows, 2)).astype(np.float32),
        class_name=["calm", "wütend"],
        refused=[
            Refusal("a\nb.wav", 0.0, None, "open", "0 bytes"),
            Refusal("c", 1, 2.5, "cut", "x"),
        ],
        attributes={"encoder": "grün", "corpus": "test", "licence": "CC0-1.0"},
    )


def test_round_trip(tmp_path: Path) -> None:
    written = table()
    written.write(tmp_path / "a.h5")
    found = FeatureFile.open(tmp_path / "a.h5")
    for field in dataclasses.fields(FeatureFile):
        one, other = getattr(written, field.name), getattr(found, field.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        else:
            assert one == other, field.name
    found.features[0, 0] += 1
    assert not np.array_equal(found.features, written.features)


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        table().write(tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_types_are_the_ones_that_old_readers_know(tmp_path: Path) -> None:
    table().write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as store:
        assert store["features"].dtype == np.float32
        assert store["features"].compression is None
        assert store["features"].fletcher32
        assert store["label"].compression == "gzip"
        assert store["label"].shuffle
        assert store["label"].fletcher32
        for name in ("file", "label", "content", "feature_name", "refused/reason"):
            text = h5py.check_string_dtype(store[name].dtype)
            longest = max(len(value) for value in store[name][:])
            assert text.length == longest + 1, "one NUL behind the longest value"
            assert text.encoding == "utf-8"
        kinds = []
        store.visititems(lambda _, item: kinds.append(getattr(item, "dtype", np.dtype("f4"))))
        assert {kind.str for kind in kinds if kind.kind != "S"} <= {"<f4", "<f8", "<i4"}
        assert store["features"].dims[0][0].name == "/row"
        assert store["features"].dims[1][0].name == "/feature_name"


def test_wide_tables_of_names_longer_than_an_attribute_may_be(tmp_path: Path) -> None:
    wide = table(dim=6373)
    wide.write(tmp_path / "a.h5")
    found = FeatureFile.open(tmp_path / "a.h5")
    assert found.feature_name == wide.feature_name
    np.testing.assert_array_equal(found.features, wide.features)


def test_load_has_the_audformat_index(tmp_path: Path) -> None:
    table().write(tmp_path / "a.h5")
    frame, facts = load(tmp_path / "a.h5"), load_facts(tmp_path / "a.h5")
    assert frame.index.names == ["file", "start", "end"]
    assert frame.index.levels[1].dtype == "timedelta64[ns]"
    assert frame.index[1] == (
        "ordner/grün 1.wav",
        pd.Timedelta(333333333, unit="ns"),
        pd.Timedelta(1583333333, unit="ns"),
    )
    assert frame.shape == (5, 3)
    assert frame.index.equals(facts.index)
    scores = ["score/calm", "score/wütend"]
    assert list(facts.columns) == ["label", "speaker", "content", "seen", *scores]


def test_load_brings_the_provenance_and_parquet_keeps_it(tmp_path: Path) -> None:
    table().write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as store:
        stored = {name: value for name, value in store.attrs.items() if isinstance(value, str)}
    frame, facts = load(tmp_path / "a.h5"), load_facts(tmp_path / "a.h5")
    assert len(frame.attrs) > 2
    assert stored.items() >= frame.attrs.items()
    assert frame.attrs == facts.attrs
    for loaded in (frame, facts):
        loaded.to_parquet(tmp_path / "a.parquet")
        kept = pd.read_parquet(tmp_path / "a.parquet")
        assert kept.attrs == loaded.attrs
        pd.testing.assert_frame_equal(kept, loaded)


def test_xarray_finds_the_dimensions_by_name(tmp_path: Path) -> None:
    written = table()
    written.write(tmp_path / "a.h5")
    with xarray.open_dataset(tmp_path / "a.h5", engine="h5netcdf") as data:
        assert dict(data.sizes) == {"row": 5, "feature_name": 3, "class_name": 2}
        one = data["features"].sel(feature_name=b"fcn_001")
        np.testing.assert_array_equal(one, written.features[:, 1])


def test_what_is_not_a_feature_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureFileError, match=r"x\.h5: no such file"):
        FeatureFile.open(tmp_path / "x.h5")
    (tmp_path / "x.h5").write_bytes(b"nothing")
    with pytest.raises(FeatureFileError, match="not a readable feature file"):
        FeatureFile.open(tmp_path / "x.h5")
    with h5py.File(tmp_path / "y.h5", "w") as store:
        store["features"] = [1.0]
    with pytest.raises(FeatureFileError, match="not a feature file of ours"):
        FeatureFile.open(tmp_path / "y.h5")
    table().write(tmp_path / "z.h5")
    with h5py.File(tmp_path / "z.h5", "a") as store:
        store.attrs["version"] = np.int32(3)
    with pytest.raises(FeatureFileError, match="format version 3, this version reads 1 and 2"):
        FeatureFile.open(tmp_path / "z.h5")


def test_flipped_bits_are_noticed(tmp_path: Path) -> None:
    table(rows=5, dim=300).write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as store:
        chunk = store["features"].id.get_chunk_info(0)
    content = bytearray((tmp_path / "a.h5").read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(FeatureFileError, match="not a readable feature file"):
        FeatureFile.open(tmp_path / "a.h5")


def test_printing_puts_provenance_first_and_lists_the_ledger() -> None:
    lines = str(table()).splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["encoder", "licence", "corpus"]
    assert "seen       2 rows: their speakers trained the encoder" in lines
    assert lines[-3:] == [
        "refused    2 inputs",
        "           a\\nb.wav: 0 bytes",
        "           c [1-2.5 s]: x",
    ]


@pytest.mark.parametrize("how", ["external", "link", "virtual"])
def test_data_that_lie_in_another_file_are_refused(tmp_path: Path, how: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"password")
    with h5py.File(tmp_path / "other.h5", "w") as store:
        store["label"] = np.array([b"password"], "S8")
    table = FeatureFile(
        np.ones((1, 1), np.float32), ["x"], ["a.wav"], np.zeros(1), np.ones(1), label=["loud"]
    )
    table.write(tmp_path / "x.h5")
    assert FeatureFile.open(tmp_path / "x.h5").label == ["loud"]
    with h5py.File(tmp_path / "x.h5", "a") as store:
        del store["label"]
        if how == "external":
            store.create_dataset("label", (1,), "S8", external=[(str(secret), 0, 8)])
        elif how == "link":
            store["label"] = h5py.ExternalLink("other.h5", "/label")
        else:
            layout = h5py.VirtualLayout((1,), "S8")
            layout[:] = h5py.VirtualSource("other.h5", "label", (1,))
            store.create_virtual_dataset("label", layout)
    with pytest.raises(FeatureFileError, match="label outside of the file"):
        FeatureFile.open(tmp_path / "x.h5")


def test_families_are_told_or_those_of_numbered_names(tmp_path: Path) -> None:
    plain = table()
    assert (plain.feature_family, plain.families) == ([], ["fcn"] * 3)
    plain.feature_name = ["F0_sma3nz_amean", "mfcc_sma[1]_range", "blstm_7"]
    assert plain.families == ["", "", "blstm"]
    plain.write(tmp_path / "plain.h5")
    with h5py.File(tmp_path / "plain.h5") as store:
        assert "feature_family" not in store
    told = dataclasses.replace(plain, feature_family=["stimme", "rauhe Stimme", "ä"])
    told.write(tmp_path / "told.h5")
    assert FeatureFile.open(tmp_path / "told.h5").families == told.feature_family
    with h5py.File(tmp_path / "told.h5") as store:
        assert store["feature_family"].dims[0][0].name == "/feature_name"


def test_a_description_counts_families() -> None:
    told = dataclasses.replace(table(), feature_family=["voice", "cepstrum", "voice"])
    assert "\nfamilies   cepstrum 1, voice 2\n" in str(told)
    assert "families" not in str(dataclasses.replace(table(), feature_name=["a", "b", "c"]))
    assert "families" not in str(table())


def test_the_level_is_the_embedding_where_nothing_else_is_told() -> None:
    assert table().level == "embedding"
    assert dataclasses.replace(table(), attributes={"level": "both"}).level == "both"
