"""Train, dev and test: no speaker is ever on two sides."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspectrum_features.corpus.folds import Fold, hold_out
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError


def people(speakers: str, splits: str = "") -> list[Utterance]:
    """Return an utterance for each letter of ``speakers``; ``splits`` has its t, d, e or -."""
    names = {"t": "train", "d": "dev", "e": "test", "-": ""}
    return [
        Utterance(f"{row}.wav", speaker=speaker.strip(), split=names[split])
        for row, (speaker, split) in enumerate(
            zip(speakers, splits or "-" * len(speakers), strict=True)
        )
    ]


@pytest.mark.parametrize(
    ("dev", "test", "expected"),
    [
        # rows:      0 1 2 3 4 5 of speakers c a b a c d
        ([], [], Fold("dev speakers d", (0, 1, 2, 3, 4), (5,), ())),
        (["a"], [], Fold("dev speakers a", (0, 2, 4, 5), (1, 3), ())),
        ([], ["d"], Fold("dev speakers c; test speakers d", (1, 2, 3), (0, 4), (5,))),
        (["a"], ["b", "c"], Fold("dev speakers a; test speakers b, c", (5,), (1, 3), (0, 2, 4))),
        (["d", "a"], ["b"], Fold("dev speakers a, d; test speakers b", (0, 4), (1, 3, 5), (2,))),
    ],
)
def test_speakers_are_divided_as_named(dev: list[str], test: list[str], expected: Fold) -> None:
    assert hold_out(people("cabacd"), dev, test) == expected


def test_the_corpus_own_split_is_used_when_no_speaker_is_named() -> None:
    utterances = people("aabbcd", "ttddee")
    assert hold_out(utterances) == Fold("the corpus's own split", (0, 1), (2, 3), (4, 5))
    assert hold_out(utterances, ["a"]).dev == (0, 1), "named speakers go before the split"


def test_own_split_needs_no_speakers() -> None:
    fold = hold_out(people("    ", "tdte"))
    assert (fold.train, fold.dev, fold.test) == ((0, 2), (1,), (3,))


@pytest.mark.parametrize(
    ("speakers", "splits", "named"),
    [("aab", "tdd", "a"), ("abb", "tde", "b"), ("bacbca", "tttedd", "a, b, c")],
)
def test_own_split_with_a_speaker_on_two_sides_is_refused(
    speakers: str, splits: str, named: str
) -> None:
    with pytest.raises(CorpusError, match=f"speakers {named} are in more than one split, need"):
        hold_out(people(speakers, splits))


@pytest.mark.parametrize(
    ("splits", "missing"),
    [("tt", "dev"), ("dd", "train"), ("te", "dev"), ("ee", "train"), ("de", "train")],
)
def test_own_split_needs_train_and_dev(splits: str, missing: str) -> None:
    with pytest.raises(CorpusError, match=f"no {missing} rows, need some"):
        hold_out(people("ab", splits))


def test_utterances_without_speaker_are_counted() -> None:
    with pytest.raises(CorpusError, match=r"^2 of 4 utterances have no speaker, .*corpus\.csv"):
        hold_out(people("a b "))


def test_unknown_speakers_are_listed_with_a_near_miss() -> None:
    utterances = [Utterance("1.wav", speaker="spk1"), Utterance("2.wav", speaker="other")]
    with pytest.raises(CorpusError, match=r"speakers spk11, zz are .*\(did you mean 'spk1'\?\)"):
        hold_out(utterances, ["spk11"], ["zz"])


def test_speaker_named_for_dev_and_test_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"^speakers b are both dev and test, need one side$"):
        hold_out(people("abc"), ["a", "b"], ["b"])


@pytest.mark.parametrize(
    ("speakers", "dev", "test"),
    [("a", "", ""), ("aa", "", ""), ("ab", "ab", ""), ("ab", "", "b"), ("abc", "a", "bc")],
)
def test_too_few_speakers_are_refused(speakers: str, dev: str, test: str) -> None:
    with pytest.raises(CorpusError, match=f"^{len(set(speakers))} speakers?, need at least one"):
        hold_out(people(speakers), list(dev), list(test))


LETTERS = st.text("abcdef", max_size=3)


@settings(max_examples=200, deadline=None)
@given(
    speakers=st.text("abcdef", min_size=1, max_size=15),
    splits=st.none() | st.text("tde-", min_size=15, max_size=15),
    dev=LETTERS,
    test=LETTERS,
)
def test_no_speaker_is_on_two_sides(speakers: str, splits: str | None, dev: str, test: str) -> None:
    utterances = people(speakers, splits[: len(speakers)] if splits else "")
    try:
        fold = hold_out(utterances, list(dev), list(test))
    except CorpusError:
        return
    sides = [fold.train, fold.dev, fold.test]
    train_on, chosen_on, scored_on = ({speakers[row] for row in side} for side in sides)
    assert len(train_on | chosen_on | scored_on) == sum(map(len, (train_on, chosen_on, scored_on)))
    assert fold.train
    assert fold.dev
    rows = sorted(row for side in sides for row in side)
    if fold.name == "the corpus's own split":
        assert rows == [row for row, one in enumerate(utterances) if one.split]
    else:
        assert rows == list(range(len(utterances)))
        assert scored_on == set(test)
        assert chosen_on == set(dev) or not dev


def test_fully_named_division_is_never_refused() -> None:
    # companion of the test above, which accepts refusals
    accepted = [hold_out(people("abcdef"), [one], [other]) for one in "abc" for other in "def"]
    assert len(accepted) == 9
    assert {len(fold.train) for fold in accepted} == {4}
