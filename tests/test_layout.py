"""Known corpora: what a path says of label and speaker, from one TOML file each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

OWN = """
name = "own"
title = "A corpus of ours"
path = '(?P<split>train|dev|test)/(?P<speaker>s\\d+)-(?P<label>[a-z]+)'
example = "train/s1-a.wav"
licence = "CC0-1.0"
citation = "none"

[labels]
a = "anger"
n = "neutral"

[expected]
utterances = 2
speakers = 2
labels = 2
"""


def own(folder: Path, text: str = OWN) -> Layout:
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return load_layout(str(folder / "own.toml"))


@pytest.mark.parametrize("name", layout_names())
def test_every_bundled_layout_fits_its_own_example(name: str) -> None:
    layout = load_layout(name)
    found = layout.describe(f"some/folder/{layout.example}")
    assert layout.name == name
    assert found
    assert layout.reader or (found.label and found.speaker)
    assert layout.licence
    assert layout.citation


def test_emodb_and_nemo_are_bundled() -> None:
    assert {"emodb", "nemo"} <= set(layout_names())
    assert layout_names() == sorted(layout_names())


@pytest.mark.parametrize(
    ("name", "file", "label", "speaker"),
    [
        ("emodb", "03a01Fa.wav", "happiness", "03"),
        ("emodb", "wav/08b02Tc.wav", "sadness", "08"),
        ("emodb", "16a07La.flac", "boredom", "16"),
        ("emodb", "16a07N.wav", "neutral", "16"),
        ("emodb", "x/y/14b09Ac.wav", "fear", "14"),
        ("emodb", "09a05Ed.wav", "disgust", "09"),
        ("emodb", "10a05Wb.wav", "anger", "10"),
        ("nemo", "SM0_anger_77.wav", "anger", "SM0"),
        ("nemo", "samples/KU1_surprised_7.wav", "surprised", "KU1"),
    ],
)
def test_known_names(name: str, file: str, label: str, speaker: str) -> None:
    assert load_layout(name).describe(file) == Utterance(file, label=label, speaker=speaker)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("emodb", "x03a01Fa.wav"),
        ("emodb", "03c01Fa.wav"),
        ("emodb", "03a01Fa/take1.wav"),
        ("nemo", "SM0_bored_77.wav"),
        ("nemo", "sm0_anger_77.wav"),
        ("nemo", "SM0_anger_.wav"),
    ],
)
def test_other_names_do_not_fit(name: str, file: str) -> None:
    with pytest.raises(CorpusError, match=f"does not fit layout {name}, need a name like "):
        load_layout(name).describe(file)


def test_unknown_label_code_shows_the_known_ones() -> None:
    with pytest.raises(CorpusError, match="label code 'X', need one of W, L, E, A, F, T, N"):
        load_layout("emodb").describe("03a01Xa.wav")


def test_counts_that_differ_from_the_full_corpus_are_noticed(tmp_path: Path) -> None:
    layout = own(tmp_path)
    found = [layout.describe("train/s1-a.wav"), layout.describe("test/s2-n.wav")]
    assert list(layout.expected.differences(found)) == []
    assert list(layout.expected.differences(found[:1])) == [
        "1 utterance, the full corpus has 2",
        "1 speaker, the full corpus has 2",
        "1 label, the full corpus has 2",
    ]


def test_own_layout_is_loaded_by_its_path(tmp_path: Path) -> None:
    found = own(tmp_path).describe("corpus/train/s12-a.wav")
    assert found == Utterance("corpus/train/s12-a.wav", label="anger", speaker="s12", split="train")


def test_group_that_a_path_leaves_out_is_empty(tmp_path: Path) -> None:
    text = OWN.replace("(?P<speaker>s\\d+)-", "(?:(?P<speaker>s\\d+)-)?")
    layout = own(tmp_path, text)
    assert layout.describe("dev/s1-a.wav").speaker == "s1"
    assert layout.describe("dev/a.wav").speaker == ""


@pytest.mark.parametrize("name", ["emo-db", "emodbb", "EMODB"])
def test_unknown_name_lists_the_known_and_the_nearest(name: str) -> None:
    near = r" \(did you mean 'emodb'\?\)" if name != "EMODB" else ""
    with pytest.raises(CorpusError, match=f"--layout {name}: unknown, .*emodb, .*nemo.*{near}$"):
        load_layout(name)


@pytest.mark.parametrize(
    ("found", "wrong", "message"),
    [
        ('name = "own"\n', "", ": name: missing$"),
        (
            'licence = "CC0-1.0"',
            'license = "CC0-1.0"',
            "unknown field 'license' .*'licence'.*; licence: missing",
        ),
        (
            "title = ",
            "titel = ",
            r"unknown field 'titel' \(did you mean 'title'\?\); title: missing",
        ),
        ("s\\d+", "s\\d+(", "path is not a regular expression"),
        ("s\\d+", "s{4294967296}", "path is not a regular expression"),
        ("s\\d+", "(" * 2000 + ")" * 2000, "path is not a regular expression"),
        (
            "<speaker>",
            "<speeker>",
            r"path names group 'speeker' \(did you mean 'speaker'\?\), need label, speaker, ",
        ),
        (
            "P<label>",
            "P<x>",
            "path names group 'x', need label, speaker, session, corpus or split$",
        ),
        ("[labels]", "[labels", "not TOML"),
        ("utterances = 2", f"utterances = {'2' * 5000}", "not TOML"),
        ("[labels]", "other = " + "[" * 2000, "not TOML"),
        ("utterances = 2", "recordings = 2", "unknown field 'expected.recordings'"),
        ("utterances = 2", "utterances = 0", "expected.utterances: 0, need at least 1"),
        ('a = "anger"', "a = 1", "labels.a: 1, need text"),
        ("utterances = 2", 'utterances = "two"', "expected.utterances: 'two', need a whole number"),
        ("[expected]", "[other]", "unknown field 'other'"),
    ],
)
def test_mistakes_in_an_own_layout_are_told(
    tmp_path: Path, found: str, wrong: str, message: str
) -> None:
    assert found in OWN
    with pytest.raises(CorpusError, match=message) as caught:
        own(tmp_path, OWN.replace(found, wrong))
    assert str(caught.value).startswith(str(tmp_path / "own.toml"))


@pytest.mark.parametrize("line", ["labels = 3", "expected = 3", "labels = ['a']"])
def test_tables_must_be_tables(tmp_path: Path, line: str) -> None:
    text = OWN.split("[labels]")[0] + line
    key, value = line.split(" = ")
    with pytest.raises(CorpusError, match=re.escape(f"{key}: {value}, need an object")):
        own(tmp_path, text)


def test_layout_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"gone\.toml: no such layout file"):
        load_layout(str(tmp_path / "gone.toml"))
    (tmp_path / "bytes.toml").write_bytes(b'name = "gr\xfcn"')
    with pytest.raises(CorpusError, match=r"bytes\.toml: .*UTF-8"):
        load_layout(str(tmp_path / "bytes.toml"))
