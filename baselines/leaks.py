"""What must not be on both sides of a fold: speakers, recordings, an encoder's training data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.names import plain_name
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.resemblance import resembling


def check_folds(protocol: Protocol, table: Table) -> None:
    """Refuse folds in which a class cannot be learned, or that share speakers or recordings.

    Raises
    ------
    CorpusError
        Naming the fold, and what is on both sides of it.
    """
    if protocol.speaker_independent:
        check_names({one.speaker for one in table.utterances} - {""})
    for fold in protocol.folds:
        train = [table.utterances[row] for row in fold.train]
        test = [table.utterances[row] for row in fold.test]
        missing = sorted({one.label for one in test} - {one.label for one in train})
        if missing:
            raise CorpusError(
                f"fold {fold.name}: no training row of {', '.join(missing)}, need each class from "
                "two speakers at least (or leave the class out with --labels)"
            )
        if protocol.speaker_independent:
            _check_inner(fold, table)
            both = {one.speaker for one in train} & {one.speaker for one in test} - {""}
            if both:
                raise CorpusError(f"fold {fold.name}: {', '.join(sorted(both))} on both sides")
        if not protocol.random:
            _check_recordings(fold, table)


def refuse_seen(protocol: Protocol, tables: Sequence[Table]) -> None:
    """Refuse test rows that an encoder's training met.

    Raises
    ------
    CorpusError
        Naming the rows.
    """
    for table, rows, met in _seen(protocol, tables):
        raise CorpusError(
            f"{table.path}: {table.encoder} was trained on {met}; the first is "
            f"{table.utterances[rows[0]].file} (need features of an encoder that never met "
            "them; dsf evaluate --allow-contaminated scores them all the same)"
        )


def seen_warnings(protocol: Protocol, tables: Sequence[Table]) -> Iterator[str]:
    """Yield which test rows an encoder's training met, and how many may be copies of such."""
    for table, _, met in _seen(protocol, tables):
        yield f"CONTAMINATED: {table.name} comes from an encoder trained on {met}"
    test = _tested(protocol)
    for table in tables:
        alike = resembling(table.heard, [one.stretch for one in table.utterances], table.seen)
        if count := int(alike[test].sum()):
            yield (
                f"PERHAPS CONTAMINATED: {table.name}: {count} of {len(test)} test rows have the "
                f"name and length of recordings that {table.encoder} was trained on (if they are "
                "copies, name the corpus with --layout or --name)"
            )


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


def _check_inner(fold: Fold, table: Table) -> None:
    """Refuse a fold whose training speakers cannot be divided once more, to choose C or epoch."""
    speakers = {table.utterances[row].speaker for row in fold.train} - {""}
    if not fold.dev and len(speakers) < 2:
        raise CorpusError(
            f"fold {fold.name}: {len(speakers)} training speakers, need two or more to choose C "
            "or the epoch on one of them (three speakers in all)"
        )


def check_names(speakers: Iterable[str]) -> None:
    """Refuse speakers whose names differ in spelling alone: one person on both sides.

    Raises
    ------
    CorpusError
        Naming the speakers.

    Examples
    --------
    >>> check_names(["1", "10", "100", "1-1", "11"])
    >>> check_names(["Eva", "eva ", "03", "3"])
    Traceback (most recent call last):
    deepspectrum_features.errors.CorpusError: speakers '03' and '3' differ in spelling alone, need \
one name for one person (give --labels with a speaker column)
    """
    spelled: dict[str, list[str]] = defaultdict(list)
    for name in sorted(speakers):
        spelled[plain_name(name)].append(name)
    for names in spelled.values():
        if len(names) > 1:
            shown = " and ".join(map(repr, names))
            raise CorpusError(
                f"speakers {shown} differ in spelling alone, need one name for one person (give "
                "--labels with a speaker column)"
            )


def _check_recordings(fold: Fold, table: Table) -> None:
    """Refuse a recording that stands on both sides under two file names."""
    known = [row for row in (*fold.train, *fold.dev) if table.content[row]]
    train = {table.content[row]: table.utterances[row] for row in known}
    for row in fold.test:
        one, twin = table.utterances[row], train.get(table.content[row])
        if twin is not None and twin.file != one.file:
            raise CorpusError(
                f"fold {fold.name}: {_named(one)} and {_named(twin)} are the same recording, need "
                "it once, or one speaker's name for both"
            )


def _named(one: Utterance) -> str:
    return f"{one.file} (speaker {one.speaker or 'unknown'})"
