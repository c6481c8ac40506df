"""The report: what is on the page, that it needs nothing else, and that it is fit to be read."""

from __future__ import annotations

import base64
import csv
import fcntl
import json
import os
import re
import select
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import combinations, count, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from deepspectrum_features.baselines import results
from deepspectrum_features.baselines.report.feature_map import COLOURS, DRAWN, sample, scatter
from deepspectrum_features.baselines.report.figures import interval
from deepspectrum_features.baselines.report.shape import FORMAT, VERSION
from deepspectrum_features.baselines.report.writing import report
from deepspectrum_features.baselines.statistics import holm, sign_flip_test
from deepspectrum_features.cli.report import command
from deepspectrum_features.errors import DsfError

ROOT = Path(__file__).parents[1]
CLASSES = ["Ärger", "fear", "happiness", "neutral", "sadness", "surprise"]
SYSTEMS = (
    ("egemaps", "svm", "linear", "global", 0.39),
    ("compare", "svm", "linear", "global", 0.45),
    ("zhao2018-asmmc-compact", "svm", "linear", "global", 0.47),
    ("egemaps", "dnn", None, "speaker", 0.60),
    ("compare", "dnn", None, "speaker", 0.63),
    ("zhao2018-asmmc-compact", "dnn", None, "speaker", 0.62),
)
SHAKY: dict[str, Any] = {
    "title": "shaky",
    "systems": 2,
    "rows": 300,
    "protocol": {
        "name": "random split",
        "speaker_independent": False,
        "lines": ["10 folds at random"],
        "warnings": [
            "SPEAKER-DEPENDENT: speakers stand on both sides, scores do not carry over to others",
            "CONTAMINATED: egemaps was trained on 12 of 300 test rows: Zoë1 (12)",
        ],
    },
}


def make_results(
    folder: Path,
    systems: int = 4,
    speakers: int = 9,
    rows: int = 900,
    classes: list[str] = CLASSES,
    names: list[str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Write a results folder whose numbers are those of made-up predictions; return its JSON."""
    generator = np.random.default_rng(7)
    people = names or [f"Zoë{number}" for number in range(1, speakers + 1)]
    speaker = np.sort(generator.choice(people, rows))
    label = generator.choice(classes, rows)
    ease = dict(zip(people, generator.uniform(0.6, 1.4, len(people)), strict=True))
    told, predictions, places = [], [], []
    for features, classifier, kernel, normalise, skill in SYSTEMS[:systems]:
        name = f"{features} {classifier}{f'-{kernel}' if kernel else ''} {normalise}"
        right = generator.random(rows) < np.array([skill * ease[one] for one in speaker])
        predicted = np.where(right, label, generator.choice(classes, rows))
        told.append(
            describe(name, label, predicted, speaker, classes, people)
            | {
                "features": features, "file": f"{features}.h5", "classifier": classifier,
                "kernel": kernel, "normalise": normalise, "columns": 88,
                "encoder_sha256": "9f" * 32 if "zhao" in features else None,
                "licence": "openSMILE research licence", "sample_rates": "as recorded",
            }
        )  # fmt: skip
        for row in range(rows):
            place = (f"{row}.wav", 0.0, 1.5)
            predictions.append(
                (name, speaker[row], *place, speaker[row], label[row], predicted[row])
            )
    for features in dict.fromkeys(one["features"] for one in told):
        centres = dict(zip(classes, generator.normal(0, 2, (len(classes), 2)), strict=True))
        for row in range(rows):
            x, y = centres[label[row]] + generator.normal(0, 3, 2)
            place = (f"{row}.wav", 0.0, 1.5)
            places.append((features, *place, label[row], speaker[row], f"{x:.4g}", f"{y:.4g}"))
    count = Counter(speaker.tolist())
    document: dict[str, Any] = {
        "format": "deepspectrum-results",
        "version": 1,
        "title": "nemo: leave one speaker out",
        "protocol": {
            "name": "leave one speaker out",
            "speaker_independent": True,
            "lines": [
                f"{len(people)} folds, one a speaker; scores are pooled over all held-out "
                "predictions, never averaged over folds",
                "SVM: z-norm on training rows, class weights balanced, C from 0.03 0.1 0.3 1 3 10 "
                "by pooled UA of inner grouped 5-fold on training speakers, ties to the smaller C",
                "DNN: one hidden layer of 128, epoch chosen by UA on a fifth of the speakers",
            ],
            "warnings": [],
        },
        "corpus": "nemo",
        "classes": list(classes),
        "speakers": people,
        "utterances": rows,
        "folds": [
            {
                "name": one, "train": rows - count[one], "dev": 0, "test": count[one],
                "train_speakers": [other for other in people if other != one],
                "dev_speakers": [], "test_speakers": [one],
            }
            for one in people
        ],
        "systems": told,
        "comparisons": compare(told, people),
        "curves": [make_curve(one, generator) for one in people[:4]],
        "versions": {"deepspectrum_features": "0.2.0", "numpy": "2.4.6", "scikit-learn": "1.9.1"},
        "command": "dsf evaluate egemaps.h5 compare.h5 --classifier svm --classifier dnn",
        "created": "2026-01-31T12:00:00+0100",
    } | changes  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii="\ud800" in document["title"])
    (folder / "results.json").write_text(text, encoding="utf-8")
    header = ("system", "fold", "file", "start", "end", "speaker", "label", "predicted")
    write_csv(folder / "predictions.csv", [header, *predictions])
    header = ("features", "file", "start", "end", "label", "speaker", "x", "y")
    write_csv(folder / "map.csv", [header, *places])
    return document


def describe(
    name: str, label: Any, predicted: Any, speaker: Any, classes: list[str], people: list[str]
) -> dict[str, Any]:
    """Score made-up predictions by hand; intervals are made up."""
    counts = np.array([[np.sum((label == a) & (predicted == b)) for b in classes] for a in classes])
    recall = counts.diagonal() / counts.sum(axis=1)
    wa = counts.trace() / counts.sum()
    told = {}
    for one in people:
        own = speaker == one
        found = [np.mean(predicted[own & (label == a)] == a) for a in classes]
        told[one] = {
            "ua": float(np.mean(found)),
            "wa": float(np.mean(predicted[own] == label[own])),
            "utterances": int(own.sum()),
        }
    values = {"ua": float(recall.mean()), "wa": float(wa), "macro_f1": float(wa) - 0.0123}
    return {
        "name": name,
        "scores": {
            key: {"value": value, "low": value - 0.0814, "high": value + 0.0777}
            for key, value in values.items()
        },
        "recall": dict(zip(classes, recall.tolist(), strict=True)),
        "confusion": counts.tolist(),
        "per_speaker": told,
        "folds": [
            {"name": one, "ua": told[one]["ua"], "chosen": {"C": (0.1, 0.3, 1)[place % 3]}}
            for place, one in enumerate(people)
        ],
    }


def compare(systems: list[dict[str, Any]], people: list[str]) -> list[dict[str, Any]]:
    pairs = [
        (one, two)
        for one, two in combinations(systems, 2)
        if one["classifier"] == two["classifier"]
    ]
    apart = [
        [two["per_speaker"][name]["ua"] - one["per_speaker"][name]["ua"] for name in people]
        for one, two in pairs
    ]
    found = [sign_flip_test(one) for one in apart]
    return [
        {
            "first": one["name"],
            "second": two["name"],
            "difference": two["scores"]["ua"]["value"] - one["scores"]["ua"]["value"],
            "p": p,
            "p_holm": adjusted,
            "test": f"exact sign-flip test on the UA of {len(people)} speakers",
            "note": "",
        }
        for (one, two), p, adjusted in zip(pairs, found, holm(found), strict=True)
    ]


def make_curve(name: str, generator: np.random.Generator) -> dict[str, Any]:
    epochs = np.arange(1, 21)
    ua = 0.17 + 0.3 * (1 - np.exp(-epochs / 5)) + generator.normal(0, 0.02, 20)
    return {
        "name": f"fold {name}",
        "epochs": epochs.tolist(),
        "train_loss": (1.8 * np.exp(-epochs / 9)).tolist(),
        "dev_ua": ua.tolist(),
        "best": int(epochs[ua.argmax()]),
    }


def write_csv(path: Path, rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


class Node:
    """An element, its attributes and what is in it."""

    def __init__(self, name: str, attributes: dict[str, str | None]) -> None:
        self.name, self.attributes = name, attributes
        self.children: list[Node | str] = []

    def all(self, name: str, look: str | None = None) -> list[Node]:
        found = [one for one in self.inside() if one.name == name]
        return [one for one in found if look is None or look in one.looks]

    def inside(self) -> Iterator[Node]:
        for one in self.children:
            if isinstance(one, Node):
                yield one
                yield from one.inside()

    @property
    def looks(self) -> list[str]:
        return (self.attributes.get("class") or "").split()

    @property
    def text(self) -> str:
        """What is read outside of pictures, white space made single."""
        return " ".join("".join(self.words()).split())

    def words(self) -> Iterator[str]:
        for one in self.children:
            if isinstance(one, str):
                yield one
            elif one.name != "svg":
                yield from one.words()

    @property
    def grid(self) -> list[list[str]]:
        """The texts of a table."""
        return [[cell.text for cell in row.all("th") + row.all("td")] for row in self.all("tr")]


class Tree(HTMLParser):
    """Reads a page, and fails where a tag is left open or closed without being open."""

    EMPTY = frozenset(("meta", "br", "hr", "img", "input", "link"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open = [Node("", {})]
        self.feed(text)
        self.close()
        assert len(self.open) == 1, f"left open: {[one.name for one in self.open]}"
        self.root = self.open[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({key for key, _ in attrs}) == len(attrs), f"<{tag}> repeats an attribute"
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in self.EMPTY:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> inside <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(path: Path) -> Node:
    return Tree(path.read_text(encoding="utf-8")).root


def table(page: Node, title: str) -> Node:
    (found,) = [one for one in page.all("table") if one.all("strong")[0].text == title]
    return found


def three(value: float) -> str:
    return f"{value:.3f}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """Return a results.json and the report of it."""
    folder = tmp_path_factory.mktemp("report")
    document = make_results(folder / "nemo")
    return document, report([folder / "nemo"], folder / "report.html")


def test_the_checker_of_pages_can_fail() -> None:
    for wrong in ("<p>", "<p></b></p>", "</p>", '<p id="a" id="b"></p>'):
        with pytest.raises(AssertionError, match=r"open|inside|repeats"):
            Tree(wrong)
    assert Tree("<p>a<br>b</p>").root.text == "ab"


def test_scores_on_the_page_are_those_of_the_results(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    page = read_page(path)
    assert [one.text for one in page.all("h1")] == [document["title"]]
    assert "nemo: 900 utterances, 9 speakers, 6 classes" in page.text
    assert "Chance UA 0.167" in page.text
    for line in document["protocol"]["lines"]:
        assert line in page.text
    head, *rows = table(page, "Scores, with 95 % intervals in brackets").grid
    assert head == ["System", "UA", "WA", "Macro-F1"]
    assert rows == [
        [f"{one['name']} normalise {one['normalise']}, 88 columns, sample rate as recorded"]
        + [
            f"{three(told['value'])} [{three(told['low'])}, {three(told['high'])}]"
            for told in one["scores"].values()
        ]
        for one in document["systems"]
    ]
    head, *rows = table(page, "Recall of every class").grid
    total = [sum(row) for row in document["systems"][0]["confusion"]]
    named = [f"{name} n = {count}" for name, count in zip(CLASSES, total, strict=True)]
    assert head == ["System", *named]
    assert rows == [
        [one["name"], *map(three, one["recall"].values())] for one in document["systems"]
    ]


def place(value: float) -> str:
    """Where a score stands on the scale from 0 to 1, which leaves 2 % at either end."""
    return f"{2 + 96 * value:.2f}%"


def test_intervals_are_drawn_to_scale(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    found = table(read_page(path), "Scores, with 95 % intervals in brackets")
    for row, one in zip(found.all("tbody")[0].all("tr"), document["systems"], strict=True):
        ua = one["scores"]["ua"]
        (dot,), (bar,), (chance,) = (row.all(*kind) for kind in MARKS)
        assert dot.attributes["cx"] == place(ua["value"])
        ends = [bar.attributes["x1"], bar.attributes["x2"]]
        assert ends == [place(ua["low"]), place(ua["high"])]
        assert chance.attributes["x1"] == chance.attributes["x2"] == place(1 / 6)
    ticks = found.all("thead")[0].all("text")
    assert [one.attributes["x"] for one in ticks[1:]] == [place(one / 4) for one in range(5)]
    (bar,) = Tree(interval(0.99, -0.2, 1.3, 0.5)).root.all("line", "bar")
    assert (bar.attributes["x1"], bar.attributes["x2"]) == (place(0), place(1))


MARKS = (("circle", "dot"), ("line", "bar"), ("line", "chance"))


def test_learning_curves_mark_the_epoch_that_was_chosen(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    figures = [one for one in read_page(path).all("figure") if one.all("svg", "curve")]
    for figure, one in zip(figures, document["curves"], strict=True):
        best = one["best"]
        said = f"{one['name']} 20 epochs, best {best} with dev UA {three(max(one['dev_ua']))}"
        assert figure.text == said
        points = [re.findall(r"[\d.]+", line.attributes["d"] or "") for line in figure.all("path")]
        ua, loss = (np.array(line, float).reshape(-1, 2) for line in points)
        assert len(ua) == len(loss) == 20
        assert np.argmin(ua[:, 1]) == best - 1  # down is up in a picture
        assert (np.diff(loss[:, 1]) > 0).all()
        for circle, line in zip(figure.all("circle"), (ua, loss), strict=True):
            where = [float(circle.attributes[key] or 0) for key in ("cx", "cy")]
            assert where == pytest.approx(line[best - 1], abs=0.06)


def test_comparisons_name_what_is_subtracted(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    page = read_page(path)
    pairs = document["comparisons"]
    found = table(page, f"Systems in pairs: {pairs[0]['test']}")
    head, *rows = found.grid
    assert head == ["Systems", "Mean difference in UA", "p", "p after Holm"]
    assert [row[0] for row in rows] == [f"{one['second']} minus {one['first']}" for one in pairs]
    assert [row[1].replace("\N{MINUS SIGN}", "-") for row in rows] == [
        f"{one['difference']:+.3f}" for one in pairs
    ]
    assert [row[2:] for row in rows] == [[three(one["p"]), three(one["p_holm"])] for one in pairs]
    bold = [bool(row.all("b")) for row in found.all("tbody")[0].all("tr")]
    assert bold == [one["p_holm"] < 0.05 for one in pairs]
    assert "With 9 speakers the smallest p this test can give is 0.004, and" in page.text


def test_confusions_show_counts_shares_and_shades(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    page = read_page(path)
    for one in document["systems"]:
        found = table(page, f"Confusion of {one['name']}")
        head, *rows = found.grid
        assert head == ["Reference", *CLASSES]
        for row, cells, name, counts in zip(
            found.all("tbody")[0].all("tr"), rows, CLASSES, one["confusion"], strict=True
        ):
            shares = [count / sum(counts) for count in counts]
            assert cells == [name] + [
                f"{count} {round(100 * share)} %" if count else "0"
                for count, share in zip(counts, shares, strict=True)
            ]
            shades = [cell.attributes["style"] for cell in row.all("td")]
            assert shades == [f"--share:{share:.3f}" for share in shares]
            own = [place for place, cell in enumerate(row.all("td")) if "own" in cell.looks]
            assert own == [CLASSES.index(name)]


def test_every_speaker_is_drawn_and_written(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    page = read_page(path)
    head, *rows = table(page, "UA of every speaker").grid
    assert head == ["Speaker", *(one["name"] for one in document["systems"])]
    systems = document["systems"]
    assert rows == [
        [f"{name} n = {systems[0]['per_speaker'][name]['utterances']}"]
        + [three(one["per_speaker"][name]["ua"]) for one in systems]
        for name in document["speakers"]
    ]
    drawn = table(page, "UA of every speaker, drawn").all("tbody")[0].all("tr")
    for row, one in zip(drawn, systems, strict=True):
        ordered = sorted(one["per_speaker"].items(), key=lambda told: told[1]["ua"])
        circles = row.all("circle")
        said = [circle.all("title")[0].text for circle in circles]
        assert said == [f"{name} {three(told['ua'])}" for name, told in ordered]
        assert [one.attributes["cx"] for one in circles] == [place(t["ua"]) for _, t in ordered]


def test_the_protocol_card(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    page = read_page(path)
    head, *rows = table(page, "Folds: utterances and speakers").grid
    assert head[:4] == ["Fold", "Train", "Dev", "Test"]
    assert head[4:] == [f"chosen by {one['name']}" for one in document["systems"]]
    for place, (row, fold) in enumerate(zip(rows, document["folds"], strict=True)):
        assert row[:2] == [fold["name"], f"{fold['train']} the other 8 speakers"]
        assert row[2:4] == ["0 \N{EN DASH}", f"{fold['test']} {fold['name']}"]
        assert row[4:] == [f"C {(0.1, 0.3, 1)[place % 3]}"] * len(document["systems"])
    _, *rows = table(page, "Feature sets").grid
    assert [row[0] for row in rows] == ["egemaps", "compare", "zhao2018-asmmc-compact"]
    assert "9f" * 32 in rows[2]
    assert {row[-1] for row in rows} == {"openSMILE research licence"}
    for fact in (document["command"], document["created"], "scikit-learn 1.9.1"):
        assert fact in page.text


def test_every_table_of_scores_carries_its_protocol(tmp_path: Path) -> None:
    make_results(tmp_path / "made", **SHAKY)
    path = report([tmp_path / "made"], tmp_path / "report.html")
    page = read_page(path)
    for one in page.all("table"):
        if one.looks[0] != "words":
            said = one.all("caption")[0].text
            assert "random split, SPEAKER-DEPENDENT, CONTAMINATED (2 warnings above)" in said
    warned = [one.text for one in page.all("p", "warning")]
    assert warned == [f"Warning. {one}" for one in SHAKY["protocol"]["warnings"]]
    assert "no speaker is in both" not in page.text
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert all(f"**Warning: {one}**" in text for one in SHAKY["protocol"]["warnings"])
    protocol = SHAKY["protocol"] | {"warnings": []}
    make_results(tmp_path / "silent", **SHAKY | {"protocol": protocol})
    silent = read_page(report([tmp_path / "silent"], tmp_path / "silent.html"))
    (line,) = silent.all("p", "warning")
    assert line.text.startswith("Warning. SPEAKER-DEPENDENT")


def test_few_speakers_cannot_reach_significance_and_the_page_says_so(tmp_path: Path) -> None:
    make_results(tmp_path / "made", systems=2, speakers=4)
    page = read_page(report([tmp_path / "made"], tmp_path / "report.html"))
    said = "With 4 speakers the smallest p this test can give is 0.125: no difference can reach"
    assert said in page.text
    pairs = table(page, "Systems in pairs: exact sign-flip test on the UA of 4 speakers")
    assert not pairs.all("b")


def test_names_are_text_wherever_they_stand(tmp_path: Path) -> None:
    nasty = "<script>alert(\"1\")</script> & 'x' \x00 `|`"
    document = make_results(
        tmp_path / "made",
        systems=2,
        speakers=9,
        names=[nasty, "<i>"] + [f"<b>{place}</b>" for place in range(7)],
        classes=["</style><script>", "Ärger | Wut", "<img src=x onerror=alert(1)>"],
        title=f"{nasty} \ud800",
        corpus='"><script src=//evil>',
        command="dsf evaluate '<b>'",
        licence="x",
    )
    path = report([tmp_path / "made"], tmp_path / "report.html")
    page = read_page(path)
    text = path.read_text(encoding="utf-8")
    assert not page.all("script")
    assert not page.all("img")
    assert {one.text for one in page.all("b")} <= {
        three(value)
        for one in document["systems"] + document["comparisons"]
        for value in (one.get("p_holm", 0), one.get("scores", {}).get("ua", {}).get("value", 0))
    }
    assert not any(key.startswith("on") for one in page.inside() for key in one.attributes)
    assert "\x00" not in text
    (heading,) = page.all("h1")
    shown = nasty.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert heading.text == f"{shown} \\ud800"
    assert shown in table(page, "UA of every speaker").text
    assert "Ärger | Wut" in table(page, "Recall of every class").grid[0][2]
    rows = path.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith(r"# &lt;script&gt;alert(") for row in rows)
    header = next(row for row in rows if row.startswith("| System | &lt;/style"))
    assert header.count("|") - header.count("\\|") == 5
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def test_the_page_needs_nothing_else(made: tuple[dict[str, Any], Path]) -> None:
    _, path = made
    text = path.read_text(encoding="utf-8")
    for forbidden in ("http://", "https://", "url(", "@import", "javascript:", "src="):
        assert forbidden not in text
    page = read_page(path)
    names = {one.name for one in page.inside()}
    assert not names & {"script", "link", "img", "image", "iframe", "object", "embed", "use"}
    assert all((one.attributes["href"] or "").startswith("#") for one in page.all("a"))
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_is_well_formed_and_can_be_read_aloud(tmp_path: Path) -> None:
    make_results(tmp_path / "one")
    make_results(tmp_path / "two", **SHAKY)
    page = read_page(report([tmp_path / "one", tmp_path / "two"], tmp_path / "report.html"))
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    ids = [one.attributes["id"] for one in page.inside() if "id" in one.attributes]
    assert len(ids) == len(set(ids)) > 10
    assert {(one.attributes["href"] or "")[1:] for one in page.all("a")} <= set(ids)
    levels = [int(one.name[1]) for one in page.inside() if re.fullmatch("h[1-6]", one.name)]
    assert levels[0] == 1
    assert all(next_ <= level + 1 for level, next_ in pairwise(levels))
    assert [one.text for one in page.all("h2")] == ["nemo: leave one speaker out", "shaky"]
    for one in page.all("table"):
        assert one.all("caption")[0].text
        width = len(one.all("thead")[0].all("th"))
        for row in one.all("tbody")[0].all("tr"):
            assert row.all("th")[0].attributes["scope"] == "row"
            assert len(row.all("th") + row.all("td")) == width
    pictures = [one for one in page.all("svg") if one.attributes.get("role") == "img"]
    assert len(pictures) > 10
    assert all(one.all("title")[0].text for one in pictures)
    others = [one for one in page.all("svg") if one not in pictures]
    nested = [inner for one in page.all("svg") for inner in one.all("svg")]
    assert all(one.attributes.get("aria-hidden") for one in others if one not in nested)


def test_the_files_beside_hold_the_same_numbers(made: tuple[dict[str, Any], Path]) -> None:
    document, path = made
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert [one["results"] for one in told["evaluations"]] == [document]
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {(row["system"], row["measure"], row["of"]): row for row in rows}
    assert len(found) == len(rows) == 4 * (3 + len(CLASSES) + 9)
    for one in document["systems"]:
        for name, score in one["scores"].items():
            row = found[one["name"], name, ""]
            assert [float(row[key]) for key in ("value", "low", "high")] == list(score.values())
        for name, value in one["recall"].items():
            row = found[one["name"], "recall", name]
            assert (float(row["value"]), row["low"], row["high"]) == (value, "", "")
        for name, speaker in one["per_speaker"].items():
            assert float(found[one["name"], "speaker_ua", name]["value"]) == speaker["ua"]
    assert {row["folder"] for row in rows} == {str(path.with_name("nemo"))}
    assert {row["protocol"].partition(";")[0] for row in rows} == {"leave one speaker out"}
    # Markdown has the very tables of the page
    page = read_page(path)
    lines = path.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    written = [
        [" ".join(re.sub(r"[\\()]", "", cell).split()) for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.startswith("| ")
    ]
    shown = [row for one in page.all("table") if "drawn" not in one.text[:30] for row in one.grid]
    assert written == shown


def test_what_is_missing_is_left_out_or_said(tmp_path: Path) -> None:
    document = make_results(tmp_path / "made", systems=1, comparisons=[], curves=[], speakers=9)
    (tmp_path / "made/map.csv").unlink()
    (tmp_path / "made/predictions.csv").unlink()
    system = document["systems"][0]
    for score in system["scores"].values():
        score["low"] = score["high"] = None
    system["recall"]["fear"] = None
    system["per_speaker"] = {}
    for name in ("kernel", "encoder_sha256", "sample_rates"):
        del system[name]
    document["speakers"] = []
    (tmp_path / "made/results.json").write_text(json.dumps(document), encoding="utf-8")
    path = report([tmp_path / "made"], tmp_path / "report.html")
    page = read_page(path)
    titles = [one.text for one in page.all("h2")]
    assert titles == ["Scores", "Confusions", "Protocol card"]
    assert "map.csv is not in the folder: no map is drawn" in page.text
    assert "predictions.csv is not in the folder" in page.text
    assert three(system["scores"]["ua"]["value"]) + " no interval" in page.text
    assert table(page, "Recall of every class").grid[1][2] == "\N{EN DASH}"
    assert "None" not in page.text
    assert "None" not in path.with_suffix(".md").read_text(encoding="utf-8")


def test_a_class_without_an_utterance_does_not_count_as_chance(tmp_path: Path) -> None:
    document = make_results(tmp_path / "made", systems=1)
    (tmp_path / "made/predictions.csv").unlink()
    document["classes"].append("never")
    system = document["systems"][0]
    system["confusion"] = [[*row, 0] for row in system["confusion"]] + [[0] * 7]
    system["recall"]["never"] = None
    (tmp_path / "made/results.json").write_text(json.dumps(document), encoding="utf-8")
    page = read_page(report([tmp_path / "made"], tmp_path / "report.html"))
    assert "Chance UA 0.167" in page.text
    assert table(page, f"Confusion of {system['name']}").grid[-1][1] == "0"


def test_maps_draw_a_seeded_sample_every_class_in_its_shape(tmp_path: Path) -> None:
    make_results(tmp_path / "made", systems=1, rows=2500)
    path = report([tmp_path / "made"], tmp_path / "report.html")
    (picture,) = read_page(path).all("svg", "map")
    looks = {tuple(one.looks) for one in picture.all("path", "points")}
    assert looks == {("points", f"c{number}") for number in range(6)}
    drawn = sum((one.attributes["d"] or "").count("M") for one in picture.all("path", "points"))
    assert drawn == DRAWN == 2000
    assert "2000 of 2500 utterances, drawn at random (seed 0)" in read_page(path).text
    assert len({one.attributes["d"] for one in picture.all("path", "mean")}) == 6
    again = report([tmp_path / "made"], tmp_path / "again.html")
    assert again.read_bytes() == path.read_bytes()
    everything = list(range(5000))
    assert sample(everything) == sample(everything) != everything[:DRAWN]
    assert sample(everything) == sorted(set(sample(everything)))
    assert sample([1, 2, 3]) == [1, 2, 3]


def test_a_far_point_does_not_squeeze_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    near = [(float(x), float(y), "a") for x, y in rng.normal(0, 1, (400, 2))]

    def width(points: list[tuple[float, float, str]]) -> float:
        (picture,) = Tree(scatter(points, ["a", "b"], "map")).root.all("svg")
        data = " ".join(one.attributes["d"] or "" for one in picture.all("path", "points"))
        xs = sorted(float(x) for x in re.findall(r"M(\S+) ", data))
        return xs[300] - xs[100]

    assert width([*near, (1e6, 1e6, "b")]) > 0.8 * width(near) > 10


@pytest.mark.parametrize("points", [[], [(1.0, 1.0, "a")], [(1.0, 1.0, "a")] * 3])
def test_maps_of_next_to_nothing(points: list[tuple[float, float, str]]) -> None:
    assert "nan" not in scatter(points, ["a"], "map")


def test_colours_differ_also_for_the_colour_blind() -> None:
    """Machado, Oliveira and Fernandes 2009; distances in OKLab, where 0.02 is just noticeable."""
    style = (ROOT / "baselines/report/report.css").read_text(encoding="utf-8")
    found = re.findall(r"--c\d: (#\w+)", style)
    papers = re.findall(r"--paper: (#\w+)", style)
    assert len(found) == 2 * COLOURS
    assert len(papers) == 2
    for place, paper in enumerate(papers):
        colours = np.array([linear(one) for one in found[place * COLOURS : (place + 1) * COLOURS]])
        for name, seen in SIGHT.items():
            lab = oklab(np.clip(colours @ np.array(seen).T, 0, 1))
            apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
            assert apart[~np.eye(COLOURS, dtype=bool)].min() > 0.09, name
        light = np.sort([luminance(colours), np.full(COLOURS, luminance(linear(paper)))], axis=0)
        assert ((light[1] + 0.05) / (light[0] + 0.05)).min() > 3


SIGHT = {
    "all": np.eye(3).tolist(),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour: str) -> Any:
    values = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: Any) -> Any:
    return colour @ np.array([0.2126, 0.7152, 0.0722])


def oklab(colour: Any) -> Any:
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    axes = np.array([[0.211, 0.794, -0.004], [1.978, -2.429, 0.451], [0.026, 0.783, -0.809]])
    return np.cbrt(colour @ cones.T) @ axes.T


def test_a_large_report_stays_small(tmp_path: Path) -> None:
    make_results(tmp_path / "made", systems=6, rows=4481)
    path = report([tmp_path / "made"], tmp_path / "report.html")
    assert 100_000 < path.stat().st_size < 1_000_000


def change(folder: Path, **changes: Any) -> None:
    path = folder / "results.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | changes), encoding="utf-8")


def damage(name: str, old: str, new: str) -> Any:
    def act(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return act


MISTAKES: dict[str, tuple[Any, str]] = {
    "no folder": (shutil.rmtree, r"made: no such folder, need a results folder \(dsf evaluate"),
    "no results": (lambda f: (f / "results.json").unlink(), r"made: no results\.json, need a res"),
    "half a file": (
        lambda f: (f / "results.json").write_text('{"format": "deep', encoding="utf-8"),
        r"results\.json: damaged \(Unterminated string .*\), need JSON",
    ),
    "not text": (
        lambda f: (f / "results.json").write_bytes(b"\xff\xfe\x00"),
        r"results\.json: damaged \('utf-8' codec .*\), need JSON",
    ),
    "deep": (
        lambda f: (f / "results.json").write_text("[" * 100_000, encoding="utf-8"),
        r"results\.json: damaged \(.*recursion.*\), need JSON",
    ),
    "NaN": (damage("results.json", '"utterances": 900', '"utterances": NaN'), "NaN is not JSON"),
    "a list": (
        lambda f: (f / "results.json").write_text("[]", encoding="utf-8"),
        "not the results of an evaluation, need format 'deepspectrum-results'",
    ),
    "newer": (
        lambda f: change(f, version=2),
        r"results\.json: format version 2, this program reads 1",
    ),
    "type": (lambda f: change(f, title=7), r"results\.json: title: 7, need text$"),
    "truth": (lambda f: change(f, utterances=True), r"utterances: true, need a whole number$"),
    "list": (lambda f: change(f, speakers="ab"), r'speakers: "ab", need a list$'),
    "object": (lambda f: change(f, protocol=[]), r"protocol: \[\], need an object$"),
    "missing": (damage("results.json", '"recall"', '"recalls"'), r"systems\[0\]\.recall: missing$"),
    "score": (
        damage("results.json", '"low": ', '"low": "x", "lower": '),
        r'systems\[0\]\.scores\.ua\.low: "x", need a number$',
    ),
    "endless": (
        damage("results.json", '"low": ', '"low": 1e999, "lower": '),
        r"systems\[0\]\.scores\.ua\.low: Infinity, need a number$",
    ),
    "no score": (
        damage("results.json", '"low": ', '"low": true, "lower": '),
        r"systems\[0\]\.scores\.ua\.low: true, need a number$",
    ),
    "no systems": (lambda f: change(f, systems=[], comparisons=[]), "no systems, need at least"),
    "classes": (lambda f: change(f, classes=["a"]), r"confusion of .*, need 1 rows of 1 counts"),
    "pair": (damage("results.json", '"first": "egemaps', '"first": "EGEMAPS'), "not among the sys"),
    "curve": (damage("results.json", '"epochs": [', '"epochs": [0,'), "need as many losses"),
    "other predictions": (
        damage("predictions.csv", "egemaps svm-linear global", "compare svm-linear global"),
        r"predictions\.csv: other counts than the confusion matrix of .* in results\.json, need",
    ),
    "no column": (damage("predictions.csv", "predicted", "said"), "no column predicted, need"),
    "short line": (damage("predictions.csv", ",0.wav,0.0,", ",0.wav,"), "line 2: need 8 cells"),
    "no number": (
        lambda f: (f / "map.csv").write_text("features,label,x,y\na,fear,nan,1\n"),
        r'map\.csv: line 2: "fear", "nan", "1", need a class and two numbers',
    ),
    "no class": (
        lambda f: (f / "map.csv").write_text("features,label,x,y\na,ennui,1,1\n"),
        r'map\.csv: line 2: "ennui", "1", "1", need a class and two numbers',
    ),
    "no table": (lambda f: (f / "map.csv").write_bytes(b"\xff"), r"map\.csv: damaged \('utf-8'"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_in_one_line_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    make_results(tmp_path / "made")
    act, message = MISTAKES[name]
    act(tmp_path / "made")
    with pytest.raises(DsfError, match=message) as caught:
        report([tmp_path / "made"], tmp_path / "report.html")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("*report*"))


def test_systems_that_scored_other_rows_are_refused(tmp_path: Path) -> None:
    document = make_results(tmp_path / "made")
    document["systems"][1]["confusion"][0][0] += 1
    change(tmp_path / "made", systems=document["systems"])
    with pytest.raises(DsfError, match="scores other rows than"):
        report([tmp_path / "made"], tmp_path / "report.html")


def test_the_results_themselves_are_never_overwritten(tmp_path: Path) -> None:
    make_results(tmp_path / "made")
    before = (tmp_path / "made/results.json").read_bytes()
    for name in ("results", "predictions", "map"):
        with pytest.raises(DsfError, match=rf"{name}\.html: belongs to the results"):
            report([tmp_path / "made"], tmp_path / f"made/{name}.html")
    with pytest.raises(DsfError, match=r"report\.pdf: need a name ending in \.html"):
        report([tmp_path / "made"], tmp_path / "report.pdf")
    with pytest.raises(DsfError, match=r"nowhere: no such folder, need one to write a\.html in"):
        report([tmp_path / "made"], tmp_path / "nowhere/a.html")
    assert (tmp_path / "made/results.json").read_bytes() == before
    inside = report([tmp_path / "made"], tmp_path / "made/report.html")
    assert inside.exists()


def test_the_format_is_the_one_that_evaluations_write() -> None:
    assert (FORMAT, VERSION) == (results.FORMAT, results.VERSION)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_results(tmp_path / "one")
    make_results(tmp_path / "two", **SHAKY)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, ["one", "two"])
    assert (done.exit_code, done.stdout) == (0, "report.html\n")
    beside = ["report.md", "report.csv", "report.json"]
    assert done.stderr.splitlines() == [f"also written: {name}" for name in beside]
    assert all(Path(name).exists() for name in ("report.html", *beside))
    again = CliRunner().invoke(command, ["one", "-o", "report.html"])
    assert again.exit_code == 0
    assert "shaky" not in Path("report.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(command, []).exit_code == 2
    assert "replaced" in CliRunner().invoke(command, ["--help"]).stdout


class Browser:
    """A headless Chromium that is spoken to over a pipe, in its DevTools protocol."""

    def __init__(self, program: str, home: Path) -> None:
        read_here, self.ear = os.pipe(), -1
        write_here = os.pipe()
        # the browser reads from its descriptor 3 and writes to 4
        away = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_here[0], write_here[1])]
        self.mouth, self.ear = read_here[1], write_here[0]
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
        self.process = subprocess.Popen(
            [program, *options, "--remote-debugging-pipe", f"--user-data-dir={home}"],
            preexec_fn=lambda: (os.dup2(away[0], 3), os.dup2(away[1], 4)),
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (read_here[0], write_here[1], *away):
            os.close(end)
        self.numbers, self.heard, self.events = count(1), b"", []
        self.session: dict[str, str] = {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        joined = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": joined["sessionId"]}
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params} | self.session
        os.write(self.mouth, json.dumps(message).encode() + b"\0")
        while (answer := self.listen()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def listen(self) -> Any:
        while b"\0" not in self.heard:
            assert select.select([self.ear], [], [], 60)[0], "the browser says nothing"
            got = os.read(self.ear, 1 << 20)
            assert got, "the browser is gone"
            self.heard += got
        message, _, self.heard = self.heard.partition(b"\0")
        return json.loads(message)

    def open(self, path: Path, width: int, scheme: str) -> None:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", media="screen", features=[feature])
        self.events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self.listen())

    def said(self, *methods: str) -> list[Any]:
        return [one["params"] for one in self.events if one.get("method") in methods]

    def value(self, code: str) -> Any:
        told = self.ask("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"]["value"]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        os.close(self.mouth)
        os.close(self.ear)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser, or skip where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium here: the page is not rendered")
    started = Browser(program, tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of two evaluations with long names, many systems and two classes."""
    folder = tmp_path_factory.mktemp("hard")
    names = ["x", "Wolfeschlegelsteinhausenbergerdorff-Łukaszewska", *"abcdefg"]
    make_results(folder / "one", systems=6, names=names)
    long = {"title": "a-title-" + "x" * 90, "command": "dsf evaluate " + "x" * 90}
    classes = ["anger_and_frustration_together", "neutral"]
    make_results(folder / "two", **SHAKY | long, classes=classes)
    return report([folder / "one", folder / "two"], folder / "report.html")


SCREENS = [(360, "light"), (360, "dark"), (1200, "light"), (1200, "dark")]

#: Elements, but for what lies in a box that scrolls, that reach beyond the screen.
BEYOND = """[...document.querySelectorAll('body *')].filter(one =>
  one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
  && !one.closest('.scroll > table')
).map(one => one.outerHTML.slice(0, 80))"""

#: Words of a picture that its edge cuts.
CUT = """[...document.querySelectorAll('svg text')].filter(one => {
  const word = one.getBoundingClientRect(), own = one.closest('svg').getBoundingClientRect();
  return word.left < own.left - 0.5 || word.right > own.right + 0.5 || word.top < own.top - 1
    || word.bottom > own.bottom + 1;
}).map(one => one.textContent)"""

#: The least contrast of any text to what it stands on, and that text.
CONTRAST = """(() => {
  const parse = text => { const v = text.match(/[\\d.]+/g).map(Number); return [...v.slice(0, 3),
    v.length > 3 ? v[3] : 1]; };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = colour => colour.map(v => v / 255).map(v =>
    v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  ).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = one => one ? over(parse(getComputedStyle(one).backgroundColor),
    ground(one.parentElement)) : [255, 255, 255];
  let least = [99, ''], texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || one.closest('title')) continue;
    const style = getComputedStyle(one), below = ground(one);
    const ink = parse(one.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(over(ink, below)), light(below)].sort((x, y) => y - x);
    texts += 1;
    least = (a + 0.05) / (b + 0.05) < least[0] ? [(a + 0.05) / (b + 0.05), one.outerHTML] : least;
  }
  return [...least, texts];
})()"""


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_the_page_fits_is_legible_and_asks_for_nothing(
    width: int, scheme: str, hard: Path, browser: Browser
) -> None:
    browser.open(hard, width, scheme)
    asked = [one["request"]["url"] for one in browser.said("Network.requestWillBeSent")]
    assert asked == [hard.as_uri()]
    assert not browser.said("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert browser.value("document.compatMode") == "CSS1Compat"
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("innerWidth") == width
    assert browser.value(BEYOND) == []
    assert browser.value(CUT) == []
    ratio, where, texts = browser.value(CONTRAST)
    assert ratio >= 4.5, where
    assert texts > 500
    paper = browser.value("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]


def test_the_checks_of_the_browser_can_fail(tmp_path: Path, browser: Browser) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<!DOCTYPE html><meta name=viewport content='width=device-width'>"
        "<style>@import 'http://127.0.0.1:9/x.css'</style><p style='width:500px;color:#999'>pale"
        "<svg width=20 height=20><text y=10>longer</text></svg><script>console.log(1)</script>",
        encoding="utf-8",
    )
    browser.open(page, 360, "light")
    assert len(browser.said("Network.requestWillBeSent")) == 2
    assert browser.said("Runtime.consoleAPICalled")
    assert browser.value("document.documentElement.scrollWidth") > 360
    assert browser.value(BEYOND)
    assert browser.value(CUT) == ["longer"]
    assert browser.value(CONTRAST)[0] < 3


def test_print_is_light_and_cuts_nothing(hard: Path, browser: Browser) -> None:
    browser.open(hard, 688, "dark")  # the width of a sheet between its margins
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    browser.ask("Emulation.setEmulatedMedia", media="print", features=[dark])
    paper = browser.value("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert browser.value(BEYOND.replace("  && !one.closest('.scroll > table')", "")) == []
    assert browser.value(CONTRAST)[0] >= 4.5
    printed = browser.ask("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
