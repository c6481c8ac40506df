"""Layouts with variants, split codes, facts of several groups, and readers: TOML of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepspectrum_features.corpus import Corpus, Layout, load_layout
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

OWN = """
name = "own"
title = "A corpus of ours"
path = '(?P<split>A|B|C)/(?P<pair>p\\d)(?P<seat>l|r)_(?P<label>[a-z]+)'
facts = { speaker = "{pair}-{seat}" }
beside = 'C/.*|.*_noise'
example = "A/p1l_calm.wav"
licence = "CC0-1.0"
citation = "none"
splits = { A = "train", B = "test", C = "dev" }

[variants.loud]
title = "loud"
labels = { anger = "loud", joy = "loud" }

[variants.test-left]
title = "left seats of the test set"
path = '(?P<split>A|B)/(?P<pair>p\\d)(?P<seat>l)_(?P<label>[a-z]+)'
splits = { B = "test" }
"""
READER = """
[reader]
kind = "lines"
files = '(?P<session>day\\d)\\.txt'
example = "day1.txt"
line = '(?P<name>\\w+): (?P<speaker>\\w+), (?P<mood>\\S+)'
line_example = "p1l_calm: Eva, 2"
"""
TABLE = """
[reader]
kind = "table"
files = 'moods\\.csv'
example = "moods.csv"
name = "p{pair}l_{mood}"
columns = { speaker = "who" }
"""


def own(folder: Path, text: str = OWN, variant: str = "") -> Layout:
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return load_layout(f"{folder / 'own.toml'}{variant}")


def test_facts_are_made_of_groups_and_split_codes_mean_splits(tmp_path: Path) -> None:
    layout = own(tmp_path)
    assert layout.describe("x/B/p2r_calm.wav") == Utterance(
        "x/B/p2r_calm.wav", label="calm", speaker="p2-r", split="test"
    )
    assert layout.describe("C/p2r_calm.wav") is None
    assert layout.describe("A/p2r_noise.wav") is None
    with pytest.raises(CorpusError, match="does not fit layout own, need a name like A/p1l_calm"):
        layout.describe("D/p2r_calm.wav")
    optional = own(tmp_path, OWN.replace("(?P<split>A|B|C)/", "(?:(?P<split>A|B|C)/)?"))
    assert optional.describe("p2r_calm.wav") == Utterance(
        "p2r_calm.wav", label="calm", speaker="p2-r"
    )


def test_variant_of_words_leaves_out_all_others(tmp_path: Path) -> None:
    layout = own(tmp_path, variant=":loud")
    assert (layout.name, layout.called) == ("own", "own:loud")
    assert layout.title == "A corpus of ours: loud"
    found = layout.describe("A/p1l_joy.wav")
    assert found
    assert found.label == "loud"
    assert layout.describe("A/p1l_calm.wav") is None


def test_variant_of_paths_and_splits_leaves_out_what_the_layout_knows(tmp_path: Path) -> None:
    layout = own(tmp_path, variant=":test-left")
    assert layout.describe("B/p1l_joy.wav")
    assert layout.describe("B/p1r_joy.wav") is None
    assert layout.describe("A/p1l_joy.wav") is None
    with pytest.raises(CorpusError, match="does not fit layout own:test-left"):
        layout.describe("joy.wav")


def test_unknown_variant_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="own:laut: no such variant, need one of loud, "):
        own(tmp_path, variant=":laut")
    with pytest.raises(CorpusError, match=r"emodb:four: no such variant, need one of common$"):
        load_layout("emodb:four")


def test_numbers_of_lines_are_targets_and_paths_of_label_files_tell_facts(tmp_path: Path) -> None:
    own(tmp_path, (OWN + READER).replace("(?P<session>", "[^/]*(?P<session>"))
    (tmp_path / "._day2.txt").write_text("hidden, and no label file")
    (tmp_path / "A").mkdir()
    (tmp_path / "A/p1l_calm.wav").touch()
    lines = tmp_path / "day2.txt"
    lines.write_text("p1l_calm: Eva, 2.5\n\n")
    (one,) = Corpus.read(tmp_path, layout=str(tmp_path / "own.toml")).utterances
    assert (one.session, one.speaker, one.targets) == ("day2", "Eva", (("mood", 2.5),))
    lines.write_text("p1l_calm: Eva, high")
    with pytest.raises(CorpusError, match=r"day2\.txt: line 1: 'high', need a number"):
        Corpus.read(tmp_path, layout=str(tmp_path / "own.toml"))


@pytest.mark.parametrize(
    ("found", "wrong", "message"),
    [
        ("C/.*|", "(", "beside is not a regular expression"),
        ("{pair}-", "{pear}-", "facts names 'pear', need a group of path"),
        ("speaker =", "speeker =", "facts names 'speeker', need label, speaker"),
        ('C = "dev"', 'C = "valid"', "splits holds 'valid', need train, dev or test"),
        ("(?P<seat>l)_", "(", "variants.test-left: path is not a regular expression"),
        ("(?P<seat>l)_", "", "variants.test-left: facts names 'seat', need a group of path"),
        ('title = "loud"', "", "variants.loud.title: missing"),
        ("line = '(?P<name>", "line = '(?P<word>", "reader.line has no group 'name', need"),
        ("(?P<session>day", "(?P<day>", "reader.files names group 'day', need label, speaker,"),
        ("day\\d)", "day\\d", "reader.files is not a regular expression"),
        ('kind = "lines"', 'kind = "xml"', "reader.kind: 'xml', need lines or table"),
        ('example = "day1.txt"', "", "reader.example: missing"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, found: str, wrong: str, message: str) -> None:
    assert found in OWN + READER
    with pytest.raises(CorpusError, match=message):
        own(tmp_path, (OWN + READER).replace(found, wrong))


@pytest.mark.parametrize(
    ("found", "wrong", "message"),
    [
        ("p{pair}l_{mood}", "p1", "reader.name has no column in braces, need"),
        ("{ speaker", "{ speeker", "reader.columns names 'speeker', need label, speaker,"),
        ("moods\\.csv", "moods(", "reader.files is not a regular expression"),
    ],
)
def test_mistakes_of_tables_are_told(tmp_path: Path, found: str, wrong: str, message: str) -> None:
    assert found in TABLE
    with pytest.raises(CorpusError, match=message):
        own(tmp_path, OWN + TABLE.replace(found, wrong))
