"""One person or one class under two spellings: refused where it matters, noticed elsewhere."""

from __future__ import annotations

import pytest

from deepspectrum_features.corpus.spelling import check_speakers, spelling_notices
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError


def named(*speakers: str) -> list[Utterance]:
    return [Utterance("a.wav", speaker=speaker) for speaker in speakers]


def test_numbered_speakers_are_not_one_person() -> None:
    check_speakers(named(*(f"{number:03}" for number in range(300))), "--labels")
    people = ("id10011", "id10101", "p31", "p301", "1_11", "11_1", "+", "-", "", "p31")
    check_speakers(named(*people), "--labels")
    for one, other in (("a-1", "a1"), ("P_03", "p3"), ("1-2", "1_2"), ("01", "1")):
        with pytest.raises(CorpusError, match=r"differ in spelling alone, .* \(give --labels "):
            check_speakers(named(one, other), "--labels")


@pytest.mark.parametrize(
    "labels",
    [
        ("anger", "Anger "),
        ("VERY happy", "very_happy"),
        ("Stra\u00dfe", "STRASSE"),
        ("x", "\uff58"),
    ],
)
def test_labels_that_differ_in_case_or_blanks_are_noticed(labels: tuple[str, str]) -> None:
    rows = [Utterance("a.wav", label=label) for label in (*labels, "calm", "")]
    (notice,) = spelling_notices(rows)
    assert all(repr(label) in notice for label in labels)
    assert "calm" not in notice


def test_names_that_look_alike_are_told_apart_by_their_signs() -> None:
    umlaut, two = "J\u00f6rg", "Jo\u0308rg"
    rows = [Utterance("a.wav", label="x", speaker=name) for name in (umlaut, two, "anna")]
    (notice,) = spelling_notices(rows)
    assert r"'Jo\u0308rg' and 'J\xf6rg' (" in notice
    with pytest.raises(CorpusError, match=r"'Jo\\u0308rg' and 'J\\xf6rg' differ in spelling"):
        check_speakers(rows, "--labels")
    (shown,) = spelling_notices([Utterance("a.wav", label=name) for name in ("\u00f6", "\u00d6")])
    assert "'\u00d6' and '\u00f6'" in shown


def test_classes_that_are_signs_or_digits_are_classes() -> None:
    labels = ("+1", "-1", "1", "01", "a", "a'", "a+", "high-low", "highlow", "")
    assert list(spelling_notices([Utterance("a.wav", label=label) for label in labels])) == []


def test_a_rare_label_that_is_nearly_a_frequent_one_is_asked_about() -> None:
    def noticed(*labels: str) -> list[str]:
        return list(spelling_notices([Utterance("a.wav", label=label) for label in labels]))

    common = ["happy"] * 20 + ["fearful"] * 30 + ["level 11"] * 20
    assert noticed(*common, "happpy", "fearfull", "fearfull", "") == [
        "labels that may be mistyped: 'fearfull' (2) for 'fearful' (30), 'happpy' (1) for 'happy' "
        "(20) (if they are one, write them alike)"
    ]
    classes = ("unhappy", "level 1", "calm", *["fearfull"] * 4)  # others, numbered, not so rare
    assert noticed(*common, *classes) == []
    assert noticed(*["pleasant", "sicher", "fear"] * 20, "unpleasant", "unsicher", "dear") == []
    (case,) = noticed(*common, "Fearful")  # told once, as another spelling
    assert "differ in spelling alone" in case
    sentences = [f"{'ab'[n % 2] * n} is what somebody says" for n in range(101)]
    assert noticed(*common, "happpy", *sentences) == []


def test_many_spellings_are_one_line_for_each_column() -> None:
    rows = [
        Utterance("a.wav", label=write(label), speaker=write("ann"), session=session)
        for label in "pqrst"
        for write in (str.lower, str.upper)
        for session in ("01", "1")
    ]
    notices = list(spelling_notices(rows))
    assert [notice.split(" that differ")[0] for notice in notices] == [
        "labels", "speakers", "sessions"
    ]  # fmt: skip
    assert "'P' and 'p', 'Q' and 'q', 'R' and 'r', ..." in notices[0]
    assert "'ANN' and 'ann' (" in notices[1]
