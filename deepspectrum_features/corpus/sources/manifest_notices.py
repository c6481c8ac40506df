"""What a user should know of how a manifest was read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from deepspectrum_features.corpus.columns import FACTS, TOLD
from deepspectrum_features.corpus.numbers import BLANK, odd_cell
from deepspectrum_features.errors import near_miss
from deepspectrum_features.terminal import one_line

_COLUMNS = [column.name for column in TOLD]
_NO_NUMBER = frozenset({"NaT", "NaN", "nan"})  # as programs write them where numbers lack


def notices_of(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    columns: Mapping[str, int],
    targets: Collection[str],
) -> Iterator[str]:
    """Yield which columns were read as numbers or not at all, and which words as blanks.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
    columns : mapping of str to int
        What `find_columns` found.
    targets : collection of str
        Names of the columns of numbers.
    """
    missing = [name for name in _COLUMNS if name not in columns]
    names = [name.strip() for name in header]
    others = [
        name or "(no name)"
        for at, name in enumerate(names)
        if at not in columns.values() and (name or any(_column(rows, at)))
    ]
    for what, found in (
        ("numbers read", [name for name in others if name in targets]),
        ("columns not used", [name for name in others if name not in targets]),
    ):
        if found:
            shown = ", ".join(name + near_miss(name.lower(), missing) for name in found)
            yield f"{what}: {one_line(shown)}"
    for at, name in enumerate(names):
        if at in columns.values() or name in targets:
            continue
        if odd := odd_cell(_column(rows, at)):
            yield f"{one_line(name)}: {one_line(odd)!r} is no number, the others are"
    read = {at: name for name, at in columns.items() if name != "file"}
    read |= {names.index(name): name for name in targets}
    yield from _blanks({read[at]: _column(rows, at) for at in sorted(read)})


def _column(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    """Return the cells of a column without blanks around them."""
    return [row[at].strip() if at < len(row) else "" for row in rows]


def _blanks(cells: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield how many cells, by column, hold a word for nothing."""
    facts = {column.name for column in FACTS}
    found = {}
    for name, column in cells.items():
        words = BLANK - {""} if name in facts else BLANK - {""} - _NO_NUMBER
        found[name] = [cell for cell in column if cell in words]
    counts = ", ".join(f"{name} {len(column)}" for name, column in found.items() if column)
    if counts:
        shown = sorted({cell for column in found.values() for cell in column})
        yield f"cells read as empty: {counts} ({', '.join(shown)})"
