"""What a feature file holds goes together, and is there; else no command goes on with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from called import call

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.verification import verify

Change = Callable[[h5py.File], object]


@pytest.fixture
def out(folder: Path, encoder: Encoder) -> Path:
    """Return a file of 8 rows."""
    extract(folder, folder / "out.h5", encoder=encoder)
    return folder / "out.h5"


def changed(path: Path, *changes: Change) -> Path:
    with h5py.File(path, "a") as store:
        for change in changes:
            change(store)
    return path


def attribute(name: str, value: str) -> Change:
    return lambda store: store.attrs.__setitem__(name, value)


def dataset(name: str, **options: Any) -> Change:
    def change(store: h5py.File) -> None:
        if name in store:
            del store[name]
        store.create_dataset(name, **options)

    return change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (attribute("shard", "3/2"), "attribute shard: '3/2', need NUMBER/COUNT"),
        (attribute("chunk_seconds", "nan"), "attribute chunk_seconds: 'nan', need seconds"),
        (
            attribute("sample_rate", "[16 16]"),
            "attribute sample_rate: '[16 16]', need a whole number of Hz",
        ),
        (attribute("versions", '{"a": 1}'), "attribute versions: not a JSON object"),
        (dataset("label", data=np.array([b"low"] * 9)), "/label: 9 values, need 8"),
        (dataset("target/mos", data=np.ones(7)), "/target/mos: 7 values, need 8"),
    ],
)
def test_what_does_not_go_together_is_refused_and_found(
    out: Path, change: Change, line: str
) -> None:
    changed(out, change)
    with pytest.raises(FeatureFileError) as caught:
        FeatureFile.open(out)
    assert str(caught.value) == f"{out}: {line}"
    assert verify(out) == [line]


def test_verify_names_all_of_it(out: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.h5"
    whole.write_bytes(out.read_bytes())
    changed(out, attribute("shard", "x"), attribute("recipe", "{"))
    lines = ["attribute recipe: not a JSON object", "attribute shard: 'x', need NUMBER/COUNT"]
    assert call("info", out).stderr == f"error: {out}: {lines[0]} (dsf verify names all)\n"
    done = call("verify", out, whole)
    *found, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert found == [f"{out}: {line}" for line in lines]
    assert last.startswith(f"{whole}: whole, 8 rows")


def test_what_is_announced_and_not_there_is_refused(out: Path) -> None:
    """Memory is taken for what is announced: 800 GB here, of which 32 kB are stored."""
    changed(
        out,
        dataset("label", shape=10**11, dtype="S8", chunks=(4096,)),
        lambda store: store["label"].__setitem__(0, b"low"),
    )
    reason = "/label: 800000000000 bytes announced, 32768 there"
    for command, place in (("info", "stderr"), ("verify", "stdout")):
        done = call(command, out)
        assert done.returncode == 1
        assert f"{out}: not a readable feature file ({reason})\n" in getattr(done, place)


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "gzip", "compression_opts": 9, "chunks": (200_000,)},
        {"compression": "lzf", "chunks": True},
        {"scaleoffset": 0},
    ],
)
def test_what_other_programs_pack_is_read(tmp_path: Path, options: dict[str, Any]) -> None:
    """Nothing packs better than a long column of one value."""
    rows = 200_000
    table = FeatureFile(
        np.zeros((rows, 0), np.float32), [], ["a.wav"] * rows, np.zeros(rows), np.ones(rows)
    )
    table.write(tmp_path / "long.h5")
    packed = changed(tmp_path / "long.h5", dataset("seen", data=np.zeros(rows, int), **options))
    with h5py.File(packed) as store:
        assert store["seen"].nbytes > 30 * store["seen"].id.get_storage_size()
    assert len(FeatureFile.open(packed, lazy=True).seen) == rows


def test_what_users_add_is_theirs(out: Path) -> None:
    """A library announces a dimension without values of its own, and stores none."""
    xarray = pytest.importorskip("xarray")
    own = xarray.Dataset({"rating": ("rater", np.arange(2000.0))})
    own.to_netcdf(out, mode="a", engine="h5netcdf")
    changed(out, dataset("mine/own", shape=10**9, dtype="f8", chunks=(4096,)))
    with h5py.File(out) as store:
        assert store["rater"].nbytes > store["rater"].id.get_storage_size() == 0
    assert len(FeatureFile.open(out).file) == 8
    assert call("info", out).returncode == 0


def test_an_attribute_that_is_no_unicode_is_shown_and_written(out: Path, tmp_path: Path) -> None:
    changed(out, lambda store: store.attrs.__setitem__("corpus", b"gr\xfcn"))
    table = FeatureFile.open(out)
    assert table.attributes["corpus"] == r"gr\udcfcn"
    table.write(tmp_path / "again.h5")
    assert FeatureFile.open(tmp_path / "again.h5").attributes == table.attributes
