"""Two systems compared by the score that is printed: exchanged by hand, and refitted a lot."""

from __future__ import annotations

import itertools
import math
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features.baselines.comparisons import Comparison, compare_ua, shown_p
from deepspectrum_features.baselines.families import adjust, unreachable
from deepspectrum_features.baselines.metrics import ua
from deepspectrum_features.baselines.results_text import hopeless, notes_beside
from deepspectrum_features.baselines.sign_flip import sign_flip_test
from deepspectrum_features.baselines.statistics import holm

SAME = {"rel": 1e-10, "abs": 1e-12}
KINDS = ["angry", "calm", "sad"]
NAMES = ("one", "two")

simulation: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parent / "benchmarks" / "paired_test_level.py")
)

Rows = tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.str_], NDArray[np.str_]]


def rows_of(seed: int, speakers: int, uttered: int = 3, rows: int = 8) -> Rows:
    """Return reference, two predictions of different worth, and speakers, at random."""
    generator = np.random.default_rng(seed)
    place = np.arange(speakers * rows)
    classes = (place // rows + generator.integers(0, uttered, len(place))) % 3
    wrong = generator.random((2, len(place))) > [[0.7], [0.5]]
    first, second = np.where(wrong, generator.integers(0, 3, wrong.shape), classes)
    order = generator.permutation(len(place))
    name = np.array([f"s{number}" for number in place // rows])
    kind = np.array(KINDS)
    return kind[classes][order], kind[first][order], kind[second][order], name[order]


def compare(rows: Rows, names: tuple[str, str] = NAMES) -> Comparison:
    found = compare_ua(*rows, KINDS, names)
    assert found is not None
    return found


def apart(reference: NDArray[np.str_], first: NDArray[np.str_], second: NDArray[np.str_]) -> float:
    return ua(reference, first, KINDS) - ua(reference, second, KINDS)


def exchanged_by_hand(rows: Rows) -> float:
    """Exchange predictions for every choice of speakers, score anew, and count."""
    reference, first, second, speakers = rows
    names = np.unique(speakers)

    def after(chosen: tuple[str, ...]) -> float:
        here = np.isin(speakers, chosen)
        return apart(reference, np.where(here, second, first), np.where(here, first, second))

    observed = after(())
    own = np.array([(observed - after((name,))) / 2 for name in names])
    training = len(names) * own.var(ddof=1)
    observed *= math.sqrt((own**2).sum() / ((own**2).sum() + training))
    choices = [
        after(chosen)
        for size in range(len(names) + 1)
        for chosen in itertools.combinations(names.tolist(), size)
    ]
    return float(np.mean(np.abs(choices) >= abs(observed) - 1e-9))


@pytest.mark.parametrize("uttered", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_p_is_the_share_of_exchanges_that_go_so_far(uttered: int, seed: int) -> None:
    rows = rows_of(seed, 6, uttered)
    found = compare(rows)
    assert found.p == exchanged_by_hand(rows)
    assert (found.exact, found.speakers, found.measure) == (True, 6, "ua")
    assert found.difference == pytest.approx(apart(*rows[:3]), **SAME)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    speakers=st.integers(2, 8),
    uttered=st.integers(1, 3),
    count=st.integers(1, 9),
)
def test_the_difference_is_that_of_the_printed_scores(
    seed: int, speakers: int, uttered: int, count: int
) -> None:
    rows = rows_of(seed, speakers, uttered, count)
    found = compare(rows)
    printed = apart(*rows[:3])
    assert found.difference == pytest.approx(printed, **SAME)
    assert (found.difference > 0) == (printed > 1e-12)
    assert (found.difference < 0) == (printed < -1e-12)


def test_the_mean_of_speakers_ua_would_say_the_opposite() -> None:
    # a speaks 10 angry rows, b to d speak 2 calm ones each
    #        a     b c d      pooled UA
    # one    9/10  1/2 each   (9/10 + 3/6) / 2 = 0.70   mean of speakers' UA 0.6
    # two    1/10  2/2 each   (1/10 + 6/6) / 2 = 0.55                         0.775
    reference = np.array(["angry"] * 10 + ["calm"] * 6)
    first = np.array(["angry"] * 9 + ["sad"] + ["calm", "sad"] * 3)
    second = np.array(["angry"] + ["sad"] * 9 + ["calm"] * 6)
    speakers = np.array(["a"] * 10 + list("bbccdd"))
    found = compare((reference, first, second, speakers))
    assert found.difference == pytest.approx(0.70 - 0.55, **SAME)
    means = [
        np.mean([ua(reference[own], one[own], KINDS) for own in map(speakers.__eq__, "abcd")])
        for one in (first, second)
    ]
    assert means == pytest.approx([0.6, 0.775], **SAME)


def test_a_tie_is_a_tie_though_it_rounds_apart() -> None:
    # speaker a: one has a third of a class right, two has two sixths of another
    reference = ["angry"] * 3 + ["calm"] * 6 + ["sad"] * 7
    first = ["angry", "sad", "sad"] + ["sad"] * 6 + ["sad"] * 7
    second = ["sad"] * 3 + ["calm", "calm"] + ["sad"] * 4 + ["sad"] * 7
    found = compare_ua(reference, first, second, ["a"] * 9 + ["b"] * 7, KINDS, NAMES)
    assert found is not None
    assert (found.difference, found.differing, found.p) == (0.0, 0, 1.0)
    assert found.note == "no speaker differs"


@pytest.mark.parametrize("speakers", [6, 25])
def test_order_and_direction_change_nothing_but_the_sign(speakers: int) -> None:
    rows = rows_of(2, speakers)
    found = compare(rows)
    order = np.random.default_rng(0).permutation(len(rows[0]))
    assert compare(tuple(one[order] for one in rows)) == found  # type: ignore[arg-type]
    reference, first, second, spoken = rows
    other = compare((reference, second, first, spoken), NAMES[::-1])
    assert other == replace(found, first="two", second="one", difference=-found.difference)
    assert found.difference > 0.05


def alike(speakers: int) -> Rows:
    """Return rows on which every speaker is for the first system by the same."""
    names = np.repeat([f"s{number}" for number in range(speakers)], 2)
    reference = np.array(["calm", "sad"] * speakers)
    return reference, reference, np.full(2 * speakers, "calm"), names


@pytest.mark.parametrize(
    ("speakers", "p", "test"),
    [
        (20, 2 / 2**20, "exact sign-flip test of pooled UA, "),
        (21, 1 / 100_000, "sign-flip test of pooled UA, "),
    ],
)
def test_up_to_20_differing_speakers_are_exchanged_in_every_way(
    speakers: int, p: float, test: str
) -> None:
    found = compare(alike(speakers))
    assert (found.differing, found.exact, found.p) == (speakers, speakers == 20, p)
    assert found.test.startswith(test)
    assert f"({speakers} speakers)" in found.test
    more = tuple(
        np.concatenate(both) for both in zip(alike(speakers), (*[["sad"]] * 3, ["z"]), strict=True)
    )
    another = compare(more)  # type: ignore[arg-type]
    assert (another.differing, another.speakers) == (speakers, speakers + 1)
    assert another.exact == found.exact


def test_many_speakers_are_exchanged_at_random() -> None:
    many = compare(rows_of(0, 40))
    assert many.p * 100_000 == pytest.approx(round(many.p * 100_000))
    assert many.p >= 1 / 100_000
    assert many.p == compare(rows_of(0, 40)).p


def test_without_two_known_speakers_there_is_no_comparison() -> None:
    reference, first, second, speakers = rows_of(0, 4)
    assert compare_ua(reference, first, second, ["a"] * 32, KINDS, NAMES) is None
    assert compare_ua(reference, first, second, ["", *speakers[1:]], KINDS, NAMES) is None
    assert compare_ua([], [], [], [], KINDS, NAMES) is None
    assert compare_ua(reference, first, second, speakers, KINDS, NAMES) is not None


def test_what_does_not_belong_to_the_rows_is_refused() -> None:
    reference, first, second, speakers = rows_of(0, 4)
    with pytest.raises(ValueError, match=r"^speakers: 31 rows, need 32, one a row$"):
        compare_ua(reference, first, second, speakers[1:], KINDS, NAMES)
    with pytest.raises(ValueError, match=r"^predicted: 31 rows, need 32, one a row$"):
        compare_ua(reference, first, second[1:], speakers, KINDS, NAMES)
    with pytest.raises(ValueError, match=r"^predicted: found sad, need one of the classes"):
        compare_ua(["calm"], ["calm"], ["sad"], ["a"], ["calm"], NAMES)


def made(speakers: int, p: float) -> Comparison:
    return Comparison("a", "b", "ua", 0.1, p, p, True, speakers, speakers, "", "")


def test_a_family_is_corrected_by_holm() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005]
    found = adjust([made(12, p) for p in p_values])
    assert [one.p_holm for one in found] == pytest.approx([0.03, 0.06, 0.06, 0.02], **SAME)
    assert [one.p for one in found] == p_values
    assert [one.p_holm for one in found] == holm(p_values)
    assert adjust([]) == []


@pytest.mark.parametrize(
    ("speakers", "family", "note"),
    [
        (5, 1, "5 differing speakers cannot reach p < 0.0625"),
        (6, 1, ""),
        (6, 2, "6 differing speakers cannot reach p < 0.0625 in 2 comparisons"),
        (9, 12, ""),  # 12 * 2 / 2^9 = 0.047
        (9, 13, "9 differing speakers cannot reach p < 0.0508 in 13 comparisons"),
    ],
)
def test_a_note_says_what_so_few_speakers_cannot_show(
    speakers: int, family: int, note: str
) -> None:
    found = adjust([compare(alike(speakers))] * family)
    assert {one.note for one in found} == {note}
    assert all((one.p_holm >= 0.05) == bool(note) for one in found), "all speakers agree"


def test_a_note_minds_that_others_of_the_family_have_more_speakers() -> None:
    # at best 2^-11, 2^-11 and 2^-5: Holm leaves the last as it is
    assert [one.note for one in adjust([made(12, 0.9), made(12, 0.9), made(6, 0.9)])] == [""] * 3
    assert all(one.note for one in adjust([made(6, 0.9)] * 3))


@pytest.mark.parametrize(
    ("speakers", "family", "said"),
    [
        (9, 12, ""),
        (
            9,
            14,
            "none of these 14 comparisons can be significant: 9 differing speakers reach .0547",
        ),
        (5, 1, "this comparison cannot be significant: 5 differing speakers reach .0625"),
    ],
)
def test_a_family_in_which_nothing_can_be_significant_says_so(
    speakers: int, family: int, said: str
) -> None:
    found = adjust([compare(alike(speakers))] * family)
    assert unreachable(found).replace("reach at best 0", "reach ") == said
    assert all((one.p_holm >= 0.05) == bool(said) for one in found)
    assert unreachable([]) == ""


def test_what_is_so_of_a_whole_family_is_said_once() -> None:
    several = [made(count, 0.9) for count in (6, 6, 6, 0)]
    many, alone, few = (
        [replace(one, family=name) for one in adjust(family)]
        for name, family in (
            ("features: svm", several),
            ("normalise: a", [compare(alike(5))]),
            ("classifier: a", [made(12, 0.9), made(2, 0.9)]),
        )
    )
    beside = [*[""] * 3, "no speaker differs", "", "",
              "2 differing speakers cannot reach p < 0.5 in 2 comparisons"]  # fmt: skip
    together = [*many, *alone, *few]
    assert notes_beside(together) == beside
    told = [one.note for one in together]
    assert told[3:] == [*beside[3:4], "5 differing speakers cannot reach p < 0.0625", *beside[5:]]
    assert many[0].note == "6 differing speakers cannot reach p < 0.125 in 4 comparisons"
    assert hopeless(together) == [
        "features (svm): none of these 4 comparisons can be significant: 6 differing speakers "
        "reach at best 0.125",
        "normalise (a): this comparison cannot be significant: 5 differing speakers reach at best "
        "0.0625",
    ]


def test_one_pair_with_more_speakers_may_still_be_significant() -> None:
    assert unreachable([made(12, 0.9), *[made(5, 0.9)] * 3]) == ""
    found = unreachable([made(8, 0.9), *[made(5, 0.9)] * 7])
    assert found.endswith(": 8 differing speakers reach at best 0.0625")


def test_p_is_never_shown_as_zero() -> None:
    assert [shown_p(p) for p in (1e-5, 0.00099, 0.001, 0.0496, 1.0)] == [
        "< 0.001", "< 0.001", "0.001", "0.0496", "1",
    ]  # fmt: skip


def test_the_simulation_predicts_by_the_nearest_centroid_and_shares_add_up() -> None:
    corpus = simulation["CORPORA"]["various"]._replace(rows=6)
    labels = simulation["classes_of"](corpus, 5, 2)
    generator = np.random.default_rng(0)
    table = simulation["features"](generator, corpus, 2.0, labels, 2)
    found = simulation["predict"](table, labels)
    for draw, speaker in itertools.product(range(2), range(5)):
        others = np.arange(5) != speaker
        centroids = [table[draw, others][labels[others] == kind].mean(axis=0) for kind in range(3)]
        near = [[np.linalg.norm(row - one) for one in centroids] for row in table[draw, speaker]]
        assert found[draw, speaker].tolist() == np.argmin(near, axis=1).tolist()

    kind, speakers = np.array(KINDS), np.repeat([f"s{number}" for number in range(5)], 6)
    rows = (kind[labels.ravel()], kind[found[0].ravel()], kind[found[1].ravel()], speakers)
    one = simulation["shares"](labels, found[:1], found[1:])[0]
    comparison = compare(rows)
    assert comparison.difference == pytest.approx(one.sum(), **SAME)
    assert comparison.p == sign_flip_test(one, cross_validated=True)
    assert one.any()


DRAWS = 800
ALLOWED = 0.05 + 3 * math.sqrt(0.05 * 0.95 / DRAWS)


@pytest.mark.parametrize("speakers", quick_first([9, 3, 6, 20, 21]))
@pytest.mark.parametrize("uttered", quick_first([1, 3]))
def test_equal_systems_differ_5_times_in_100_at_most(uttered: int, speakers: int) -> None:
    corpus = simulation["CORPORA"]["various"]
    draws = DRAWS if speakers < 20 else DRAWS // 2
    _, corrected = simulation["found"](corpus, speakers, uttered, draws)
    assert corrected <= ALLOWED
    assert (corrected > 0) == (speakers > 5)


def test_without_the_correction_they_differ_far_more_often() -> None:
    # companion: training is shared in the simulation, so a test blind to it must fail
    alone, _ = simulation["found"](simulation["CORPORA"]["various"], 9, 1, DRAWS)
    assert alone > 2 * 0.05


@pytest.mark.parametrize("uttered", quick_first([1, 3]))
def test_a_better_system_is_found(uttered: int) -> None:
    corpus = simulation["CORPORA"]["clear"]
    shares_found = [
        simulation["found"](corpus, speakers, uttered, 300, lead=1.0)[1] for speakers in (6, 9, 20)
    ]
    assert shares_found == sorted(shares_found)
    assert shares_found[1] > 0.3
    assert shares_found[2] > 0.75
