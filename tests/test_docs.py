"""Every example in a docstring, and every block of Python on some pages, is run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from itertools import islice
from pathlib import Path

import pytest

import deepspectrum_features
import deepspectrum_features.baselines
import deepspectrum_features.cli

ROOT = Path(__file__).parents[1]
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


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_docstrings_hold_examples_at_all() -> None:
    finder = doctest.DocTestFinder()
    found = (test for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert len([*islice((test for test in found if test.examples), 10)]) == 10


@pytest.mark.parametrize(
    "page", ["README.md", pytest.param("docs/scikit-learn.md", marks=pytest.mark.slow)]
)
def test_the_python_of_a_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    for name in ("data", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    scope: dict[str, object] = {}
    for block in blocks:
        exec(block, scope)


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (path.parent / link).exists(), f"{page}: {link}"
