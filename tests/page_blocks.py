"""The pages of the documentation, and the blocks that they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("*.md", "data/*.md", "deepspectrum_features/encoders/*.md", "docs/**/*.md")
PAGES = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS for path in ROOT.glob(folder))

#: What runs a block, behind which its text stands; Python has one interpreter for a page.
PROGRAMS = {
    "sh": ("bash", "-euo", "pipefail", "-c"),
    "r": ("Rscript", "--vanilla", "-e"),
    "python": (),
}
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A fenced block, the line of the page that it begins on, and why it is not run, if so."""

    language: str
    text: str
    line: int
    reason: str

    @property
    def runs(self) -> bool:
        return self.language in PROGRAMS and not self.reason


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, from top to bottom."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(
            language=found["language"],
            text=found["text"],
            line=text.count("\n", 0, found.start("text")) + 1,
            reason=found["reason"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]
