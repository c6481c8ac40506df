"""The page itself: pictures to scale, names as text, colours apart, nothing asked of a network."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_results import SHAKY, doubled, learning_curve, points, renamed
from page_tree import Tree, read_page, table

from deepspectrum_features.baselines.records import Point, Score
from deepspectrum_features.baselines.report import report
from deepspectrum_features.baselines.report.feature_map import (
    COLOURS,
    DRAWN,
    Map,
    feature_map,
    sample,
)
from deepspectrum_features.baselines.report.figures import axis, dots, interval
from deepspectrum_features.baselines.report.ranking import ranked
from deepspectrum_features.baselines.report.scale import Scale
from deepspectrum_features.baselines.results import Results

ROOT = Path(__file__).parents[1]


def three(value: float | None) -> str:
    return f"{value:.3f}"


def place(value: float) -> str:
    """Where a score stands on the scale from 0 to 1, which leaves 2 % at either end."""
    return f"{2 + 96 * value:.2f}%"


@pytest.fixture(scope="module")
def whole(evaluated: Results) -> Results:
    """Return results with everything that a page can show."""
    return replace(evaluated, curves=tuple(map(learning_curve, evaluated.speakers[:4])))


@pytest.fixture(scope="module")
def path(whole: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of them."""
    return report([whole], tmp_path_factory.mktemp("page") / "report.html")


def test_the_checker_of_pages_can_fail() -> None:
    for wrong in ("<p>", "<p></b></p>", "</p>", '<p id="a" id="b"></p>'):
        with pytest.raises(AssertionError, match=r"open|inside|repeats"):
            Tree(wrong)
    assert Tree("<p>a<br>b</p>").root.text == "ab"


MARKS = (("circle", "dot"), ("line", "bar"), ("line", "chance"))


def test_intervals_are_drawn_to_scale(whole: Results, path: Path) -> None:
    found = table(read_page(path), "Scores, with 95 % intervals in brackets")
    for row, one in zip(found.all("tbody")[0].all("tr"), ranked(whole).systems, strict=True):
        ua = one.scores["ua"]
        assert ua.value is not None
        assert ua.low is not None
        assert ua.high is not None
        (dot,), (bar,), (chance,) = (row.all(*kind) for kind in MARKS)
        assert dot.attributes["cx"] == place(ua.value)
        assert [bar.attributes["x1"], bar.attributes["x2"]] == [place(ua.low), place(ua.high)]
        assert chance.attributes["x1"] == chance.attributes["x2"] == place(1 / 4)
    ticks = found.all("thead")[0].all("text")
    assert [one.attributes["x"] for one in ticks[1:]] == [place(one / 4) for one in range(5)]
    assert interval(Score(0.99, -0.2, 1.3), 0.5, Scale()).ends == (place(0), place(1))
    assert interval(Score(None), 0.5, Scale()).dot is None
    assert interval(Score(1.0, 1.0, 1.0), 0.5, Scale()).ends is None


@pytest.mark.slow
def test_scores_below_zero_have_their_place(numbered: Results, tmp_path: Path) -> None:
    """A quarter below zero there is the end: five quarters share what four had."""

    def five(value: float) -> str:
        return f"{2 + 96 * (value + 0.25) / 1.25:.2f}%"

    page = read_page(report([numbered], tmp_path / "report.html"))
    found = table(page, "Scores, with 95 % intervals in brackets")
    values = []
    for row, one in zip(found.all("tbody")[0].all("tr"), ranked(numbered).systems, strict=True):
        ccc = one.scores["ccc"]
        assert ccc.value is not None
        assert ccc.low is not None
        assert ccc.high is not None
        values.append(ccc.value)
        (dot,), (bar,) = (row.all(*kind) for kind in MARKS[:2])
        assert dot.attributes["cx"] == five(ccc.value)
        assert [bar.attributes["x1"], bar.attributes["x2"]] == [five(ccc.low), five(ccc.high)]
    assert -0.25 < min(values) < 0 < max(values)
    ticks = [(one.attributes["x"], one.text) for one in found.all("thead")[0].all("text")]
    assert ticks == [(five(one / 4), f"{one / 4:g}") for one in range(5)]
    assert not page.all("line", "chance")
    assert Scale.of([0.3, -0.3]).low == -0.5
    assert Scale.of([-0.9]).low == Scale.of([-1.0]).low == -1
    assert Scale.of([None, 0.4]) == Scale()
    assert [text for _, text in axis(None, Scale(-0.5)).ticks][:2] == ["\N{MINUS SIGN}0.25", "0"]


def test_the_names_of_the_lowest_and_the_highest_stand_beside_their_dots() -> None:
    drawn = dots({"a": 0.5, "somebody else": 0.2, "c": 0.7}, 0.4, 0.25, Scale())
    assert [(one.text, one.place) for one in drawn.names] == [
        ("somebody\N{HORIZONTAL ELLIPSIS}", place(0.2)),
        ("c", place(0.7)),
    ]
    assert drawn.pooled == place(0.4)
    assert dots({"a": 0.05, "b": 0.95}, None, 0.25, Scale()).names == ()  # no room at the edges
    tied = dots({"a": 0.2, "b": 0.2, "c": 0.7}, None, 0.25, Scale())
    assert [one.text for one in tied.names] == ["c"]  # nobody alone is the lowest
    assert not dots(dict.fromkeys("abcdefghij", 0.5), None, 0.25, Scale()).names
    assert dots({}, None, 0.25, Scale()).said == "no speakers; chance 0.250"


def test_learning_curves_mark_the_epoch_that_was_chosen(whole: Results, path: Path) -> None:
    figures = [one for one in read_page(path).all("figure") if one.all("svg", "curve")]
    for figure, one in zip(figures, whole.curves, strict=True):
        best = one.best
        assert best is not None
        highest = max(value for value in one.dev_ua if value is not None)
        assert figure.text == f"{one.name} 20 epochs, best {best} with dev UA {three(highest)}"
        drawn = [re.findall(r"[\d.]+", line.attributes["d"] or "") for line in figure.all("path")]
        ua, loss = (np.array(line, float).reshape(-1, 2) for line in drawn)
        assert len(ua) == len(loss) == 20
        assert np.argmin(ua[:, 1]) == best - 1  # down is up in a picture
        assert (np.diff(loss[:, 1]) > 0).all()
        for circle, line in zip(figure.all("circle"), (ua, loss), strict=True):
            where = [float(circle.attributes[key] or 0) for key in ("cx", "cy")]
            assert where == pytest.approx(line[best - 1], abs=0.06)


def test_curves_of_next_to_nothing(evaluated: Results, tmp_path: Path) -> None:
    one = learning_curve("a")
    none = replace(one, epochs=(), train_loss=(), dev_ua=(), best=None)
    gaps = replace(one, epochs=(1, 2), train_loss=(0.0, None), dev_ua=(None, None), best=2)
    out = report([replace(evaluated, curves=(none, gaps))], tmp_path / "report.html")
    figures = [one for one in read_page(out).all("figure") if one.all("svg", "curve")]
    assert [figure.text for figure in figures] == ["fold a 0 epochs", "fold a 2 epochs, best 2"]
    assert "nan" not in out.read_text(encoding="utf-8")


def test_names_are_text_wherever_they_stand(evaluated: Results, tmp_path: Path) -> None:
    nasty = "<script>alert(\"1\")</script> & 'x' \x00 `|`"
    names = {
        "a": nasty,
        "b": "<i>",
        "c": "<b>c</b>",
        "{{ 7 * 7 }}": "",
        "d": "{{ 7 * 7 }}{% if %}",
        "fear": "</style><script>",
        "Ärger": "Ärger | Wut",
        "neutral": "<img src=x onerror=alert(1)>",
        "tones": '"><script src=//evil>',
        "egemaps": "<b>egemaps</b>",
        evaluated.systems[0].name: "<i>\x07</i>",
        evaluated.title: "TITLE",
        evaluated.command: "dsf evaluate '<b>'",
        evaluated.protocol.lines[0]: "<script>",
    }
    results: Results = renamed(evaluated, names)
    results.write(tmp_path / "made")
    document = tmp_path / "made/results.json"
    title = json.dumps(f"{nasty} \ud800")
    text = document.read_text(encoding="utf-8").replace('"TITLE"', title)
    document.write_text(text, encoding="utf-8")
    path = report([Results.read(tmp_path / "made")], tmp_path / "report.html")
    page = read_page(path)
    text = path.read_text(encoding="utf-8")
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("i")
    shown = {three(one.scores["ua"].value) for one in results.systems}
    shown |= {f"{one.p_holm:.3g}" for one in results.comparisons}
    assert {one.text for one in page.all("b")} <= shown | {"best"}
    assert not any(key.startswith("on") for one in page.inside() for key in one.attributes)
    assert "\x00" not in text
    assert "\x07" not in text
    (heading,) = page.all("h1")
    spoken = nasty.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert heading.text == f"{spoken} \\ud800"
    speakers = table(page, "UA of every speaker")
    assert spoken in speakers.text
    assert "{{ 7 * 7 }}{% if %} n = 16" in speakers.grid[4]
    assert "Ärger | Wut n = 28" in table(page, "Recall (and precision) of every class").grid[0]
    rows = path.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith(r"# &lt;script&gt;alert(") for row in rows)
    header = next(row for row in rows if row.startswith("| System |") and "style" in row)
    assert header.count("|") - header.count("\\|") == 6
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def test_the_page_needs_nothing_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for forbidden in ("http://", "https://", "url(", "@import", "javascript:", "src="):
        assert forbidden not in text
    page = read_page(path)
    names = {one.name for one in page.inside()}
    assert not names & {"script", "link", "img", "image", "iframe", "object", "embed", "use"}
    assert all((one.attributes["href"] or "").startswith("#") for one in page.all("a"))
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert text.startswith("<!DOCTYPE html>\n<html lang=")


def test_the_page_is_well_formed_and_can_be_read_aloud(whole: Results, tmp_path: Path) -> None:
    shaky = replace(whole, title="shaky", protocol=SHAKY)
    page = read_page(report([whole, shaky], tmp_path / "report.html"))
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    ids = [one.attributes["id"] for one in page.inside() if "id" in one.attributes]
    assert len(ids) == len(set(ids)) > 10
    links = [(one.attributes["href"] or "")[1:] for one in page.all("a")]
    assert set(links) <= set(ids)
    assert links[:2] == ["r1", "r2"]
    levels = [int(one.name[1]) for one in page.inside() if re.fullmatch("h[1-6]", one.name)]
    assert levels[0] == 1
    assert all(next_ <= level + 1 for level, next_ in pairwise(levels))
    assert [one.text for one in page.all("h2")] == [whole.title, "shaky"]
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


def test_maps_draw_a_seeded_sample_every_class_in_its_shape(
    evaluated: Results, tmp_path: Path
) -> None:
    results = replace(evaluated, points=points(2500))
    out = report([results], tmp_path / "report.html")
    (picture,) = read_page(out).all("svg", "map")
    looks = {tuple(one.looks) for one in picture.all("path", "points")}
    assert looks == {("points", f"c{number}") for number in range(4)}
    drawn = sum((one.attributes["d"] or "").count("M") for one in picture.all("path", "points"))
    assert drawn == DRAWN == 2000
    assert "2000 of 2500 utterances, drawn at random (seed 0)" in read_page(out).text
    assert len({one.attributes["d"] for one in picture.all("path", "mean")}) == 4
    again = report([results], tmp_path / "again.html")
    assert again.read_bytes() == out.read_bytes()
    everything = list(range(5000))
    assert sample(everything) == sample(everything) != everything[:DRAWN]
    assert sample(everything) == sorted(set(sample(everything)))
    assert sample([1, 2, 3]) == [1, 2, 3]


def mapped(places: list[tuple[float, float, str]]) -> Map:
    found = [Point("x", "a.wav", 0.0, 1.0, 0, label, "", x, y) for x, y, label in places]
    return feature_map("x", found, ["a", "b"], "chunk")


def test_a_far_point_does_not_squeeze_the_others() -> None:
    rng = np.random.default_rng(0)
    near = [(float(x), float(y), "a") for x, y in rng.normal(0, 1, (400, 2))]

    def width(places: list[tuple[float, float, str]]) -> float:
        data = " ".join(path for path, _ in mapped(places).points)
        xs = sorted(float(x) for x in re.findall(r"M(\S+) ", data))
        return xs[300] - xs[100]

    assert width([*near, (1e6, 1e6, "b")]) > 0.8 * width(near) > 10


@pytest.mark.parametrize("places", [[], [(1.0, 1.0, "a")], [(1.0, 1.0, "a")] * 3])
def test_maps_of_next_to_nothing(places: list[tuple[float, float, str]]) -> None:
    assert "nan" not in str(mapped(places))


def test_colours_differ_also_for_the_colour_blind() -> None:
    """Machado, Oliveira and Fernandes 2009; distances in OKLab, where 0.02 is just noticeable."""
    style = (ROOT / "baselines/report/report.css").read_text(encoding="utf-8")
    found = re.findall(r"--c\d: (#\w+)", style)
    papers = re.findall(r"--paper: (#\w+)", style)
    assert len(found) == 2 * COLOURS
    assert len(papers) == 2
    for number, paper in enumerate(papers):
        own = found[number * COLOURS : (number + 1) * COLOURS]
        colours = np.array([linear(one) for one in own])
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
    values = np.array([int(colour[first : first + 2], 16) / 255 for first in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: Any) -> Any:
    return colour @ np.array([0.2126, 0.7152, 0.0722])


def oklab(colour: Any) -> Any:
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    axes = np.array([[0.211, 0.794, -0.004], [1.978, -2.429, 0.451], [0.026, 0.783, -0.809]])
    return np.cbrt(colour @ cones.T) @ axes.T


def test_a_large_report_stays_small(evaluated: Results, tmp_path: Path) -> None:
    large = replace(doubled(evaluated), points=points(4481) + points(4481, "b") + points(4481, "c"))
    out = report([large], tmp_path / "report.html")
    assert 100_000 < out.stat().st_size < 1_000_000
