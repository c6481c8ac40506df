"""The columns of a row are declared once: what is declared reaches every place by itself."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pytest
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile, extract, load_facts
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.corpus.columns import COLUMNS, FACTS, TOLD, Column
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.known_layouts import load_layout
from deepspectrum_features.corpus.summary import describe_corpus
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify

ROWS = 12


def value(column: Column, row: int) -> str:
    """Return one of three values of a fact."""
    return str(
        (*column.values[1:], "x", "y", "z")[row % 3]
        if column.values
        else f"{column.name}-{row % 3}"
    )


def manifest(folder: Path, facts: list[Column], shift: int = 0) -> Path:
    """List the tones of a folder with these facts, the last row without any."""
    names = sorted(path.name for path in folder.glob("*.wav"))
    with (folder / "corpus.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", *(column.name for column in facts)])
        for row, name in enumerate(names[:-1]):
            table.writerow([name, *(value(column, row + shift) for column in facts)])
        table.writerow([names[-1], *([""] * len(facts))])
    return folder


def test_utterances_and_feature_files_have_a_field_for_every_column() -> None:
    told = {one.name for one in TOLD} | {"targets"}
    assert {field.name for field in dataclasses.fields(Utterance)} == told
    fields = {field.name for field in dataclasses.fields(FeatureFile)}
    assert {column.name for column in COLUMNS} | {"targets"} < fields
    assert {"label", "speaker", "session", "corpus", "split"} == {one.name for one in FACTS}


def test_every_fact_travels_from_the_manifest_to_the_evaluation(
    tones: Path, tmp_path: Path, encoder: Encoder
) -> None:
    source = manifest(tones, list(FACTS))
    out, shards = tmp_path / "out.h5", [tmp_path / "1.h5", tmp_path / "2.h5"]
    extract(source, out, encoder=encoder)
    for number, shard in enumerate(shards, 1):
        extract(source, shard, encoder=encoder, shard=(number, 2))
    merge(shards, tmp_path / "merged.h5")
    assert differences(out, tmp_path / "merged.h5") == []
    assert verify(out, encoder) == []
    facts = load_facts(tmp_path / "merged.h5")
    (table,) = read_tables([tmp_path / "merged.h5"]).tables
    described = (describe_corpus(Corpus.read(source).scan()), str(FeatureFile.open(out)))
    for column in FACTS:
        expected = [*(value(column, row) for row in range(ROWS - 1)), ""]
        assert len(set(expected)) == 4
        assert facts[column.name].tolist() == expected
        labelled = [getattr(one, column.name) for one in table.utterances]
        assert labelled == expected[:-1], "the row without a label is not evaluated"
        with h5py.File(out) as store:
            assert store[column.name].asstr()[:].tolist() == expected
            assert store[column.name].dims[0].keys() == ["row"]
        assert all(f"{column.name} " in text and expected[0] in text for text in described)


@pytest.mark.parametrize("column", quick_first(FACTS), ids=lambda column: column.name)
def test_a_fact_that_changed_is_told_and_brought_up_to_date(
    tones: Path, tmp_path: Path, encoder: Encoder, column: Column
) -> None:
    others = [one for one in FACTS if one is not column]
    extract(manifest(tones, others), tmp_path / "before.h5", encoder=encoder)
    extract(tones, tmp_path / "out.h5", encoder=encoder)
    assert not len(getattr(FeatureFile.open(tmp_path / "out.h5"), column.name))
    again = extract(manifest(tones, list(FACTS)), tmp_path / "out.h5", encoder=encoder)
    assert again.found == "facts brought up to date"
    found = differences(tmp_path / "before.h5", tmp_path / "out.h5")
    assert found == [f"{column.name}: in the second file alone"]
    assert extract(tones, tmp_path / "out.h5", encoder=encoder).found == "complete"


@pytest.mark.parametrize("column", FACTS, ids=lambda column: column.name)
def test_a_layout_reads_every_fact_off_the_path(tmp_path: Path, column: Column) -> None:
    text = value(column, 0)
    (tmp_path / "own.toml").write_text(
        f'name = "own"\ntitle = "t"\nexample = "e"\nlicence = "l"\ncitation = "c"\n'
        f"path = '(?P<{column.name}>.+)_1'\n"
    )
    found = load_layout(str(tmp_path / "own.toml")).describe(f"{text}_1.wav")
    assert found == dataclasses.replace(Utterance(f"{text}_1.wav"), **{column.name: text})


def test_a_column_is_written_where_a_row_has_one(tmp_path: Path) -> None:
    table = FeatureFile(
        np.zeros((2, 1), np.float32), ["x"], ["a", "b"], np.zeros(2), np.ones(2),
        session=["", ""], corpus=["", "emodb"], channel=np.zeros(2, np.int32),
    )  # fmt: skip
    table.write(tmp_path / "a.h5")
    found = FeatureFile.open(tmp_path / "a.h5")
    assert (found.session, found.corpus, found.channel.tolist()) == ([], ["", "emodb"], [])
    with h5py.File(tmp_path / "a.h5") as store:
        assert set(store) == {
            "features", "feature_name", "row", "file", "start", "end", "corpus", "refused"
        }  # fmt: skip
