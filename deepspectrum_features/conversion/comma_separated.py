"""CSV: a line of names, then a line a row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from deepspectrum_features.conversion.table import Progress, Table

_SPECIAL = re.compile(r'[",\r\n]')


def write_csv(table: Table, draft: Path, progress: Progress) -> None:
    """Write a table in UTF-8; nine digits tell every float32 from its neighbours."""
    numbers = ",%.9g" * len(table.feature_name) + "\n"
    with draft.open("w", encoding="utf-8", newline="") as stream:
        stream.write(_line([*(fact.name for fact in table.facts), *table.feature_name]) + "\n")
        for block in table.blocks(progress):
            told = zip(*(fact.texts(block.rows) for fact in table.facts), strict=True)
            for facts, row in zip(told, block.features, strict=True):
                stream.write(_line(facts) + numbers % tuple(row.tolist()))


def _line(texts: Iterable[str]) -> str:
    """Return texts between commas, in quotes where they need them."""
    return ",".join(_quoted(text) if _SPECIAL.search(text) else text for text in texts)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
