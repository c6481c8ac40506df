"""A page's blocks run from top to bottom, as somebody who reads it would run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path

import pytest
from page_blocks import PAGES, PROGRAMS, Block, blocks

#: Its blocks are for other programs: `make clients` runs them.
ELSEWHERE = "docs/open-anywhere.md"
RUNNING = [
    page for page in PAGES if page != ELSEWHERE and any(block.runs for block in blocks(page))
]
#: Runs what it is given under the name of the page, which errors then name with the page's line.
INTERPRETER = "import sys; exec(compile(sys.stdin.read(), sys.argv[1], 'exec'))"


@cache
def has_r() -> bool:
    """Return whether R is here, with the package that reads feature files."""
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run([*PROGRAMS["r"], "library(rhdf5)"], capture_output=True).returncode == 0


def lines_of(block: Block) -> list[str]:
    """Return a block as lines of Python, no more than it has."""
    if block.language == "python":
        return block.text.splitlines()
    command = [*PROGRAMS[block.language], block.text]
    return [f"__import__('subprocess').run({command!r}, check=True)"]


def program(page: str) -> str:
    """Return a page as a program of Python whose lines are numbered as those of the page."""
    lines: list[str] = []
    for block in blocks(page):
        if block.language == "r" and not has_r():
            warnings.warn(f"{page}:{block.line}: not run: no R with rhdf5 here", stacklevel=2)
        elif block.runs:
            lines += [""] * (block.line - 1 - len(lines)) + lines_of(block)
    return "\n".join(lines)


@pytest.mark.parametrize("page", RUNNING)
def test_the_blocks_of_a_page_run(page: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-P", "-c", INTERPRETER, page],
        input=program(page),
        cwd=folder,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    if done.returncode:
        pytest.fail(done.stdout[-3000:], pytrace=False)
