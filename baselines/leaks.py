"""What must not be on both sides of a fold: speakers, recordings, an encoder's training data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.groups import recordings
from deepspectrum_features.corpus.names import plain_name
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.utterance import Utterance, overlap, place
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.resemblance import resembling


def check_folds(
    protocol: Protocol, utterances: Sequence[Utterance], content: Sequence[str]
) -> None:
    """Refuse folds that share speakers or recordings, or that leave nothing to choose on.

    Parameters
    ----------
    protocol : Protocol
    utterances : sequence of Utterance, (rows,)
    content : sequence of str, (rows,)
        Digest of each row's recording; empty texts where unknown.

    Raises
    ------
    CorpusError
        Naming the fold, and what is on both sides of it.
    """
    if protocol.speaker_independent:
        check_names({one.speaker for one in utterances} - {""})
    recording = recordings(utterances, content)
    for fold in protocol.folds:
        if protocol.speaker_independent:
            _check_inner(fold, utterances)
            both = _speakers(fold.train, utterances) & _speakers(fold.test, utterances)
            if both:
                raise CorpusError(f"fold {fold.name}: {', '.join(sorted(both))} on both sides")
        _check_recordings(fold, utterances, recording)


def check_classes(protocol: Protocol, utterances: Sequence[Utterance]) -> None:
    """Refuse folds that test a class which nothing they train on has.

    Raises
    ------
    CorpusError
        Naming the fold and the class.
    """
    for fold in protocol.folds:
        others = [utterances[row] for row in (*fold.test, *fold.dev)]
        trained = {utterances[row].label for row in fold.train}
        missing = sorted({one.label for one in others} - trained)
        if missing:
            whose = ", ".join(sorted({one.speaker for one in others} - {""})[:5])
            raise CorpusError(
                f"fold {fold.name}: no training row of {', '.join(missing)}"
                f"{f', which {whose} alone utter' if whose else ''}, need each class from "
                f"{'three' if fold.dev else 'two'} speakers at least (or leave its rows out with "
                "--exclude)"
            )


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


def _check_inner(fold: Fold, utterances: Sequence[Utterance]) -> None:
    """Refuse a fold whose training speakers cannot be divided once more, to choose C or epoch."""
    speakers = _speakers(fold.train, utterances)
    if not fold.dev and len(speakers) < 2:
        raise CorpusError(
            f"fold {fold.name}: {len(speakers)} training speakers, need two or more to choose C "
            "or the epoch on one of them (three speakers in all)"
        )


def _speakers(rows: Sequence[int], utterances: Sequence[Utterance]) -> set[str]:
    """Return who is known to speak in the rows."""
    return {utterances[row].speaker for row in rows} - {""}


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


def _check_recordings(
    fold: Fold, utterances: Sequence[Utterance], recording: NDArray[np.str_]
) -> None:
    """Refuse a recording that stands on both sides, under one file name or several."""
    others: dict[str, list[tuple[Utterance, bool]]] = {}
    for side, learned in ((fold.train, True), (fold.dev, False)):
        for row in side:
            others.setdefault(str(recording[row]), []).append((utterances[row], learned))
    for row in fold.test:
        one = utterances[row]
        for other, learned in others.get(str(recording[row]), []):
            if one.speaker and other.speaker and one.speaker != other.speaker:
                _check_talk(fold, one, other, learned)
            elif one.file == other.file:
                raise CorpusError(
                    f"fold {fold.name}: {one.file} stands on both sides, need every recording on "
                    "one (or the speaker of each of its rows)"
                )
            else:
                _refuse_twins(fold, one, other)


def _check_talk(fold: Fold, one: Utterance, other: Utterance, learned: bool) -> None:
    """Refuse two speakers' rows that are one sound: copies, or half of the shorter and more.

    Speakers who talk in turn may be told apart in one file, or in copies of it; what little they
    share is said as a warning, and may be more where the other row is only chosen on.
    """
    if one.file != other.file:
        if overlap(one.stretch, other.stretch):
            _refuse_twins(fold, one, other)
    elif learned and overlap(one.stretch, other.stretch, part=0.5):
        raise CorpusError(
            f"fold {fold.name}: {place(one.stretch)} and {place(other.stretch)} share half of "
            "their sound or more, need them on one side (--protocol session, or --exclude TABLE)"
        )


def _refuse_twins(fold: Fold, one: Utterance, other: Utterance) -> NoReturn:
    raise CorpusError(
        f"fold {fold.name}: {_named(one)} and {_named(other)} are the same recording, need it once "
        "(dsf corpus lists twins, --exclude TABLE leaves them out), or one speaker's name for both"
    )


def _named(one: Utterance) -> str:
    return f"{one.file} (speaker {one.speaker or 'unknown'})"
