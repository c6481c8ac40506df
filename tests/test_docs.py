"""Every example in a docstring is run; pages lead somewhere, and say what their blocks are."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from itertools import islice

import pytest
from page_blocks import PAGES, PROGRAMS, ROOT, blocks

import deepspectrum_features
import deepspectrum_features.baselines
import deepspectrum_features.cli

MODULES = sorted(
    found.name
    for package in (
        deepspectrum_features,
        deepspectrum_features.cli,
        deepspectrum_features.baselines,
    )
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not found.name.endswith("__main__")
)
#: What a block is: run, shown, or an instruction to the site.
LANGUAGES = {*PROGRAMS, "text", "toml", "csv", "json", "matlab", "octave", "latex", "js", "julia"}
LANGUAGES |= {"console", "yaml", "{toctree}"}


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_docstrings_hold_examples_at_all() -> None:
    finder = doctest.DocTestFinder()
    found = (test for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert len([*islice((test for test in found if test.examples), 10)]) == 10


@pytest.mark.parametrize("page", PAGES)
def test_blocks_name_their_language_and_why_they_are_not_run(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = blocks(page)
    assert text.count("```") == 2 * len(found)
    assert len(re.findall("^<!-- not run", text, flags=re.MULTILINE)) == sum(
        bool(block.reason) for block in found
    )
    for block in found:
        assert block.language in LANGUAGES, f"{page}:{block.line}: {block.language}"
        assert not block.reason or block.language in PROGRAMS, f"{page}:{block.line}"


def test_the_site_describes_every_public_name() -> None:
    api = "".join(path.read_text() for path in (ROOT / "docs/api").glob("*.rst"))
    shown = set(re.findall(r"^\.\. auto\w+:: (\w+)$", api, flags=re.MULTILINE))
    assert set(deepspectrum_features.__all__) <= shown


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (path.parent / link).exists(), f"{page}: {link}"
