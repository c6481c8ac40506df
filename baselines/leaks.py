"""What an encoder was trained on must not be what it is tested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from deepspectrum_features.baselines.limits import CONTAMINATED, PERHAPS_CONTAMINATED
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.resemblance import resembling

Fact = TypeVar("Fact", bound=Hashable)


class SeenError(CorpusError):
    """Test rows that an encoder was trained on."""


def refuse_seen(protocol: Protocol, tables: Sequence[Table]) -> None:
    """Refuse test rows that an encoder's training met.

    Raises
    ------
    SeenError
        Naming the rows.
    """
    for table, rows, met in _seen(protocol, tables):
        raise SeenError(
            f"{table.files}: {table.encoder} was trained on {met}; the first is "
            f"{table.utterances[rows[0]].file} (need features of an encoder that never met "
            "them; dsf evaluate --drop-seen leaves them out, --allow-contaminated scores them)"
        )


def without_seen(protocol: Protocol, tables: Sequence[Table]) -> tuple[list[Table], list[LeftOut]]:
    """Leave out the test rows that the encoder of any table met in training.

    Raises
    ------
    SeenError
        If that is all of them.
    """
    test = _tested(protocol)
    met = {row for row in test if any(table.seen[row] for table in tables)}
    if len(met) == len(test):
        raise SeenError(
            f"{tables[0].files}: an encoder was trained on all test rows, need features of one "
            "that never met them"
        )
    utterances = tables[0].utterances
    kept = [row for row in range(len(utterances)) if row not in met]
    why = f"{tables[0].unit} that an encoder met in training, or their speakers (--drop-seen)"
    left_out = [LeftOut.of(why, [utterances[row].label for row in sorted(met)])] if met else []
    return [table.take(kept) for table in tables], left_out


def seen_warnings(protocol: Protocol, tables: Sequence[Table]) -> Iterator[str]:
    """Yield which test rows an encoder's training met, and how many may be copies of such."""
    trained = ((table.name, met) for table, _, met in _seen(protocol, tables))
    for name, others, met in _together(trained):
        yield f"{CONTAMINATED}: {name} comes from an encoder trained on {met}{others}"
    test = _tested(protocol)
    copies = []
    for table in tables:
        alike = resembling(table.heard, [one.stretch for one in table.utterances], table.seen)
        if count := int(alike[test].sum()):
            copies.append((table.name, (count, table.encoder)))
    for name, others, (count, encoder) in _together(copies):
        yield (
            f"{PERHAPS_CONTAMINATED}: {name}: {count} of {len(test)} test rows have the name and "
            f"length of recordings that {encoder} was trained on (if they are copies, name the "
            f"corpus with --layout or --name){others}"
        )


def _together(found: Iterable[tuple[str, Fact]]) -> Iterator[tuple[str, str, Fact]]:
    """Yield every fact once: the first name that it was found of, and that it holds of others."""
    names: dict[Fact, list[str]] = {}
    for name, fact in found:
        names.setdefault(fact, []).append(name)
    for fact, (first, *others) in names.items():
        yield first, f" (the same of {', '.join(others)})" * bool(others), fact


def _seen(protocol: Protocol, tables: Sequence[Table]) -> Iterator[tuple[Table, list[int], str]]:
    """Yield each table with test rows that its encoder met, these rows, and whose they are."""
    test = _tested(protocol)
    for table in tables:
        seen = [row for row in test if table.seen[row]]
        if seen:
            names = Counter(table.utterances[row].speaker or "unknown speakers" for row in seen)
            shown = ", ".join(f"{name} ({count})" for name, count in sorted(names.items())[:9])
            yield table, seen, f"{len(seen)} of {len(test)} test rows or their speakers: {shown}"


def _tested(protocol: Protocol) -> list[int]:
    return sorted({row for fold in protocol.folds for row in fold.test})
