"""One feature file, made by the commands a user calls, and what is in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import pytest

from deepspectrum_features.conversion.formats import FORMATS
from deepspectrum_features.testing import tiny_corpus

#: What the tones are called; all that is hard for somebody is in some of them.
_LABELS = {"low": 'it\'s 50 % {calm}, "a\\b"', "high": "wütend 東"}


def _dsf(folder: Path, *words: str) -> None:
    command = [sys.executable, "-P", "-m", "deepspectrum_features", *words, "--quiet"]
    subprocess.run(command, cwd=folder, check=True)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``demo.h5`` and all that it can be converted to."""
    place = tmp_path_factory.mktemp("clients")
    corpus = tiny_corpus(place / "corpus", speakers=2, per_class=2)
    head, *lines = (corpus / "corpus.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines]
    rows = [[file, '"' + _LABELS[label].replace('"', '""') + '"', who] for file, label, who in rows]
    (corpus / "corpus.csv").write_text("\n".join([head, *map(",".join, rows)]), encoding="utf-8")
    _dsf(place, "extract", "corpus", "demo.h5")
    for suffix in FORMATS:
        _dsf(place, "convert", "demo.h5", f"demo{suffix}")
    return place


@pytest.fixture(scope="session")
def held(place: Path) -> SimpleNamespace:
    """Return the matrix, the names and the labels of that file."""
    with h5py.File(place / "demo.h5") as store:
        return SimpleNamespace(
            features=store["features"][:],
            names=store["feature_name"].asstr()[:].tolist(),
            label=store["label"].asstr()[:].tolist(),
            start=store["start"][:],
        )
