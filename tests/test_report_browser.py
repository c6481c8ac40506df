"""The page in a browser: it fits, it can be read, it asks for nothing, it prints."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from headless_browser import Browser
from made_results import SHAKY, doubled, learning_curve, renamed

from deepspectrum_features.baselines.report import report
from deepspectrum_features.baselines.results import Results

pytestmark = pytest.mark.slow


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
def hard(
    evaluated: Results,
    chunked: Results,
    numbered: Results,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the report of evaluations with long names, many systems, fusions and numbers."""
    one = renamed(doubled(evaluated), {"b": "Wolfeschlegelsteinhausenbergerdorff-Łukaszewska"})
    one = replace(one, curves=tuple(map(learning_curve, one.speakers)))
    longer = {"fear": "anger_and_frustration_together"}
    two = replace(
        renamed(evaluated, longer),
        protocol=SHAKY,
        title="a-title-" + "x" * 90,
        command="dsf evaluate " + "x" * 90,
    )
    return report([one, two, chunked, numbered], tmp_path_factory.mktemp("hard") / "report.html")


SCREENS = [(360, "light"), (360, "dark"), (1200, "light"), (1200, "dark")]

#: Elements, but for what lies in a box that scrolls, that reach beyond the screen.
BEYOND = """[...document.querySelectorAll('body *')].filter(one =>
  one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
  && !one.closest('.scroll > *')
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
    assert browser.value(BEYOND.replace("  && !one.closest('.scroll > *')", "")) == []
    assert browser.value(CONTRAST)[0] >= 4.5
    folded = (
        "document.querySelector('details:not([open]) > .scroll').getBoundingClientRect().height"
    )
    assert browser.value(folded) > 20  # paper cannot be unfolded
    printed = browser.ask("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
