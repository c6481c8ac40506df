"""The report: every number on it is one that the predictions give, and none lacks its protocol."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from made_results import CLASSES, SHAKY, SPEAKERS, doubled, learning_curve
from page_tree import Node, read_page, table

from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.baselines.families import adjust
from deepspectrum_features.baselines.records import Score
from deepspectrum_features.baselines.report import report
from deepspectrum_features.baselines.report.pairs import reach
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.cli.report import command
from deepspectrum_features.errors import DsfError
from deepspectrum_features.testing import tiny_features

SYSTEMS = ["egemaps svm-linear global", "compare svm-linear global", "deep svm-linear global"]
#: The best is the first on a page.
RANKED = [SYSTEMS[1], SYSTEMS[2], SYSTEMS[0]]
SCORES = "Scores, with 95 % intervals in brackets"
RECALL = "Recall (and precision) of every class"
BESIDE = ["report.md", "report.csv", "report.json"]


def three(value: float | None) -> str:
    return f"{value:.3f}"


@pytest.fixture(scope="module")
def written(evaluated: Results, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    """Return results as they are read from a folder, with curves, and the report of them."""
    folder = tmp_path_factory.mktemp("report")
    replace(evaluated, curves=tuple(map(learning_curve, SPEAKERS[:4]))).write(folder / "tones")
    results = Results.read(folder / "tones")
    return results, report([results], folder / "report.html")


Rows = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def predictions(written: tuple[Results, Path]) -> Rows:
    """Return the rows of ``predictions.csv`` by system."""
    rows: Rows = {}
    path = written[1].with_name("tones") / "predictions.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["system"], []).append(row)
    assert list(rows) == SYSTEMS
    return {name: rows[name] for name in RANKED}


def pairs(rows: list[dict[str, str]]) -> tuple[list[str], list[str]]:
    return [row["label"] for row in rows], [row["predicted"] for row in rows]


def pooled_ua(rows: list[dict[str, str]]) -> float:
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(*pairs(rows)))


def test_scores_are_those_of_the_predictions(
    written: tuple[Results, Path], predictions: Rows
) -> None:
    from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

    results, path = written
    page = read_page(path)
    assert [one.text for one in page.all("h1")] == ["tones: leave one speaker out, svm"]
    assert "tones: 112 utterances, 7 speakers, 4 classes" in page.text
    assert "Chance UA 0.250" in page.text
    for line in results.protocol.lines:
        assert line in page.text
    head, *rows = table(page, SCORES).grid
    assert head == ["System", "UA", "Beside the best", "WA", "macro F1"]
    assert [row[0] for row in rows] == [
        f"{RANKED[0]} normalise global, 7 columns",
        f"{RANKED[1]} normalise global, 7 columns, sample rate as recorded",
        f"{RANKED[2]} normalise global, 7 columns",
    ]
    uas = [pooled_ua(one) for one in predictions.values()]
    assert uas == sorted(uas, reverse=True)
    beside = [row.pop(2) for row in rows]
    told = {frozenset((one.first, one.second)): one.p_holm for one in results.comparisons}
    ps = [told[frozenset((RANKED[0], name))] for name in RANKED[1:]]
    assert beside == ["best", *(f"lower p {p:.3g}" for p in ps)]
    assert max(ps) < 0.05
    for row, one in zip(rows, predictions.values(), strict=True):
        ua, wa = pooled_ua(one), accuracy_score(*pairs(one))
        macro = f1_score(*pairs(one), average="macro")
        assert [cell.split()[0] for cell in row[1:]] == [three(ua), three(wa), three(macro)]
        assert three(ua) != three(wa)
    systems = {one.name: one for one in results.systems}
    for row, system in zip(rows, map(systems.__getitem__, RANKED), strict=True):
        assert [cell.partition(" ")[2] for cell in row[1:]] == [
            f"[{three(told.low)}, {three(told.high)}]" for told in system.scores.values()
        ]
    head, *rows = table(page, RECALL).grid
    counted = Counter(row["label"] for row in predictions[SYSTEMS[0]])
    order = sorted(CLASSES)
    assert head == ["System", *(f"{name} n = {counted[name]}" for name in order)]
    for row, (name, one) in zip(rows, predictions.items(), strict=True):
        found = (
            score(*pairs(one), labels=order, average=None)
            for score in (recall_score, precision_score)
        )
        said = [f"{three(recall)} ({three(right)})" for recall, right in zip(*found, strict=True)]
        assert row == [name, *said]


def test_every_class_has_its_precision_recall_and_f1(
    written: tuple[Results, Path], predictions: Rows
) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    page, order = read_page(written[1]), sorted(CLASSES)
    for name, one in predictions.items():
        head, *rows = table(page, f"Every class, by {name}").grid
        assert head == ["Class", "Precision", "Recall", "F1", "Utterances"]
        found = precision_recall_fscore_support(*pairs(one), labels=order)
        for label, row, (*rates, count) in zip(order, rows, zip(*found, strict=True), strict=True):
            assert row == [label, *map(three, rates), str(count)]
    folded = [one.all("summary")[0].text for one in page.all("details") if one.all("table")]
    assert f"Every class, by {RANKED[0]}" not in folded
    assert f"Every class, by {RANKED[1]}" in folded


def test_a_difference_has_the_sign_of_the_scores_above_it(
    written: tuple[Results, Path], predictions: Rows
) -> None:
    results, path = written
    page = read_page(path)
    scores = {row[0].partition(" normalise")[0]: row[1] for row in table(page, SCORES).grid[1:]}
    found = table(page, f"Feature sets in pairs: {results.comparisons[0].test}")
    head, *rows = found.grid
    assert head == ["A minus B", "Difference in UA", "p", "p after Holm"]
    signs = []
    for row, one in zip(rows, results.comparisons, strict=True):
        first, second = row[0].split(" minus ")
        shown = float(row[1].replace("\N{MINUS SIGN}", "-"))
        above = float(scores[first].split()[0]) - float(scores[second].split()[0])
        assert shown == pytest.approx(above, abs=1.1e-3)  # three roundings
        exact = pooled_ua(predictions[first]) - pooled_ua(predictions[second])
        assert shown == pytest.approx(exact, abs=5.1e-4)
        assert np.sign(shown) == np.sign(above) != 0
        signs.append(np.sign(shown))
        assert row[2:] == [f"{p:.3g}" for p in (one.p, one.p_holm)]
    assert set(signs) == {-1, 1}
    bold = [bool(row.all("b")) for row in found.all("tbody")[0].all("tr")]
    assert bold == [one.p_holm < 0.05 for one in results.comparisons]
    assert set(bold) == {True, False}


def test_what_global_means_is_said_where_a_system_is_called_so(
    evaluated: Results, tmp_path: Path
) -> None:
    told = "A system called global z-norms features by the mean and deviation of its training rows"
    assert told in read_page(report([evaluated], tmp_path / "report.html")).text
    systems = tuple(replace(one, normalise="speaker") for one in evaluated.systems)
    page = read_page(report([replace(evaluated, systems=systems)], tmp_path / "report.html"))
    assert told not in page.text


def test_the_reach_of_the_test_is_that_of_its_family(evaluated: Results) -> None:
    first = (
        "Where two systems differ on 7 speakers, the smallest p this test can give is "
        f"{2 / 2**7:.3g}, before Holm's correction."
    )
    assert reach(evaluated) == [first]
    # six pairs, but in two families of three: after Holm 3 * 2 / 2**7 is below 0.05
    assert reach(doubled(evaluated)) == [first]
    one, *_ = evaluated.comparisons
    # four pairs at once: 4 * 2 / 2**7 is not
    large = [replace(pair, family="features: svm") for pair in (one, *evaluated.comparisons)]
    assert reach(replace(evaluated, comparisons=tuple(large))) == [
        first,
        "features (svm): none of these 4 comparisons can be significant: 7 differing speakers "
        "reach at best 0.0625.",
    ]
    four = replace(one, differing=4, speakers=7)
    assert reach(replace(evaluated, comparisons=(four,)))[1].endswith(
        ": this comparison cannot be significant: 4 differing speakers reach at best 0.125."
    )
    many = replace(one, differing=30, speakers=30, exact=False)
    assert "can give is < 0.001," in reach(replace(evaluated, comparisons=(many,)))[0]
    assert reach(replace(evaluated, comparisons=())) == []


def test_few_speakers_cannot_reach_significance_and_the_page_says_so(
    evaluated: Results, tmp_path: Path
) -> None:
    one, other, *_ = evaluated.comparisons
    (weak,) = adjust([replace(one, p=0.125, differing=4)])
    page = read_page(report([replace(evaluated, comparisons=(weak,))], tmp_path / "report.html"))
    assert "this comparison cannot be significant: 4 differing speakers reach at" in page.text
    pairs = table(page, f"Feature sets in pairs: {one.test}")
    assert not pairs.all("b")
    assert pairs.grid[0][-1] == "p after Holm", "a note would say the same"
    both = adjust([replace(one, p=0.125, differing=4), replace(other, p=0.001, differing=12)])
    both_said = replace(evaluated, comparisons=tuple(both))
    page = read_page(report([both_said], tmp_path / "report.html"))
    pairs = table(page, f"Feature sets in pairs: {one.test}")
    assert pairs.grid[0][-1] == "Note"
    assert "4 differing speakers cannot reach p < 0.125" in pairs.grid[1][-1]
    assert not pairs.grid[2][-1]


def test_confusions_show_counts_shares_and_shades(
    written: tuple[Results, Path], predictions: Rows
) -> None:
    page = read_page(written[1])
    order = sorted(CLASSES)
    for name, one in predictions.items():
        found = table(page, f"Confusion of {name}")
        head, *rows = found.grid
        assert head == ["Reference", *order]
        counted = Counter((row["label"], row["predicted"]) for row in one)
        for row, cells, label in zip(found.all("tbody")[0].all("tr"), rows, order, strict=True):
            counts = [counted[label, other] for other in order]
            shares = [count / sum(counts) for count in counts]
            assert cells == [label] + [
                f"{count} {round(100 * share)} %" if count else "0"
                for count, share in zip(counts, shares, strict=True)
            ]
            shades = [cell.attributes["style"] for cell in row.all("td")]
            assert shades == [f"--share:{share:.3f}" for share in shares]
            own = [place for place, cell in enumerate(row.all("td")) if "own" in cell.looks]
            assert own == [order.index(label)]


def speaker_uas(rows: list[dict[str, str]]) -> dict[str, float]:
    return {name: pooled_ua([row for row in rows if row["speaker"] == name]) for name in SPEAKERS}


def test_every_speaker_is_drawn_and_written(
    written: tuple[Results, Path], predictions: Rows
) -> None:
    page = read_page(written[1])
    head, *rows = table(page, "UA of every speaker").grid
    assert head == ["Speaker", *RANKED]
    true = [speaker_uas(one) for one in predictions.values()]
    assert rows == [[f"{who} n = 16", *(three(one[who]) for one in true)] for who in SPEAKERS]
    drawn = table(page, "UA of every speaker, drawn").all("tbody")[0].all("tr")
    for row, values in zip(drawn, true, strict=True):
        circles = row.all("circle")
        said = [circle.all("title")[0].text for circle in circles]
        assert sorted(said) == sorted(f"{who} {three(value)}" for who, value in values.items())
        ordered = sorted(values.values())
        places = [float((one.attributes["cx"] or "").rstrip("%")) for one in circles]
        assert places == pytest.approx([2 + 96 * value for value in ordered], abs=0.0051)
        assert len(set(places)) > 1


def test_the_protocol_card(written: tuple[Results, Path]) -> None:
    results, path = written
    page = read_page(path)
    head, *rows = table(page, "Folds: utterances and speakers").grid
    assert head[:4] == ["Fold", "Train", "Dev", "Test"]
    assert head[4:] == [f"chosen by {name}" for name in RANKED]
    systems = {one.name: one for one in results.systems}
    for place, (row, who) in enumerate(zip(rows, SPEAKERS, strict=True)):
        assert row[:4] == [who, "96 the other 6 speakers", "0 \N{EN DASH}", f"16 {who}"]
        chosen = [systems[name].folds[place].chosen["C"] for name in RANKED]
        assert row[4:] == [f"C {value:g}" for value in chosen]
    _, *rows = table(page, "Feature sets").grid
    assert [row[0] for row in rows] == ["compare", "deep", "egemaps"]
    assert ["9f" * 32 in row for row in rows] == [False, True, False]
    assert {row[-1] for row in rows} == {"openSMILE research licence"}
    version = results.versions["scikit-learn"]
    for fact in (" ".join(results.command.split()), results.created, f"scikit-learn {version}"):
        assert fact in page.text


def test_every_table_of_scores_carries_its_protocol(evaluated: Results, tmp_path: Path) -> None:
    path = report([replace(evaluated, protocol=SHAKY)], tmp_path / "report.html")
    page = read_page(path)
    for one in page.all("table"):
        said = one.all("caption")[0].text
        assert "random split, SPEAKER-DEPENDENT, CONTAMINATED (2 warnings above)" in said
    warned = [one.text for one in page.all("p", "warning")]
    assert warned == [f"Warning. {one}" for one in SHAKY.warnings]
    assert "no speaker is in both" not in page.text
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert all(f"**Warning: {one}**" in text for one in SHAKY.warnings)
    silent = replace(evaluated, protocol=replace(SHAKY, warnings=()))
    silenced = read_page(report([silent], tmp_path / "silent.html"))
    (line,) = silenced.all("p", "warning")
    assert line.text.startswith("Warning. SPEAKER-DEPENDENT")


def test_unknown_speakers_are_not_said_to_stand_on_both_sides(tmp_path: Path) -> None:
    sides = {"a": "train", "b": "train", "c": "dev", "d": "test", "e": "test"}
    split = [sides[who] for who in "abcde" for _ in range(12)]
    path = tiny_features(tmp_path / "x.h5", split=split, speaker=[""] * 60)
    found = evaluate([path])
    assert found.folds[0].test_speakers == ()
    text = report([found], tmp_path / "report.html").with_suffix(".md").read_text(encoding="utf-8")
    assert "the corpus's own split, SPEAKERS UNKNOWN (2 warnings above)" in text
    assert "the corpus's own split: 1 fold; scores are of all" in text
    assert "SPEAKER-DEPENDENT" not in text


def test_the_files_beside_hold_the_same_numbers(written: tuple[Results, Path]) -> None:
    results, path = written
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    own = json.loads((path.with_name("tones") / "results.json").read_text(encoding="utf-8"))
    assert told["evaluations"] == [own]
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {(row["system"], row["measure"], row["of"]): row for row in rows}
    assert len(found) == len(rows) == 3 * (3 + 3 * len(CLASSES) + 3 * len(SPEAKERS))
    for one in own["systems"]:
        for name, score in one["scores"].items():
            row = found[one["name"], name, ""]
            assert [float(row[key]) for key in ("value", "low", "high")] == list(score.values())
        for measure in ("recall", "precision"):
            for name, value in one["by_class"][measure].items():
                row = found[one["name"], measure, name]
                assert (float(row["value"]), row["low"], row["high"]) == (value, "", "")
        for name, recall in one["by_class"]["recall"].items():
            precision = one["by_class"]["precision"][name]
            f1 = float(found[one["name"], "f1", name]["value"])
            assert f1 == pytest.approx(2 / (1 / recall + 1 / precision))
        for name, speaker in one["speakers"].items():
            for measure, value in speaker["scores"].items():
                assert float(found[one["name"], f"speaker_{measure}", name]["value"]) == value
    assert {row["part"] for row in rows} == {"1"}
    assert {row["protocol"].partition(";")[0] for row in rows} == {results.protocol.name}
    assert {row["evaluation"] for row in rows} == {results.title}


def cells(lines: list[str]) -> list[list[str]]:
    """Return the cells of tables in Markdown, brackets and escapes taken away."""
    return [
        [" ".join(re.sub(r"[\\()]", "", cell).split()) for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.startswith("| ")
    ]


def test_markdown_has_the_very_tables_of_the_page(written: tuple[Results, Path]) -> None:
    _, path = written
    lines = path.with_suffix(".md").read_text(encoding="utf-8").splitlines()

    def shown(one: Node) -> list[list[str]]:
        return [[re.sub(r"[()]", "", cell) for cell in row] for row in one.grid]

    tables = [one for one in read_page(path).all("table") if "spread" not in one.looks]
    assert cells(lines) == [row for one in tables for row in shown(one)]
    assert len(tables) == 3 + 3 + 3 + 1 + 1 + 3


def test_what_is_missing_is_left_out_or_said(evaluated: Results, tmp_path: Path) -> None:
    one = evaluated.systems[0]
    assert one.by_class is not None
    bare = replace(
        one,
        scores={name: Score(score.value) for name, score in one.scores.items()},
        by_class=replace(one.by_class, recall=one.by_class.recall | {"fear": None}),
        speakers={},
        kernel=None,
        encoder_sha256=None,
        file=None,
    )
    little = replace(
        evaluated,
        systems=(bare,),
        speakers=(),
        comparisons=(),
        predictions=(),
        points=(),
        spoken=(),
    )
    path = report([little], tmp_path / "report.html")
    page = read_page(path)
    headings = ["What came out", "Classes", "Confusions", "Protocol card"]
    assert [one.text for one in page.all("h2")] == headings
    assert "map.csv is not in the folder: no map is drawn" in page.text
    assert "predictions.csv is not in the folder" in page.text
    assert three(one.scores["ua"].value) + " no interval" in page.text
    (fear,) = [row for row in table(page, f"Every class, by {one.name}").grid if row[0] == "fear"]
    assert fear[2:4] == ["\N{EN DASH}", "\N{EN DASH}"]
    assert fear[1].startswith("0.")
    assert "None" not in page.text
    assert "None" not in path.with_suffix(".md").read_text(encoding="utf-8")
    numbers = {"classes": (), "trained": (), "task": "regression"}
    without = replace(little, systems=(replace(bare, by_class=None),), **numbers)
    page = read_page(report([without], path))
    assert [one.text for one in page.all("h2")] == ["What came out", "Protocol card"]
    assert not any(word in page.text for word in ("Chance", "guessing", "None"))
    assert not page.all("line", "chance")
    assert not page.all("text", "chance")
    assert "Chance" not in path.with_suffix(".md").read_text(encoding="utf-8")


def test_a_class_without_an_utterance_does_not_count_as_chance(
    evaluated: Results, tmp_path: Path
) -> None:
    one = evaluated.systems[0]
    assert one.by_class is not None
    confusion = (*((*row, 0) for row in one.by_class.confusion), (0,) * 5)
    told = replace(one.by_class, recall=one.by_class.recall | {"never": None}, confusion=confusion)
    more = replace(
        evaluated,
        classes=(*evaluated.classes, "never"),
        systems=(replace(one, by_class=told),),
        comparisons=(),
    )
    page = read_page(report([more], tmp_path / "report.html"))
    assert "Chance UA 0.250" in page.text
    assert table(page, f"Confusion of {one.name}").grid[-1][1] == "0"


def test_the_results_themselves_are_never_overwritten(evaluated: Results, tmp_path: Path) -> None:
    evaluated.write(tmp_path / "made")
    before = (tmp_path / "made/results.json").read_bytes()
    for name in ("results", "predictions", "map"):
        with pytest.raises(DsfError, match=rf"{name}\.html: belongs to the results"):
            report([evaluated], tmp_path / f"made/{name}.html")
    with pytest.raises(DsfError, match=r"report\.pdf: need a name ending in \.html"):
        report([evaluated], tmp_path / "report.pdf")
    with pytest.raises(DsfError, match=r"nowhere: no such folder, need one to write a\.html in"):
        report([evaluated], tmp_path / "nowhere/a.html")
    with pytest.raises(ValueError, match="no results, need at least one"):
        report([], tmp_path / "report.html")
    assert (tmp_path / "made/results.json").read_bytes() == before
    assert not list(tmp_path.glob("*report*"))
    assert report([evaluated], tmp_path / "made/report.html").exists()
    assert report([evaluated], tmp_path / "results.html").exists()


@pytest.mark.slow
def test_the_command(evaluated: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated.write(tmp_path / "one")
    replace(evaluated, title="shaky", protocol=SHAKY).write(tmp_path / "two")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, ["one", "two"])
    assert (done.exit_code, done.stdout) == (0, "report.html\n")
    beside = [*BESIDE, "report-paper/"]
    assert done.stderr.splitlines() == [f"also written: {name}" for name in beside]
    assert all(Path(name).exists() for name in ("report.html", *BESIDE))
    with Path("report.csv").open(encoding="utf-8", newline="") as stream:
        parts = [row["part"] for row in csv.DictReader(stream)]
    assert sorted(set(parts)) == ["1", "2"]
    assert all(part <= following for part, following in pairwise(parts))
    again = CliRunner().invoke(command, ["one", "-o", "report.html"])
    assert again.exit_code == 0
    assert "shaky" not in Path("report.html").read_text(encoding="utf-8")
    nowhere = CliRunner().invoke(command, ["one", "nowhere", "-o", "other.html"])
    assert isinstance(nowhere.exception, DsfError)
    assert not Path("other.html").exists()
    assert CliRunner().invoke(command, []).exit_code == 2
    assert "replaced" in CliRunner().invoke(command, ["--help"]).stdout
