"""What limits the scores of an evaluation, said as a warning with every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.spelling import spelling_notices
from deepspectrum_features.corpus.utterance import Stretch, Utterance, overlap

#: How warnings begin that a report names beside every number.
LOUD = (DEPENDENT, UNKNOWN, CONTAMINATED, PERHAPS_CONTAMINATED, NORMALISED) = (
    "SPEAKER-DEPENDENT",
    "SPEAKERS UNKNOWN",
    "CONTAMINATED",
    "PERHAPS CONTAMINATED",
    "NORMALISED BY SPEAKER",
)


def limits_of(
    protocol: Protocol, utterances: Sequence[Utterance], classes: bool = True
) -> Iterator[str]:
    """Yield what the folds and the utterances they divide cannot show, of classes or a number."""
    if protocol.random:
        yield f"{DEPENDENT}: speakers stand on both sides, scores do not carry over to others"
    elif not protocol.speaker_independent:
        yield f"{UNKNOWN}: nobody checked that they are not on both sides"
    used = {row for fold in protocol.folds for row in (*fold.train, *fold.dev, *fold.test)}
    if len(used) < len(utterances):
        yield f"{len(utterances) - len(used)} of {len(utterances)} rows are in no split, left out"
    yield from _overlapping_talk(protocol, utterances)
    yield from spelling_notices(utterances)
    if classes:
        yield from _never_uttered(utterances)


def _overlapping_talk(protocol: Protocol, utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield how many test rows share time with what others say in the same file, in training."""
    files: dict[str, set[str]] = {}
    for one in utterances:
        files.setdefault(one.file, set()).add(one.speaker)
    talk = {row for row, one in enumerate(utterances) if len(files[one.file]) > 1}
    met = 0
    for fold in protocol.folds:
        others: dict[str, list[Stretch]] = {}
        for row in talk.intersection((*fold.train, *fold.dev)):
            others.setdefault(utterances[row].file, []).append(utterances[row].stretch)
        tested = (utterances[row] for row in talk.intersection(fold.test))
        met += sum(
            any(overlap(one.stretch, other) for other in others.get(one.file, ())) for one in tested
        )
    if met:
        yield f"{met} test rows share time with others' talk in the same file, in training or dev"


def _never_uttered(utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield which speakers lack a class, of several classes in one sentence."""
    speakers = {one.speaker for one in utterances} - {""}
    uttered = {(one.speaker, one.label) for one in utterances}
    missed = {
        label: without
        for label in sorted({one.label for one in utterances})
        if (without := sorted(name for name in speakers if (name, label) not in uttered))
    }
    who = {label: _counted(names, len(speakers)) for label, names in missed.items()}
    if len(missed) > 1:
        told = "; ".join(f"{label} never by {who[label]}" for label in missed)
        yield f"not every speaker utters every class: {told}"
    else:
        for label, names in missed.items():
            yield f"{who[label]} never utter{'s' * (len(names) == 1)} {label}"


def _counted(names: Sequence[str], speakers: int) -> str:
    """Name some speakers; of more than five say how many they are."""
    if len(names) > 5:
        return f"{len(names)} of {speakers} speakers"
    return f"speaker{'s' * (len(names) > 1)} {', '.join(names)}"
