"""Folds of an evaluation: every row scored once, speakers on one side."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspectrum_features.corpus.protocol import make_protocol
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError


def people(speakers: str, labels: str = "", splits: str = "") -> list[Utterance]:
    """One utterance a letter."""
    labels = labels or "x" * len(speakers)
    splits = splits or " " * len(speakers)
    names = {" ": "", "t": "train", "d": "dev", "e": "test"}
    return [
        Utterance(f"{row}.wav", label=label, speaker=speaker.strip(), split=names[split])
        for row, (speaker, label, split) in enumerate(zip(speakers, labels, splits, strict=True))
    ]


def test_leave_one_speaker_out() -> None:
    #                       row 0 1 2 3 4
    #                   speaker b a b c a
    protocol = make_protocol(people("babca"))
    assert [(fold.name, fold.train, fold.test) for fold in protocol.folds] == [
        ("a", (0, 2, 3), (1, 4)),
        ("b", (1, 3, 4), (0, 2)),
        ("c", (0, 1, 2, 4), (3,)),
    ]
    assert protocol.speaker_independent


@given(st.lists(st.integers(0, 40), min_size=2, max_size=120), st.sampled_from(["loso", "grouped"]))
def test_every_row_is_tested_once_and_speakers_stay_apart(numbers: list[int], name: str) -> None:
    rows = [Utterance(f"{i}.wav", label="x", speaker=f"s{n}") for i, n in enumerate(numbers)]
    if len(set(numbers)) < 2:
        with pytest.raises(CorpusError, match="one speaker"):
            make_protocol(rows, name)
        return
    protocol = make_protocol(rows, name)
    tested = Counter(row for fold in protocol.folds for row in fold.test)
    assert tested == Counter(range(len(rows)))
    for fold in protocol.folds:
        assert set(fold.train) | set(fold.test) == set(range(len(rows)))
        assert not {rows[r].speaker for r in fold.train} & {rows[r].speaker for r in fold.test}
    if name == "grouped":
        assert len(protocol.folds) == min(10, len(set(numbers)))


def test_grouped_folds_are_about_even() -> None:
    others = "defghijklmnopqrstu"
    for first, second, third in ("abc", "xyz"):
        rows = people(first * 9 + second * 5 + third * 4 + others)
        sizes = [len(fold.test) for fold in make_protocol(rows, "grouped").folds]
        assert sorted(sizes) == [2, 2, 2, 3, 3, 3, 3, 4, 5, 9]


def test_default_is_the_split_then_loso_then_grouped() -> None:
    assert make_protocol(people("ab", splits="te")).name == "the corpus's own split"
    assert make_protocol(people("ab", splits="tt")).name == "leave one speaker out"
    many = [Utterance(f"{i}.wav", label="x", speaker=str(i)) for i in range(21)]
    assert make_protocol(many[:20]).name == "leave one speaker out"
    assert make_protocol(many).name == "leave groups of speakers out"


@pytest.mark.parametrize("name", ["loso", "grouped", "random"])
def test_the_line_of_a_protocol_counts_its_folds_once(name: str) -> None:
    line = make_protocol(people("abcdefghij"), name).describe()
    assert line.startswith(make_protocol(people("abcdefghij"), name).name + ": 10 folds; scores")
    assert re.findall(r"\d+", line) == ["10"]


def test_the_split_is_taken_as_it_is() -> None:
    (fold,) = make_protocol(people("abcd", splits="tdet"), "split").folds
    assert (fold.train, fold.dev, fold.test) == ((0, 3), (1,), (2,))
    with pytest.raises(CorpusError, match="no test rows"):
        make_protocol(people("ab", splits="td"), "split")
    with pytest.raises(CorpusError, match="speakers a are in more than one split"):
        make_protocol(people("aab", splits="tet"), "split")


def test_random_is_marked_and_stratified() -> None:
    rows = people("a" * 40, labels="x" * 30 + "y" * 10)
    protocol = make_protocol(rows, "random")
    assert not protocol.speaker_independent
    assert [Counter(rows[r].label for r in fold.test) for fold in protocol.folds] == [
        Counter(x=3, y=1)
    ] * 10
    assert protocol == make_protocol(rows, "random")
    assert protocol.folds[0].test != (0, 10, 20, 30)  # shuffled


def test_random_folds_are_even_over_classes_and_whatever_files_are_called() -> None:
    rows = people("a" * 30, labels="xy" * 15)
    folds = make_protocol(rows, "random").folds
    assert [len(fold.test) for fold in folds] == [3] * 10
    renamed = [replace(one, file=f"{99 - row}.wav") for row, one in enumerate(rows)]
    assert make_protocol(renamed, "random").folds == folds


def test_speakers_are_needed() -> None:
    with pytest.raises(CorpusError, match=r"2 of 3 utterances have no speaker.*--labels.*--layout"):
        make_protocol(people("a  "))


@pytest.mark.parametrize(("name", "dev"), [("lolo", False), ("", False), ("random", True)])
def test_a_protocol_that_there_is_not_is_refused(name: str, dev: bool) -> None:
    people = [Utterance(f"{who}.wav", speaker=who) for who in "abc"]
    with pytest.raises(ValueError, match=f"^protocol={name!r}, need one of loso, grouped, session"):
        make_protocol(people, name, dev)


@pytest.mark.parametrize(
    ("name", "dev", "advice"),
    [
        (
            "loso",
            False,
            r"\(give --labels with a speaker column, --layout, or --protocol random\)$",
        ),
        ("loso", True, r"\(give a corpus\.csv with a speaker column, or --layout\)$"),
        ("session", False, r"\(give --labels with a session column, or --layout\)$"),
        ("session", True, r"\(give a corpus\.csv with a session column, or --layout\)$"),
    ],
)
def test_what_is_advised_can_be_done(name: str, dev: bool, advice: str) -> None:
    """Training reads no label tables, and knows no random folds."""
    with pytest.raises(CorpusError, match=advice):
        make_protocol(people("abc "), name, dev)
