"""What a report says first: the best system, what the tests tell from it, warnings said once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_results import CLASSES, SHAKY, doubled
from page_tree import read_page, table

from deepspectrum_features.baselines.family_weights import family_weights, squared_weights
from deepspectrum_features.baselines.records import FamilyWeight, Score
from deepspectrum_features.baselines.report import report
from deepspectrum_features.baselines.report.data_tables import distribution
from deepspectrum_features.baselines.report.ranking import ranked, standings, verdict
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.spoken import Spoken, spoken
from deepspectrum_features.corpus.utterance import Utterance

EGEMAPS, COMPARE, DEEP = (f"{name} svm-linear global" for name in ("egemaps", "compare", "deep"))


def scored(results: Results, *values: float | None) -> Results:
    """Return results of other UAs, with no comparisons."""
    systems = (
        replace(one, scores=one.scores | {"ua": Score(value)})
        for one, value in zip(results.systems, values, strict=True)
    )
    return replace(results, systems=tuple(systems), comparisons=())


def test_the_best_is_first_and_said_in_a_sentence(evaluated: Results, tmp_path: Path) -> None:
    assert [one.name for one in ranked(evaluated).systems] == [COMPARE, DEEP, EGEMAPS]
    ua = next(one for one in evaluated.systems if one.name == COMPARE).scores["ua"]
    first, second = verdict(ranked(evaluated))
    assert first == (
        f"{COMPARE} has the highest UA, {ua.value:.3f} [{ua.low:.3f}, {ua.high:.3f}], where "
        "guessing gives 0.250."
    )
    assert second == f"Of the 2 others, lower by the paired test: {DEEP} and {EGEMAPS}."
    page = read_page(report([evaluated], tmp_path / "report.html"))
    assert page.all("p", "verdict")[0].text == f"{first} {second}"


def test_only_a_test_tells_from_the_best(evaluated: Results) -> None:
    pairs = {frozenset((one.first, one.second)): one for one in evaluated.comparisons}
    deep, egemaps = pairs[frozenset((COMPARE, DEEP))], pairs[frozenset((COMPARE, EGEMAPS))]
    weak = replace(deep, p_holm=0.31)
    some = replace(evaluated, comparisons=(weak, egemaps))
    assert [str(one.kind) for one in standings(some).values()] == [
        "lower", "best", "not distinguishable",
    ]  # fmt: skip
    assert standings(some)[DEEP].why == "p 0.31"
    none = replace(evaluated, comparisons=(replace(weak, note="too few"),))
    assert standings(none)[DEEP].why == "too few"
    assert standings(none)[EGEMAPS].kind == "not compared"
    assert verdict(none)[1] == (
        f"Of the 2 others, not distinguishable from it by the paired test: {DEEP}; not compared "
        f"with it: {EGEMAPS}."
    )
    many = doubled(evaluated)
    assert "not compared with it: " in verdict(many)[1]


def test_ties_and_unknown_scores_have_their_sentences(evaluated: Results) -> None:
    tied = scored(evaluated, 0.5, 0.4, 0.5)
    assert verdict(tied)[0] == (
        f"{EGEMAPS} and {DEEP} share the highest UA, 0.500, no interval, where guessing gives "
        "0.250."
    )
    assert [one.name for one in ranked(tied).systems] == [EGEMAPS, DEEP, COMPARE]
    assert verdict(scored(evaluated, None, None, None)) == ["No system has a UA."]
    gaps = scored(evaluated, None, 0.3, None)
    assert ranked(gaps).systems[0].name == COMPARE
    alone = replace(evaluated, systems=evaluated.systems[:1], comparisons=())
    (only,) = verdict(alone)
    assert only.startswith(f"{EGEMAPS} reaches UA 0.")
    low = replace(alone.systems[0], scores={"ua": Score(0.26, 0.2, 0.3)})
    assert verdict(replace(alone, systems=(low,)))[0].endswith("gives 0.250 (inside the interval).")


def test_warnings_stand_above_all_that_is_said(evaluated: Results, tmp_path: Path) -> None:
    warnings = (
        "CONTAMINATED: deep comes from an encoder trained on 1 of 9 test rows",
        "b is silent",
    )
    told = replace(evaluated, protocol=replace(SHAKY, warnings=warnings))
    page = read_page(report([told], tmp_path / "report.html"))
    shown = [one.text.removeprefix("Warning. ") for one in page.all("p", "warning")]
    assert shown == ["SPEAKER-DEPENDENT: speakers stand on both sides", *warnings]


def test_rows_are_counted_by_class_and_speaker(evaluated: Results, tmp_path: Path) -> None:
    page = read_page(report([evaluated], tmp_path / "report.html"))
    head, *rows = table(page, "Utterances by class and speaker").grid
    assert head == ["Class", "Utterances", "Minutes", "Mean length", *"abcdefg"]
    own = {"Ärger": 4, "fear": 3, "neutral": 7, "sadness": 2}
    for row, label in zip(rows, sorted(CLASSES), strict=False):
        rows_of, minutes = 7 * own[label], f"{7 * own[label] / 60:.1f}"
        assert row == [label, str(rows_of), minutes, "1.00 s", *[str(own[label])] * 7]
    assert rows[-1] == ["all", "112", "1.9", "1.00 s", *["16"] * 7]
    unknown = tuple(replace(one, seconds=None) for one in evaluated.spoken[:1])
    page = read_page(report([replace(evaluated, spoken=unknown)], tmp_path / "report.html"))
    assert table(page, "Utterances by class and speaker").grid[1][2:4] == ["\N{EN DASH}"] * 2


def test_many_speakers_are_counted_and_have_no_columns(evaluated: Results) -> None:
    for speakers, title in ((40, "class and speaker"), (41, "class and 41 speakers")):
        told = tuple(Spoken("fear", f"{number:02}", 2, 3.0) for number in range(speakers))
        found = distribution(replace(evaluated, spoken=told))
        assert found is not None
        assert found.title == f"Utterances by {title}"
        ((_, rows, minutes, mean, *others),) = found.rows
        assert (rows.text, minutes.text) == (str(2 * speakers), f"{3 * speakers / 60:.1f}")
        assert mean.text == "1.50 s"
        assert len(others) == len(found.header) - 4 == (40 if speakers == 40 else 0)


def test_how_long_a_speaker_is_heard_is_unknown_where_one_row_has_no_end() -> None:
    rows = [
        Utterance("a.wav", end=2.0, label="joy", speaker="b"),
        Utterance("b.wav", start=0.5, label="joy", speaker="b"),
        Utterance("c.wav", start=0.5, end=2.0, label="joy", speaker="a"),
        Utterance("d.wav", end=1.0, label="fear", speaker="a"),
    ]
    assert [*spoken(rows, labelled=True)] == [
        Spoken("fear", "a", 1, 1.0), Spoken("joy", "a", 1, 1.5), Spoken("joy", "b", 2, None),
    ]  # fmt: skip
    assert [*spoken(rows, labelled=False)] == [Spoken("", "a", 2, 2.5), Spoken("", "b", 2, None)]


def test_the_weights_of_families_are_those_of_the_machines(tmp_path: Path) -> None:
    """On two classes they are the squared coefficients of scikit-learn's own linear machine."""
    from sklearn.svm import SVC

    from deepspectrum_features.baselines.classifiers.svm import SVM

    rng = np.random.default_rng(0)
    labels = np.tile(["calm", "loud"], 30)
    features = rng.standard_normal((60, 4)).astype(np.float32) * [1, 5, 0, 2]
    features[:, 1] += 4 * (labels == "loud")
    model = SVM(cs=(0.3,)).fit(features, labels, groups=np.repeat(list("abcdef"), 10))
    kept = features[:, [0, 1, 3]]
    normed = (kept - kept.mean(axis=0)) / kept.std(axis=0)
    plain = SVC(kernel="linear", C=0.3 / 3, class_weight="balanced").fit(normed, labels)
    expected = np.insert(plain.coef_[0] ** 2, 2, 0)
    found = squared_weights(model)
    np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), rtol=1e-2)
    assert found.argmax() == 1
    assert not len(squared_weights(SVM(kernel="rbf")))
    told = family_weights([found, found[::-1]], [["a", "b", "c", "b"], ["b", "c", "b", "a"]])
    whole = found.sum()
    assert told["a"].share == pytest.approx(found[0] / whole)
    assert told["b"] == FamilyWeight(2, pytest.approx((found[1] + found[3]) / whole))
    assert family_weights([np.zeros(0)], [["a"]]) == {}


def test_families_and_explained_variance_are_shown(evaluated: Results, tmp_path: Path) -> None:
    families = {"f0": FamilyWeight(1, 0.75), "mel": FamilyWeight(3, 0.25)}
    told = replace(evaluated, systems=(replace(evaluated.systems[0], families=families),))
    told = replace(told, comparisons=(), explained={"egemaps": (0.4, 0.125)})
    path = report([told], tmp_path / "report.html")
    found = table(read_page(path), "Share of the squared weights by family of columns")
    assert found.grid[1][1:] == ["75 % (25 % of columns)", "25 % (75 % of columns)"]
    text = path.read_text(encoding="utf-8")
    assert "1st component, 40\u202f%" in text
    assert "2nd component, 12\u202f%" in text
    plain = report([evaluated], tmp_path / "plain.html").read_text(encoding="utf-8")
    assert "squared weights" not in plain  # one family says nothing
    for one in evaluated.systems:
        assert one.families == {one.features: FamilyWeight(7, pytest.approx(1))}


def test_a_known_corpus_has_its_licence_and_citation_on_the_card(
    evaluated: Results, tmp_path: Path
) -> None:
    page = read_page(report([replace(evaluated, corpus="emodb")], tmp_path / "report.html"))
    (row,) = table(page, "Corpora, by their names").grid[1:]
    assert row[0] == "emodb"
    assert "freely distributed by its authors" in row[2]
    assert "A database of German emotional speech" in row[3]
    page = read_page(report([evaluated], tmp_path / "report.html"))
    assert "Corpora, by their names" not in page.text
