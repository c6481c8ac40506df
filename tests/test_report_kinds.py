"""Chunks, seeds, fusions, two classes, numbers: what is told of them is what predictions give."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from page_tree import Node, read_page, table

from deepspectrum_features.baselines.report import report
from deepspectrum_features.baselines.results import Results

pytestmark = pytest.mark.slow

Rows = dict[str, list[dict[str, str]]]
SCORES = "Scores, with 95 % intervals in brackets"


def three(value: float) -> str:
    return f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def read(cells: list[str]) -> list[float]:
    """Return the numbers that a page shows."""
    return [float(cell.replace("\N{MINUS SIGN}", "-")) for cell in cells]


def rounded(*values: float) -> object:
    """Return what equals numbers of three digits."""
    return pytest.approx(values, abs=5.001e-4)


def written(results: Results, folder: Path) -> tuple[Node, Rows, dict[tuple[str, str, str], str]]:
    """Write results and their report; return the page, predictions and ``report.csv``."""
    results.write(folder / "made")
    path = report([Results.read(folder / "made")], folder / "report.html")
    rows: Rows = {}
    with (folder / "made/predictions.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["system"], []).append(row)
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        told = {
            (row["system"], row["measure"], row["of"]): row["value"]
            for row in csv.DictReader(stream)
        }
    return read_page(path), rows, told


@pytest.fixture(scope="module")
def chunks(
    chunked: Results, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Node, Rows, dict[tuple[str, str, str], str]]:
    """Return what was written of chunks."""
    return written(chunked, tmp_path_factory.mktemp("chunks"))


@pytest.fixture(scope="module")
def numbers(
    numbered: Results, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Node, Rows, dict[tuple[str, str, str], str]]:
    """Return what was written of numbers."""
    return written(numbered, tmp_path_factory.mktemp("numbers"))


Written = tuple[Node, Rows, dict[tuple[str, str, str], str]]


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    """Return the numbers of a column."""
    return np.array([float(row[name]) for row in rows])


def texts(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows])


def shown(page: Node, title: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the systems of a table, and the first word of every other cell."""
    _, *rows = table(page, title).grid
    for name, *others in rows:
        yield name, [cell.split()[0] for cell in others]


# --- chunks of two classes ------------------------------------------------------------------------


def test_scores_of_two_classes_are_those_of_their_predictions(chunks: Written) -> None:
    from sklearn.metrics import precision_score, roc_auc_score

    page, rows, told = chunks
    head = ["System", "UA", "Beside the best", "WA", "macro F1", "AUC"]
    assert table(page, SCORES).grid[0] == head
    aucs = []
    for facts, cells in shown(page, SCORES):
        name = facts.partition(" normalise global")[0]
        own = rows[name]
        label, predicted, score = texts(own, "label"), texts(own, "predicted"), "score_loud"
        auc = roc_auc_score(label == "loud", column(own, score))
        assert float(told[name, "auc", ""]) == pytest.approx(auc, abs=1e-12)
        assert read(cells[-1:]) == rounded(auc)
        aucs.append(auc)
        precision = precision_score(label, predicted, average=None)
        found = [float(told[name, "precision", one]) for one in ("calm", "loud")]
        assert found == pytest.approx(precision, abs=1e-12)
    assert len(aucs) == len(rows)
    assert len(set(aucs)) > 4
    assert "AUC is the chance that chunks of loud have a higher score" in page.text


def test_the_class_with_the_highest_score_is_predicted(chunks: Written) -> None:
    for own in chunks[1].values():
        scores, probabilities = (
            np.stack([column(own, f"{kind}_{name}") for name in ("calm", "loud")], axis=1)
            for kind in ("score", "probability")
        )
        winner = np.array(["calm", "loud"])[scores.argmax(axis=1)]
        assert (winner == texts(own, "predicted")).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-9)
        assert probabilities.std() > 0.01


def test_whole_recordings_have_the_mean_of_their_chunks(chunks: Written) -> None:
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score

    page, rows, told = chunks
    title = "Whole recordings, the scores of their chunks averaged"
    for facts, cells in shown(page, title):
        name = facts.partition(" n = ")[0]
        own = rows[name]
        files = dict.fromkeys(texts(own, "file"))
        assert facts == f"{name} n = {len(files)}" == f"{name} n = 19"
        label, calm, loud = [], [], []
        for file in files:
            chunks_of = [row for row in own if row["file"] == file]
            assert len(chunks_of) == 2
            label.append(chunks_of[0]["label"])
            calm.append(column(chunks_of, "score_calm").mean())
            loud.append(column(chunks_of, "score_loud").mean())
        predicted = np.where(np.array(loud) > calm, "loud", "calm")
        ua = balanced_accuracy_score(label, predicted)
        auc = roc_auc_score(np.array(label) == "loud", loud)
        assert float(told[name, "recording_ua", ""]) == pytest.approx(ua, abs=1e-12)
        assert float(told[name, "recording_auc", ""]) == pytest.approx(auc, abs=1e-12)
        assert read([cells[0], cells[-1]]) == rounded(ua, auc)


def test_fused_scores_are_the_mean_of_those_fused(chunks: Written) -> None:
    _, rows, _ = chunks
    for manner in ("svm-linear global", "dnn global"):
        for name in ("score_calm", "score_loud", "probability_loud"):
            deep, egemaps, both = (
                column(rows[f"{features} {manner}"], name)
                for features in ("deep", "egemaps", "mean of deep, egemaps")
            )
            np.testing.assert_allclose(both, (deep + egemaps) / 2, rtol=1e-12)
            assert not np.allclose(both, deep)
            assert not np.allclose(both, column(rows[f"deep+egemaps {manner}"], name))


def test_seeds_are_shown_beside_their_mean(chunked: Results, chunks: Written) -> None:
    page, _, told = chunks
    found = table(page, "UA of every seed alone").grid
    assert found[0] == ["System", "Of the mean", "Mean of the seeds", "Lowest to highest seed"]
    several = [one for one in chunked.systems if one.seeds]
    assert [one.features for one in several] == ["deep", "egemaps", "deep+egemaps"]
    rows = {row[0].partition(" 5 seeds")[0]: row for row in found[1:]}
    assert len(rows) == len(several)
    for one in several:
        row = rows[one.name]
        assert list(one.seeds) == [f"seed {number}" for number in range(5)]
        uas = [float(told[one.name, "seed_ua", seed]) for seed in one.seeds]
        assert uas == [own["ua"] for own in one.seeds.values()]
        of_mean = float(told[one.name, "ua", ""])
        ends = f"{three(min(uas))} to {three(max(uas))}"
        assert row == [f"{one.name} 5 seeds", three(of_mean), three(np.mean(uas)), ends]
        assert min(uas) < max(uas)


def test_pairs_stand_under_what_they_differ_in(chunked: Results, chunks: Written) -> None:
    page = chunks[0]
    titles = [one.all("strong")[0].text for one in page.all("table")]
    kinds = [title.partition(" in pairs")[0] for title in titles if " in pairs" in title]
    assert kinds == ["Feature sets", "Classifiers"]
    classifiers = next(title for title in titles if title.startswith("Classifiers in pairs"))
    pairs = [row[0] for row in table(page, classifiers).grid[1:]]
    assert pairs[0] == "deep svm-linear global minus deep dnn global"
    families = {one.family for one in chunked.comparisons}
    assert "classifier: mean of deep, egemaps, global, chosen on training speakers" in families
    assert len(families) == 2 + 4
    assert (
        "features (dnn, global, chosen on training speakers): none of these 6 comparisons can be "
        "significant"
    ) in page.text


def test_what_is_left_out_is_said_everywhere(chunked: Results, tmp_path: Path) -> None:
    path = report([chunked], tmp_path / "report.html")
    markdown = path.with_suffix(".md").read_text(encoding="utf-8")
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        (said,) = {row["left_out"] for row in csv.DictReader(stream)}
    assert said.split("; ") == [
        "1 input refused at extraction (loud 1)",
        "2 chunks without a label",
    ]
    for one in said.split("; "):
        assert f"left out: {one}" in read_page(path).text
        assert f"* left out: {one}\n" in markdown


def test_chunks_are_called_chunks(chunks: Written) -> None:
    page = chunks[0]
    assert "calls: 38 chunks, 4 speakers, 2 classes (calm, loud). Chance UA 0.500." in page.text
    assert "features of all chunks" in page.text
    assert table(page, "Folds: chunks and speakers")
    assert "utterance" not in page.text


# --- numbers --------------------------------------------------------------------------------------


def ccc(reference: np.ndarray, predicted: np.ndarray) -> float:
    """Lin's coefficient from Pearson's, as his equation 1989 has it: rho times its bias factor."""
    from scipy.stats import pearsonr

    ratio = predicted.std() / reference.std()
    shift = (predicted.mean() - reference.mean()) / np.sqrt(predicted.std() * reference.std())
    bias = 2 / (ratio + 1 / ratio + shift**2)
    return float(pearsonr(reference, predicted).statistic * bias)


def test_scores_of_numbers_are_those_of_their_predictions(numbers: Written) -> None:
    from scipy.stats import pearsonr
    from sklearn.metrics import mean_squared_error

    page, rows, told = numbers
    head = ["System", "CCC", "Beside the best", "Pearson r", "RMSE"]
    assert table(page, SCORES).grid[0] == head
    cccs = []
    for facts, (first, _, *others) in shown(page, SCORES):
        name, cells = facts.partition(" normalise")[0], [first, *others]
        own = rows[name]
        label, predicted = column(own, "label"), column(own, "predicted")
        expected = (
            ccc(label, predicted),
            pearsonr(label, predicted).statistic,
            mean_squared_error(label, predicted) ** 0.5,
        )
        for measure, value in zip(("ccc", "pearson_r", "rmse"), expected, strict=True):
            assert float(told[name, measure, ""]) == pytest.approx(value, abs=1e-10)
        assert read(cells) == rounded(*expected)
        cccs.append(expected[0])
        for who in "abcdefg":
            spoken = texts(own, "speaker") == who
            value = float(told[name, "speaker_ccc", who])
            assert value == pytest.approx(ccc(label[spoken], predicted[spoken]), abs=1e-10)
    assert min(cccs) < 0 < 0.3 < max(cccs)


def test_fused_numbers_are_the_mean_of_those_fused(numbers: Written) -> None:
    _, rows, _ = numbers
    for manner in ("svr-linear global", "ridge global"):
        deep, noise, both = (
            column(rows[f"{features} {manner}"], "predicted")
            for features in ("deep", "noise", "mean of deep, noise")
        )
        np.testing.assert_allclose(both, (deep + noise) / 2, rtol=1e-12)
        assert not np.allclose(both, deep)


def test_a_page_of_numbers_has_no_classes(numbers: Written) -> None:
    page, rows, told = numbers
    titles = [one.text for one in page.all("h2")]
    assert titles == ["What came out", "Comparisons", "Speakers", "Data", "Protocol card"]
    assert "tones: 111 utterances, 7 speakers, number told: arousal." in page.text
    assert "RMSE is in the units of arousal." in page.text
    assert "left out: 1 row without arousal (fear 1)" in page.text
    for word in ("Chance", "UA", "no map is drawn", "None", "guessing"):
        assert word not in page.text
    assert not {measure for _, measure, _ in told} & {"recall", "precision", "ua", "auc"}
    assert set(next(iter(rows.values()))[0]) == {
        "system", "fold", "file", "start", "end", "channel", "speaker", "label", "predicted",
    }  # fmt: skip


def test_a_difference_of_numbers_is_that_of_the_scores_above(
    numbered: Results, numbers: Written
) -> None:
    _, rows, _ = numbers
    for one in numbered.comparisons:
        first, second = (
            ccc(column(rows[name], "label"), column(rows[name], "predicted"))
            for name in (one.first, one.second)
        )
        assert one.measure == "ccc"
        assert one.difference == pytest.approx(first - second, abs=1e-10)
    titles = [one.all("strong")[0].text for one in numbers[0].all("table")]
    kinds = [title.partition(" in pairs")[0] for title in titles if " in pairs" in title]
    assert kinds == ["Feature sets", "Regressors"]
