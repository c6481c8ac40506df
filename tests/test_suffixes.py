"""Names that promise another format: refused before work, with words that can be copied."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pandas
import pytest
from called import call

from deepspectrum_features import Encoder, FeatureFile, extract, load
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction.sharding import merge

SUFFIXES = (
    ".csv .tsv .txt .arff .json .jsonl .parquet .feather .pkl .pickle .npy .npz .mat .pt .xlsx"
)
NEEDED = {
    ".parquet": "pyarrow", ".feather": "pyarrow", ".mat": "scipy", ".pt": "torch",
    ".xlsx": "openpyxl",
}  # fmt: skip


def test_they_are_refused_before_any_work(folder: Path, encoder: Encoder) -> None:
    before = sorted(folder.iterdir())
    for suffix in (*SUFFIXES.split(), ".CSV", ".ods", ".xls", ".gz"):
        with pytest.raises(
            FeatureFileError, match=r"need a name such as .*out\.h5 \(for"
        ) as caught:
            extract(folder, folder / f"out{suffix}", encoder=encoder)
        assert str(folder / "out.h5") in str(caught.value)
    with pytest.raises(FeatureFileError, match="a feature file is HDF5"):
        merge([], folder / "all.csv")
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("name", ["out", "out.hdf5", "out.v2", "out.features", "csv"])
def test_other_names_are_taken_as_they_are(folder: Path, encoder: Encoder, name: str) -> None:
    assert extract(folder, folder / name, encoder=encoder).rows == 8


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES.split())
def test_what_the_refusal_says_writes_the_format(
    folder: Path, encoder: Encoder, suffix: str
) -> None:
    """Each copied from the message: Python with the modules it names alone, or a command."""
    if suffix in NEEDED:
        pytest.importorskip(NEEDED[suffix])
    out = folder / f"out{suffix}"
    with pytest.raises(FeatureFileError) as caught:
        extract(folder, out, encoder=encoder)
    way = re.fullmatch(r".*, (in Python|then): (.*)\)", str(caught.value))
    assert way, str(caught.value)
    extract(folder, folder / "out.h5", encoder=encoder)
    if way[1] == "then":
        assert call(*way[2].split()[1:]).returncode == 0
    else:
        modules = [name for name in ("numpy", "torch") if f"{name}." in way[2]]
        exec(f"import {', '.join(['deepspectrum_features', *modules])}\n{way[2]}", {})
    assert read(out) == pytest.approx(FeatureFile.open(folder / "out.h5").features, abs=1e-5)


def read(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Read the features back, by the suffix."""
    name = path.suffix
    if name in (".npy", ".npz"):
        found = np.load(path)
        return np.asarray(found["features"] if name == ".npz" else found)
    if name == ".mat":
        return np.asarray(importlib.import_module("scipy.io").loadmat(path)["features"])
    if name == ".arff":
        rows = path.read_text(encoding="utf-8").partition("@data\n")[2].splitlines()
        return np.array([row.split(",")[-12:] for row in rows], np.float32)
    if name == ".pt":
        return np.asarray(importlib.import_module("torch").load(path))
    readers = {
        ".csv": pandas.read_csv, ".parquet": pandas.read_parquet,
        ".tsv": lambda one: pandas.read_csv(one, sep="\t"),
        ".txt": lambda one: pandas.read_csv(one, sep="\t"),
        ".json": pandas.read_json, ".jsonl": lambda one: pandas.read_json(one, lines=True),
        ".feather": pandas.read_feather, ".xlsx": pandas.read_excel,
        ".pkl": pandas.read_pickle, ".pickle": pandas.read_pickle,
    }  # fmt: skip
    table = readers[name](path)
    return np.asarray(table[load(path.with_suffix(".h5")).columns], np.float32)
