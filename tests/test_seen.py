"""Whether training met a row: by sound always, by name only where names were given."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from deepspectrum_features.corpus.utterance import Stretch
from deepspectrum_features.encoder.heard import Heard, HeardCorpus, HeardUtterance
from deepspectrum_features.extraction.seen import (
    NOT_SEEN,
    RECORDING_SEEN,
    SPEAKER_SEEN,
    seen_in_training,
)


def corpus(name: str = "emodb", named: bool = True) -> HeardCorpus:
    """Return a corpus as files of format 1 have it."""
    return HeardCorpus(
        name=name,
        named=named,
        recordings=[["00aa", "03a01Fa"], ["00bb", "08a01Na"]],
        speakers=["03", "08"],
    )


def seen(training: Heard, corpus_name: str | None, *rows: tuple[str, str, str]) -> list[int]:
    """Decide for rows (file, speaker, content) that are whole recordings."""
    whole = [((file, 0.0, 1.0, 0), speaker, content) for file, speaker, content in rows]
    return decide(training.rows, corpus_name or "", *whole)


def decide(
    heard: Sequence[HeardUtterance], name: str, *rows: tuple[Stretch, str, str]
) -> list[int]:
    """Decide for rows (stretch, speaker, content) of one corpus."""
    stretches, speaker, content = (list(column) for column in zip(*rows, strict=True))
    found = seen_in_training(heard, stretches, speaker, [name] * len(rows), content)
    assert found.dtype == np.int32
    return found.tolist()


def test_the_codes_are_those_of_the_file_format() -> None:
    assert (NOT_SEEN, SPEAKER_SEEN, RECORDING_SEEN) == (0, 1, 2)


def test_content_is_known_whatever_it_is_called() -> None:
    rows = [("other.flac", "", "00aa"), ("other.flac", "", "00cc"), ("x/y.wav", "zz", "00bb")]
    for name in ("emodb", "something", None):
        assert seen(Heard(corpora=[corpus()]), name, *rows) == [2, 0, 2]
    assert seen(Heard(corpora=[corpus(named=False)]), None, *rows) == [2, 0, 2]


def test_stem_survives_another_container_and_folder() -> None:
    rows = [("mp3/03a01Fa.mp3", "", "ffff"), ("mp3/03a01Fb.mp3", "", "ffff")]
    assert seen(Heard(corpora=[corpus()]), "emodb", *rows) == [2, 0]


def test_speaker_is_known_and_a_recording_goes_before_its_speaker() -> None:
    rows = [
        ("03a01Fa.wav", "03", "ffff"),  # recording and speaker
        ("03b99Fa.wav", "03", "ffff"),  # speaker only
        ("10b99Fa.wav", "10", "ffff"),  # neither
        ("10b99Fa.wav", "10", "00bb"),  # recording only, by its content
    ]
    assert seen(Heard(corpora=[corpus()]), "emodb", *rows) == [2, 1, 0, 2]


@pytest.mark.parametrize(
    ("there", "here"),
    [
        (corpus("nemo"), "emodb"),
        (corpus(named=False), "emodb"),
        (corpus(), None),
    ],
    ids=["other corpus", "unnamed in training", "unnamed here"],
)
def test_names_count_only_where_both_sides_were_named_alike(
    there: HeardCorpus, here: str | None
) -> None:
    row = ("03a01Fa.wav", "03", "ffff")
    assert seen(Heard(corpora=[there]), here, row) == [NOT_SEEN]
    assert seen(Heard(corpora=[corpus()]), "emodb", row) == [RECORDING_SEEN]


def test_every_corpus_of_the_training_counts() -> None:
    other = HeardCorpus(name="nemo", named=True, recordings=[["00dd", "n"]], speakers=["SM0"])
    training = Heard(corpora=[corpus(), other])
    rows = [("a.wav", "SM0", "ffff"), ("b.wav", "03", "ffff"), ("c.wav", "", "00dd")]
    assert seen(training, "nemo", *rows) == [1, 0, 2]
    assert seen(training, "emodb", *rows) == [0, 1, 2]


def test_corpus_without_speakers_is_matched_by_recording_alone() -> None:
    rows = [("03a01Fa.wav", "", "ffff"), ("new.wav", "", "ffff")]
    assert seen(Heard(corpora=[corpus()]), "emodb", *rows) == [RECORDING_SEEN, NOT_SEEN]


def test_row_without_speaker_or_content_matches_nothing() -> None:
    training = dataclasses.replace(corpus(), recordings=[["", "unread"]], speakers=[])
    assert seen(Heard(corpora=[training]), None, ("a.wav", "", "")) == [NOT_SEEN]


def test_training_on_nothing_has_seen_nothing() -> None:
    assert seen(Heard(), "emodb", ("03a01Fa.wav", "03", "00aa")) == [NOT_SEEN]
    assert seen_in_training(corpus().rows, [], [], [], []).shape == (0,)


@pytest.mark.parametrize("name", ["nEMO", "nemo", "n-emo", "N_EMO "])
def test_names_are_compared_without_case_and_punctuation(name: str) -> None:
    training = Heard(corpora=[corpus("nemo")])
    rows = [("03a01Fa.wav", "", "ffff"), ("new.wav", "8", "ffff"), ("new.wav", "18", "ffff")]
    assert seen(training, name, *rows) == [2, 1, 0]
    assert seen(training, f"{name}2", *rows) == [0, 0, 0]


def heard(*files: tuple[str, str], **facts: Any) -> list[HeardUtterance]:
    """Return what was heard of (path, speaker), whole recordings of one second."""
    facts = {"corpus": "acted", "end": 1.0, "seconds": 1.0} | facts
    return [
        HeardUtterance(path=path, speaker=speaker, content=f"{number:04x}", **facts)
        for number, (path, speaker) in enumerate(files)
    ]


def whole(file: str, speaker: str = "", content: str = "ffff") -> tuple[Stretch, str, str]:
    return (file, 0.0, 1.0, 0), speaker, content


def test_equal_stems_in_every_speakers_folder_are_told_apart() -> None:
    """As in SAVEE: DC/a01, JE/a01 and so on; another root, container and coding."""
    known = heard(
        *((f"AudioData/{who}/a{take:02}", who) for who in ("DC", "JE") for take in (1, 2))
    )
    rows = [
        whole("DC/a01.mp3", "DC"),
        whole("KL/a01.mp3", "KL"),  # never heard, of an equal stem
        whole("DC/a99.mp3", "DC"),  # its speaker was
        whole("mp3/DC/a02.mp3"),  # nobody says who speaks: the folder does
        whole("KL/a02.mp3"),
        whole("a02.mp3"),
    ]
    assert decide(known, "Acted", *rows) == [2, 0, 1, 2, 0, 0]
    assert decide(known, "", *rows) == [0] * 6


def test_equal_stems_under_every_emotion_are_told_apart() -> None:
    """As in CASIA: speaker/emotion/number; all numbers of a speaker who was heard were."""
    known = heard(
        *((f"{who}/{how}/201", who) for who in ("liu", "zhao") for how in ("sad", "angry"))
    )
    rows = [
        whole("liu/angry/201.flac", "liu"),
        whole("flac/liu/sad/201.flac"),
        whole("wang/angry/201.flac", "wang"),
        whole("wang/angry/201.flac"),
        whole("angry/201.flac", "wang"),
    ]
    assert decide(known, "acted", *rows) == [2, 2, 0, 0, 0]


def test_a_stem_alone_counts_where_it_is_the_only_one() -> None:
    known = heard(("x/one", ""), ("x/two", "b"), ("y/two", "c"))
    rows = [whole("one.mp3"), whole("one.mp3", "a"), whole("z/two.mp3"), whole("two.mp3", "a")]
    assert decide(known, "acted", *rows) == [2, 2, 0, 0]
    assert decide(heard(("x/one", "b")), "acted", whole("y/one.wav", "a")) == [0]


def test_of_a_session_what_was_heard_counts_alone() -> None:
    """Two talk in turn, one of them in training."""
    known = [
        HeardUtterance(corpus="talks", path="s1", speaker="a", content="00aa", start=at, end=at + 2)
        for at in (0.0, 4.0)
    ]

    def row(start: float, end: float | None, speaker: str, content: str) -> Any:
        return ("s1.wav", start, end, 0), speaker, content

    rows = [
        row(2.0, 4.0, "b", "00aa"),  # between the two
        row(1.9, 4.0, "b", "00aa"),  # shares a tenth of a second
        row(4.5, 5.0, "a", "00aa"),
        row(6.0, 8.0, "a", "00aa"),  # its speaker only
        row(6.0, None, "b", "00aa"),
        row(0.0, None, "b", "00aa"),  # all of it
    ]
    assert decide(known, "talks", *rows) == [0, 2, 2, 1, 0, 2]
    coded = [(stretch, speaker, "ffff") for stretch, speaker, _ in rows]
    assert decide(known, "talks", *coded) == [0, 2, 2, 1, 0, 2]
    assert decide(known, "", *rows) == [0, 2, 2, 0, 0, 2]
    assert decide(known, "", *coded) == [0] * 6


@pytest.mark.parametrize(("there", "here", "code"), [(1, 2, 0), (1, 1, 2), (0, 2, 2), (1, 0, 2)])
def test_channels_are_other_recordings_unless_one_is_the_mean(
    there: int, here: int, code: int
) -> None:
    known = heard(("call", "a"), channel=there)
    assert decide(known, "acted", (("call.wav", 0.0, 1.0, here), "b", "0000")) == [code]


def test_a_row_of_several_corpora_is_of_its_own() -> None:
    known = heard(("a01", "eva"))
    stretches: list[Stretch] = [("x.wav", 0.0, 1.0, 0)] * 3
    corpora, nothing = ["acted", "other", ""], ["ffff"] * 3
    found = seen_in_training(known, stretches, ["eva"] * 3, corpora, nothing)
    assert found.tolist() == [1, 0, 0]


def test_of_lists_of_stems_one_that_stands_there_twice_says_nothing() -> None:
    """Format 1 knew neither folders nor speakers of recordings."""
    old = HeardCorpus(
        name="acted", named=True, recordings=[["00aa", "a01"], ["00bb", "a01"]], speakers=["DC"]
    )
    rows = [("a01.wav", "KL", "ffff"), ("a01.wav", "DC", "ffff"), ("a01.wav", "KL", "00bb")]
    assert seen(Heard(corpora=[old]), "acted", *rows) == [0, 1, 2]
