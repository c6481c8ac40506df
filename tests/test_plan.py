"""The parts of an extraction: they depend on corpus and options, and lose nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.extraction.plan import Part, make_plan
from deepspectrum_features.sound.audio import AudioHeader

OPTIONS = {"worker": "abc", "chunk": None, "channel": None}


def corpus_of(minutes: list[float], cuts: int = 1) -> Corpus:
    """Return recordings of so many minutes at 100 Hz, each cut into so many utterances."""
    utterances, headers = [], {}
    for number, length in enumerate(minutes):
        file = f"{number}.wav"
        headers[file] = AudioHeader(round(length * 6000), 100, 1, 1000 + number)
        step = length * 60 / cuts
        ends = [(cut + 1) * step if cuts > 1 else None for cut in range(cuts)]
        utterances += [Utterance(file, cut * step, end) for cut, end in enumerate(ends)]
    return Corpus(Path("root"), "name", False, tuple(utterances), headers=headers)


def sizes(corpus: Corpus) -> list[int]:
    return [len(part.utterances) for part in make_plan(corpus, OPTIONS).parts]


def test_parts_hold_an_eighth_of_what_remains() -> None:
    # 16 x 60 s: 960 / 8 = 120, so two; 840 / 8 = 105, two; 720: 90, two; 600: 75, two; then
    # 480 / 8 = 60, 420 / 8 = 52.5 and less: one each
    assert sizes(corpus_of([1.0] * 16)) == [2] * 4 + [1] * 8
    assert sizes(corpus_of([1.0, 30.0, 1.0])) == [2, 1]  # never cut inside an utterance


def test_parts_hold_ten_minutes_at_most_and_half_a_minute_at_least() -> None:
    # 60 x 4 min: 600 s is met with the third recording, until less than 4800 s remain
    assert sizes(corpus_of([4.0] * 60)) == [3] * 15 + [2] * 4 + [1] * 7
    assert sizes(corpus_of([0.1] * 12)) == [5, 5, 2]


MINUTES = st.lists(st.floats(0.05, 30), min_size=1, max_size=25)


@settings(max_examples=100, deadline=None)
@given(minutes=MINUTES, cuts=st.integers(1, 4))
def test_parts_in_order_are_the_corpus_in_order(minutes: list[float], cuts: int) -> None:
    corpus = corpus_of(minutes, cuts)
    parts = make_plan(corpus, OPTIONS).parts
    joined = [one for part in parts for one in part.utterances]
    assert joined == list(corpus.utterances)
    assert [part.number for part in parts] == list(range(len(parts)))
    remaining = sum(corpus.seconds(one) for one in corpus.utterances)
    for part in parts:
        lengths = [corpus.seconds(one) for one in part.utterances]
        limit = max(30, min(600, remaining / 8))
        assert lengths
        assert sum(lengths[:-1]) < limit + 1e-6
        assert sum(lengths) >= limit - 1e-6 or part is parts[-1]
        remaining -= sum(lengths)


@settings(max_examples=100, deadline=None)
@given(minutes=MINUTES, cuts=st.integers(1, 4))
def test_every_recording_is_owned_once_by_its_first_part(minutes: list[float], cuts: int) -> None:
    corpus = corpus_of(minutes, cuts)
    parts = make_plan(corpus, OPTIONS).parts
    owned = [file for part in parts for file in part.owned]
    assert sorted(owned) == sorted(corpus.headers)
    for file in corpus.headers:
        first = next(p for p in parts if any(one.file == file for one in p.utterances))
        assert file in first.owned


@settings(max_examples=50, deadline=None)
@given(minutes=MINUTES, labels=st.lists(st.sampled_from("abc"), min_size=25, max_size=25))
def test_plan_does_not_depend_on_what_is_known_of_utterances(
    minutes: list[float], labels: list[str]
) -> None:
    corpus = corpus_of(minutes)
    labelled = tuple(
        replace(one, label=label, speaker=label * 2, split="train")
        for one, label in zip(corpus.utterances, labels, strict=False)
    )
    told = replace(corpus, utterances=labelled, root=Path("elsewhere"), name="other", named=True)
    one, other = make_plan(corpus, OPTIONS), make_plan(told, OPTIONS)
    assert one.key == other.key
    assert [part.key for part in one.parts] == [part.key for part in other.parts]
    assert [part.owned for part in one.parts] == [part.owned for part in other.parts]


def changed(corpus: Corpus, what: str) -> tuple[Corpus, dict[str, object]]:
    """Return the corpus and the options with one thing changed."""
    first, *rest = corpus.utterances
    if what == "order":
        return replace(corpus, utterances=(*rest, first)), OPTIONS
    if what == "fewer":
        return replace(corpus, utterances=tuple(rest)), OPTIONS
    if what in ("start", "end"):
        return replace(corpus, utterances=(replace(first, **{what: 0.5}), *rest)), OPTIONS
    if what == "file":
        headers = corpus.headers | {"new.wav": corpus.headers[first.file]}
        renamed = (replace(first, file="new.wav"), *rest)
        return replace(corpus, utterances=renamed, headers=headers), OPTIONS
    if what == "bytes":
        header = replace(corpus.headers[first.file], bytes=7)
        return replace(corpus, headers=corpus.headers | {first.file: header}), OPTIONS
    return corpus, OPTIONS | {"worker": "abd"}


@pytest.mark.parametrize("what", ["order", "fewer", "start", "end", "file", "bytes", "options"])
def test_key_changes_with_everything_that_changes_a_number(what: str) -> None:
    corpus = corpus_of([1.0, 1.0, 1.0])
    plan = make_plan(corpus, OPTIONS)
    assert make_plan(*changed(corpus, what)).key != plan.key
    assert make_plan(corpus, dict(reversed(OPTIONS.items()))).key == plan.key


def test_change_in_one_recording_leaves_the_other_parts_keys() -> None:
    corpus = corpus_of([5.0] * 4)
    header = replace(corpus.headers["2.wav"], bytes=7)
    other = replace(corpus, headers=corpus.headers | {"2.wav": header})
    pairs = zip(make_plan(corpus, OPTIONS).parts, make_plan(other, OPTIONS).parts, strict=True)
    assert [one.key == two.key for one, two in pairs] == [True, True, False, True]


def test_stamp_notices_size_time_and_absence(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav", "c.wav"):
        (tmp_path / name).write_bytes(b"1234")
    utterances = (Utterance("a.wav", 0, 1), Utterance("a.wav", 1, 2), Utterance("b.wav"))
    part = Part(0, utterances, "", frozenset(), 0.0)
    stamps = [part.stamp(tmp_path)]
    (tmp_path / "c.wav").write_bytes(b"no file of this part")
    assert part.stamp(tmp_path) == stamps[0]
    stat = (tmp_path / "a.wav").stat()
    os.utime(tmp_path / "a.wav", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    stamps.append(part.stamp(tmp_path))
    (tmp_path / "b.wav").write_bytes(b"12345")
    stamps.append(part.stamp(tmp_path))
    (tmp_path / "b.wav").unlink()
    stamps.append(part.stamp(tmp_path))
    assert len(set(stamps)) == 4
