"""What must not be on both sides of a fold, speakers and recordings, and what must be on one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.groups import recordings
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.utterance import Utterance, overlap, place
from deepspectrum_features.errors import CorpusError, near_miss
from deepspectrum_features.terminal import counted, first_few


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
        Naming the folds, the classes, who utters them, and what they may be misspelt for.
    """
    found = [said for fold in protocol.folds if (said := _untrained(fold, utterances))]
    if found:
        enough = "three" if any(fold.dev for fold in protocol.folds) else "two"
        raise CorpusError(
            f"{first_few(found, '; ')}, need each class from {enough} speakers at least (or leave "
            "its rows out with --exclude)"
        )


def _untrained(fold: Fold, utterances: Sequence[Utterance]) -> str:
    """Say which classes a fold tests and does not train on; empty where there is none."""
    trained = {utterances[row].label for row in fold.train}
    missed = [
        one for row in (*fold.test, *fold.dev) if (one := utterances[row]).label not in trained
    ]
    if not missed:
        return ""
    classes = sorted({one.label for one in missed})
    asked = ", ".join(f"{label}{near_miss(label, sorted(trained))}" for label in classes)
    whose = first_few(sorted({one.speaker for one in missed} - {""}))
    alone = f", uttered by {whose} alone" if whose else ""
    return f"fold {fold.name}: no training row of {asked}{alone}"


def check_held_out(fold: Fold, utterances: Sequence[Utterance], content: Sequence[str]) -> None:
    """Refuse a fold that is scored on a recording which it trains on.

    Parameters
    ----------
    fold : Fold
        Scored on its test rows, on its dev rows where it has none.
    utterances, content
        As for `check_folds`.

    Raises
    ------
    CorpusError
        Naming the recording.
    """
    scored = fold if fold.test else replace(fold, dev=(), test=fold.dev)
    _check_recordings(scored, utterances, recordings(utterances, content))


def _check_inner(fold: Fold, utterances: Sequence[Utterance]) -> None:
    """Refuse a fold whose training speakers cannot be divided once more, to choose C or epoch."""
    speakers = _speakers(fold.train, utterances)
    if not fold.dev and len(speakers) < 2:
        raise CorpusError(
            f"fold {fold.name}: {counted(len(speakers), 'training speaker')}, need two or more to "
            "choose C or the epoch on one of them (three speakers in all)"
        )


def _speakers(rows: Sequence[int], utterances: Sequence[Utterance]) -> set[str]:
    """Return who is known to speak in the rows."""
    return {utterances[row].speaker for row in rows} - {""}


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
            "their sound or more, need them on one side (keep sessions whole, or --exclude TABLE)"
        )


def _refuse_twins(fold: Fold, one: Utterance, other: Utterance) -> NoReturn:
    raise CorpusError(
        f"fold {fold.name}: {_named(one)} and {_named(other)} are the same recording, need it once "
        "(dsf corpus lists twins, --exclude TABLE leaves them out), or one speaker's name for both"
    )


def _named(one: Utterance) -> str:
    return f"{one.file} (speaker {one.speaker or 'unknown'})"
