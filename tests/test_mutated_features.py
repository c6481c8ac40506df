"""Mutated feature files: every command reads them right, or refuses them in one line.

Where HDF5 itself crashes or goes round in circles, ``dsf verify`` says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import soundfile
from mutant_batches import FEW, MUTATIONS, check_all
from mutants import BYTES, SEED, SHARES, mutant
from quick_first import quick_first

from deepspectrum_features import Encoder, extract
from deepspectrum_features.baselines.fitted import fit
from deepspectrum_features.extraction import plan
from deepspectrum_features.testing import tiny_corpus, tone

pytest.importorskip("sklearn")

TEXT = h5py.string_dtype("utf-8", 5)
DATA: list[Any] = [
    np.int32(3), np.float64("nan"), np.array("x", TEXT), np.zeros(0), np.zeros((0, 3), np.float32),
    np.full(7, np.nan), np.full(9, np.inf, np.float32), np.full(9, -1, np.int32),
    np.full(11, 2**31 - 1, np.int64), np.full(11, 2**63 - 1, np.uint64), np.array([b"\xff"] * 9),
    np.array([b"a"] * 11, TEXT), np.array([b"a\nb"] * 11, TEXT), np.array([b"1"] * 12, TEXT),
    np.ones((11, 12)), np.ones((11, 3)), np.ones((1, 1, 1)), np.full(11, 1 + 2j),
    np.array([(1, 2.0)] * 11, dtype=[("a", "i4"), ("b", "f8")]), np.full(11, True),
    h5py.Empty("f"), "text", ["a"] * 11, np.full(11, 1e300), np.full(11, -1.0), np.arange(11.0),
    np.arange(11),
]  # fmt: skip
NUMBERS = (0, -1, 3, -5, 2**31 - 1, 1e30, np.nan)
TEXTS = (b"", b"\xff", b"../x", b"a\n", b"\x1b[2J", b"high")
ATTRIBUTES: list[Any] = [
    "", "{", "[]", "{}", "null", "1", "[1]", '{"a": [1]}', "x" * 60_000, "\n", "1/2", "2/1", "0/0",
    "a/b", "1/1/1", "both", "nan", "1e999", '{"front_end": 3}', '{"numpy": 3}', "[" * 3000, b"\xff",
    '{"front_end": {"sample_rate": []}, "functionals": {}}', '{"deepspectrum_features": {}}',
    *DATA,
]  # fmt: skip
OTHER_NAMES = ("new", "shard", "chunk_seconds", "level", "device", "notices")


@pytest.fixture
def around(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with feature files of 11 tones, and what commands take besides."""
    place = tmp_path / "around"
    folder = tiny_corpus(place / "tones", speakers=3, per_class=2)
    soundfile.write(folder / "spk2_low_2.wav", tone(500, 0.01), 16000)
    table = folder / "corpus.csv"
    head, *lines = table.read_text().splitlines()
    told = [f"{line},train,{number}" for number, line in enumerate(lines)]
    table.write_text("\n".join([f"{head},split,arousal", *told, "gone.wav,low,x,dev,"]) + "\n")
    (place / "tiny.onnx").write_bytes(encoder.path.read_bytes())
    encoder = Encoder.open(place / "tiny.onnx")
    extract(folder, place / "features.h5", encoder=encoder)
    extract(folder, place / "frames.h5", encoder=encoder, frames=True, attention=True)
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    for number in (1, 2):
        extract(folder, place / f"shard{number}.h5", encoder=encoder, shard=(number, 2))
    fit(place / "features.h5", protocol="random").write(place / "tones.onnx")
    return place


def originals(around: Path) -> list[bytes]:
    return [(around / f"{name}.h5").read_bytes() for name in ("features", "frames", "shard1")]


@pytest.mark.slow
@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_bytes(around: Path, mutations: int) -> None:
    files = originals(around)
    check_all(
        "bytes",
        mutations,
        around.parent,
        lambda number: (".h5", mutant("bytes", number, files, BYTES, 1)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_tables(around: Path, mutations: int) -> None:
    """HDF5 is content with them all."""
    files, draft = originals(around), around / "draft.h5"

    def made(number: int) -> tuple[str, bytes]:
        random = np.random.default_rng([SEED, list(SHARES).index("table"), number])
        draft.write_bytes(files[number // 9 % len(files)])  # nine commands read them
        with h5py.File(draft, "a") as store:
            for _ in range(random.integers(1, 3)):
                change(store, random)
        return ".h5", draft.read_bytes()

    check_all("table", mutations, around.parent, made)


def change(store: h5py.File, random: np.random.Generator) -> None:
    """Change an attribute, or a dataset or group."""

    def any_of(some: Any) -> Any:
        return some[int(random.integers(len(some)))]

    if random.random() < 0.35:
        store.attrs[any_of([*store.attrs, *OTHER_NAMES])] = any_of(ATTRIBUTES)
        return
    names: list[str] = []
    store.visit(names.append)
    name, how = any_of(names), random.random()
    values = np.asarray(store[name] if isinstance(store[name], h5py.Dataset) else ())
    if how < 0.3 and values.size and values.dtype.kind in "fiSO":
        flat = values.reshape(-1)
        place = int(random.integers(flat.size)) if random.random() < 0.6 else slice(None)
        value = any_of(TEXTS if flat.dtype.kind in "SO" else NUMBERS)
        flat[place] = value if flat.dtype.kind != "i" or abs(value) < 2**31 else 0
        store[name][...] = values
        return
    del store[name]
    if how < 0.45 and np.ndim(values):
        store[name] = values[:-1] if random.random() < 0.5 else np.concatenate([values, values])
    elif how < 0.6:
        store.create_group(name)
    elif how < 0.8:
        store[name] = any_of(DATA)
