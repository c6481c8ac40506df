"""Numbers that a corpus gives under names of its own: from its table to the feature file."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract, load_facts
from deepspectrum_features.corpus.columns import COLUMNS, target_columns
from deepspectrum_features.corpus.numbers import looks_continuous
from deepspectrum_features.corpus.sources.manifest import read_manifest
from deepspectrum_features.corpus.summary import describe_corpus
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify
from deepspectrum_features.testing import contents, tiny_features

ROWS = 12
#: Of 12 rows; the last two have no valence.
AROUSAL = [round(1 + 0.25 * row, 2) for row in range(ROWS)]
VALENCE = [*(float(row - 3) for row in range(ROWS - 2)), math.nan, math.nan]


def manifest(folder: Path, **columns: list[float]) -> Path:
    """List the tones of a folder with numbers, blank where they are NaN."""
    names = sorted(path.name for path in folder.glob("*.wav"))
    with (folder / "corpus.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "label", *columns])
        for row, name in enumerate(names):
            numbers = [values[row] for values in columns.values()]
            cells = ["" if math.isnan(number) else number for number in numbers]
            table.writerow([name, "ab"[row % 2], *cells])
    return folder


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("arousal", ["1", "2.5"], (1.0, 2.5)),
        (" Arousal Mean ", [" -1e2 ", "+.5"], (-100.0, 0.5)),
        ("arousal", ["", "3"], (None, 3.0)),
        ("arousal", ["NaN", "0"], (None, 0.0)),
        ("arousal", ["1", "high"], ()),
        ("arousal", ["", ""], ()),
        ("arousal", ["1", "inf"], ()),
        ("arousal", ["1", "1_0"], ()),
        ("a/b", ["1", "2"], ()),
        (".", ["1", "2"], ()),
        ("", ["1", "2"], ()),
        ("seen", ["1", "2"], ()),
        ("Content", ["1", "2"], ()),
    ],
)
def test_a_column_of_numbers_is_a_target(
    tmp_path: Path, header: str, cells: list[str], expected: tuple[float | None, ...]
) -> None:
    table = tmp_path / "list.csv"
    table.write_text(f"file,{header}\na.wav,{cells[0]}\nb.wav,{cells[1]}\n")
    name = header.strip()
    utterances, notices = read_manifest(table, tmp_path)
    what = "numbers read" if expected else "columns not used"
    assert notices == [f"{table}: {what}: {name or '(no name)'}"]
    numbers = expected or (None, None)
    for one, number in zip(utterances, numbers, strict=True):
        assert one.targets == (() if number is None else ((name, number),))
        assert one.target(name) == number or (number is None and math.isnan(one.target(name)))


def test_the_cell_that_keeps_a_column_from_being_numbers_is_told(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("file,valence,note\na.wav,1,x\nb.wav,high,2\nc.wav,2.5,y\nd.wav,,\n")
    utterances, notices = read_manifest(table, tmp_path)
    assert not any(one.targets for one in utterances)
    assert notices == [
        f"{table}: columns not used: valence, note",
        f"{table}: valence: 'high' is no number, the others are",
    ]


def test_numbers_stand_in_the_order_of_their_columns(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("valence,file,ends,note,arousal,twice,twice\n1,a.wav,2,x,3,4,5\n")
    utterances, notices = read_manifest(table, tmp_path)
    targets = (("valence", 1.0), ("ends", 2.0), ("arousal", 3.0))
    assert utterances == [Utterance("a.wav", targets=targets)]
    assert notices == [
        f"{table}: numbers read: valence, ends (did you mean 'end'?), arousal",
        f"{table}: columns not used: note, twice, twice",
    ]


def test_targets_travel_from_the_manifest_to_the_merged_file(
    tones: Path, tmp_path: Path, encoder: Encoder
) -> None:
    source = manifest(tones, valence=VALENCE, arousal=AROUSAL)
    out, shards = tmp_path / "out.h5", [tmp_path / "1.h5", tmp_path / "2.h5"]
    extract(source, out, encoder=encoder)
    for number, shard in enumerate(shards, 1):
        extract(source, shard, encoder=encoder, shard=(number, 2))
    merge(shards, tmp_path / "merged.h5")
    assert differences(out, tmp_path / "merged.h5") == []
    assert contents(out) == contents(tmp_path / "merged.h5")
    assert verify(tmp_path / "merged.h5", encoder) == []
    facts = load_facts(tmp_path / "merged.h5")
    for name, expected in (("arousal", AROUSAL), ("valence", VALENCE)):
        np.testing.assert_array_equal(facts[name], expected)
        with h5py.File(out) as store:
            data = store[f"target/{name}"]
            assert (data.dtype, data.dims[0].keys()) == (np.float64, ["row"])
            np.testing.assert_array_equal(data[:], expected)
    for text in (describe_corpus(Corpus.read(source).scan()), str(FeatureFile.open(out))):
        assert "target     arousal 1 to 3.75, 12 of 12\n" in text
        assert "target     valence -3 to 6, 10 of 12\n" in text


def test_other_numbers_are_told_and_brought_up_to_date(
    tones: Path, tmp_path: Path, encoder: Encoder
) -> None:
    out, first = tmp_path / "out.h5", tmp_path / "first.h5"
    for place in (first, out):
        extract(manifest(tones, arousal=AROUSAL, mood=AROUSAL), place, encoder=encoder)
    assert extract(tones, out, encoder=encoder).found == "complete"
    changed = [*AROUSAL[:-1], math.nan]
    manifest(tones, arousal=changed, valence=VALENCE)
    assert extract(tones, out, encoder=encoder).found == "facts brought up to date"
    assert differences(first, out) == [
        "target/arousal: 1 of 12 rows differ (spk2_low_3.wav: 3.75, None)",
        "target/valence: in the second file alone",
    ]
    assert extract(tones, out, encoder=encoder).found == "complete"
    np.testing.assert_array_equal(FeatureFile.open(out).target("mood"), AROUSAL)
    assert FeatureFile.open(out).target("nothing").shape == (0,)


def test_chunks_have_the_numbers_of_their_utterance(
    tones: Path, tmp_path: Path, encoder: Encoder
) -> None:
    manifest(tones, arousal=AROUSAL)
    extract(tones, tmp_path / "out.h5", encoder=encoder, chunk=0.2)
    found = FeatureFile.open(tmp_path / "out.h5")
    assert len(found.file) > ROWS
    expected = dict(zip(sorted(path.name for path in tones.glob("*.wav")), AROUSAL, strict=True))
    assert found.targets["arousal"].tolist() == [expected[file] for file in found.file]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.full(60, np.inf), "/target/mos: infinite in 60 rows, need numbers or NaN"),
        (np.zeros(59), "/target/mos: 59 values, need 60"),
    ],
)
def test_verification_looks_at_targets(tmp_path: Path, values: np.ndarray, said: str) -> None:
    seen = np.zeros(60, np.int32)
    path = tiny_features(tmp_path / "a.h5", seen=seen, targets={"mos": np.zeros(60)})
    assert not any("mos" in problem for problem in verify(path))
    tiny_features(path, seen=seen, targets={"mos": values})
    assert said in verify(path)


def test_xarray_finds_the_rows_of_targets(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    path = tiny_features(tmp_path / "a.h5", targets={"mos": np.arange(60.0)})
    data = xarray.open_dataset(path, engine="h5netcdf", group="target")
    assert data["mos"].dims == ("row",)
    assert data["mos"].values.tolist() == list(range(60))


def test_class_scores_and_targets_are_facts_without_a_clash(tmp_path: Path) -> None:
    scores = np.arange(120, dtype=np.float32).reshape(60, 2)
    path = tiny_features(
        tmp_path / "a.h5", scores=scores, class_name=["high", "label"],
        targets={"score_high": np.ones(60), "mos": np.zeros(60)},
    )  # fmt: skip
    facts = load_facts(path)
    assert [*facts] == ["label", "speaker", "mos", "score_high", "score/high", "score/label"]
    expected = pd.DataFrame(scores, facts.index, ["score/high", "score/label"])
    pd.testing.assert_frame_equal(facts[["score/high", "score/label"]], expected)


def test_names_of_targets_are_free(tmp_path: Path) -> None:
    """No target has the name of a declared column, or a slash as the class scores have."""
    names = [column.name for column in COLUMNS if column.name != "file"]
    cells = dict.fromkeys([*names, "emotion", "speaker_id", "score/high", "LABEL", "mos"], "1")
    cells |= {"start": "0", "split": ""}
    table = tmp_path / "list.csv"
    table.write_text(f"file,{','.join(cells)}\na.wav,{','.join(cells.values())}\n")
    found, _ = read_manifest(table, tmp_path)
    assert [column.name for column in target_columns(found)] == ["mos"]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([f"{1 + row * 0.083:.3f}" for row in range(48)], True),
        (["1.5", "2", "2.5"], True),
        ([str(age) for age in range(18, 60)], True),
        (["1", "2", "3", "4", "5", "6", "7"] * 9, False),
        (["1.0", "2.0", ""], False),
        (["-1", "0", "1"], False),
        ([str(row) for row in range(20)], False),
        ([str(row) for row in range(21)], True),
        (["0.5", "low"], False),
        (["anger", "calm"], False),
        ([""], False),
        ([], False),
    ],
)
def test_numbers_that_look_continuous(labels: list[str], expected: bool) -> None:
    assert looks_continuous(labels) is expected
