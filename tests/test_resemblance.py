"""Copies that nobody named: equal names and lengths, where chance does not explain them."""

from __future__ import annotations

import numpy as np

from deepspectrum_features.corpus.utterance import Stretch
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.extraction.resemblance import resembling

RANDOM = np.random.default_rng(7)


def heard(lengths: dict[str, float]) -> list[HeardUtterance]:
    return [HeardUtterance(path=path, seconds=seconds) for path, seconds in lengths.items()]


def rows(lengths: dict[str, float]) -> list[Stretch]:
    return [(f"{path}.mp3", 0.0, seconds, 0) for path, seconds in lengths.items()]


def found(
    known: dict[str, float], here: list[Stretch], seen: list[int] | None = None
) -> list[bool]:
    codes = np.array(seen or [0] * len(here), np.int32)
    return resembling(heard(known), here, codes).tolist()


LENGTHS = {f"anna_{number}": 1 + 0.1 * number for number in range(10)}


def test_copies_are_found_by_stem_and_length_within_10_ms() -> None:
    copies = {f"mp3/{path}": seconds + 0.009 for path, seconds in LENGTHS.items()}
    assert found(LENGTHS, rows(copies)) == [True] * 10
    longer = {path: seconds + 0.011 for path, seconds in LENGTHS.items()}
    assert found(LENGTHS, rows(longer)) == [False] * 10
    renamed = {f"x{path}": seconds for path, seconds in LENGTHS.items()}
    assert found(LENGTHS, rows(renamed)) == [False] * 10


def test_rows_of_other_names_do_not_matter_and_most_of_those_of_known_names_must_agree() -> None:
    others: list[Stretch] = [(f"ben_{number}.mp3", 0.0, 1.5, 0) for number in range(90)]
    assert found(LENGTHS, [*rows(LENGTHS), *others]) == [True] * 10 + [False] * 90
    half = {name: s + (number % 2) / 3 for number, (name, s) in enumerate(LENGTHS.items())}
    assert found(LENGTHS, rows(half)) == [False] * 10
    half["anna_1"] = LENGTHS["anna_1"]
    assert sum(found(LENGTHS, rows(half))) == 6


def test_a_recording_is_as_long_as_its_last_chunk_ends() -> None:
    chunks: list[Stretch] = []
    for file, _, seconds, _ in rows(LENGTHS):
        assert seconds is not None
        chunks += [(file, 0.0, seconds / 2, 0), (file, seconds / 2, seconds, 0)]
    assert found(LENGTHS, chunks) == [True] * 20


def test_what_is_seen_already_is_not_found_again() -> None:
    assert found(LENGTHS, rows(LENGTHS), [2, 1] + [0] * 8) == [False] * 2 + [True] * 8


def test_clips_of_one_length_say_nothing() -> None:
    """As one-second commands: a name and the length of all others are no sign."""
    clips = {f"word{number}": 1.0 for number in range(50)}
    assert found(clips, rows(clips)) == [False] * 50


def numbered(people: str, spread: float = 1.0) -> dict[str, float]:
    """Return lengths of 300 recordings a speaker, numbered from 201 under each of 6 emotions."""
    return {
        f"{person}/{how}/{number}": float(RANDOM.uniform(1, 1 + spread))
        for person in people
        for how in "abcdef"
        for number in range(201, 251)
    }


def test_numbers_that_every_folder_holds_do_not_shout() -> None:
    """As in CASIA: every stem was heard in 24 folders, so some length always fits."""
    known = numbered("wxyz")
    assert not any(found(known, rows(numbered("ab"))))
    assert not any(found(known, rows(numbered("ab", spread=0.2)))), "nearly all lengths fit"
    assert all(found(known, rows(known)))


def test_two_recordings_are_too_few_to_tell() -> None:
    two = dict(list(LENGTHS.items())[:2])
    assert found(LENGTHS, rows(two)) == [False] * 2
    three = dict(list(LENGTHS.items())[:3])
    assert found(LENGTHS, rows(three)) == [True] * 3


def test_lists_without_lengths_find_nothing() -> None:
    unknown = [HeardUtterance(path=path) for path in LENGTHS]
    assert not resembling(unknown, rows(LENGTHS), np.zeros(10, np.int32)).any()
    assert resembling(heard(LENGTHS), [], np.zeros(0, np.int32)).shape == (0,)
