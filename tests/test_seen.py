"""Whether training met a row: by sound always, by name only where names were given."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from deepspectrum_features.encoder.metadata import Heard, HeardCorpus
from deepspectrum_features.extraction.seen import (
    NOT_SEEN,
    RECORDING_SEEN,
    SPEAKER_SEEN,
    seen_in_training,
)


def corpus(name: str = "emodb", named: bool = True) -> HeardCorpus:
    return HeardCorpus(
        name=name,
        named=named,
        recordings=[["00aa", "03a01Fa"], ["00bb", "08a01Na"]],
        speakers=["03", "08"],
    )


def seen(training: Heard, corpus_name: str | None, *rows: tuple[str, str, str]) -> list[int]:
    file, speaker, content = (list(column) for column in zip(*rows, strict=True))
    found = seen_in_training(training, corpus_name, file, speaker, content)
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
        (corpus(), "EMODB"),
    ],
    ids=["other corpus", "unnamed in training", "unnamed here", "other case"],
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
    files, contents = ["03a01Fa.wav", "new.wav"], ["ffff", "ffff"]
    found = seen_in_training(Heard(corpora=[corpus()]), "emodb", files, [], contents)
    assert found.tolist() == [RECORDING_SEEN, NOT_SEEN]


def test_row_without_speaker_or_content_matches_nothing() -> None:
    training = dataclasses.replace(corpus(), recordings=[["", "unread"]], speakers=[])
    assert seen(Heard(corpora=[training]), None, ("a.wav", "", "")) == [NOT_SEEN]


def test_training_on_nothing_has_seen_nothing() -> None:
    assert seen(Heard(), "emodb", ("03a01Fa.wav", "03", "00aa")) == [NOT_SEEN]
    assert seen_in_training(Heard(corpora=[corpus()]), "emodb", [], [], []).shape == (0,)
