"""What is printed beside every score: how it came about, and what limits it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from deepspectrum_features.baselines.leaks import seen_warnings
from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.corpus.protocol import Protocol

DEV = "dev rows"
_INNER = {
    DEV: "dev rows, fitted on train rows",
    "training speakers": "inner grouped 5-fold on training speakers",
    "training rows": "inner stratified 5-fold on training rows",
}


def choice_of(protocol: Protocol, speakers: Iterable[str]) -> str:
    """Say on what a classifier chooses: dev rows, training speakers, or training rows."""
    if any(fold.dev for fold in protocol.folds):
        return DEV
    known = protocol.speaker_independent and all(speakers)
    return "training speakers" if known else "training rows"


def warnings_of(
    protocol: Protocol, tables: Sequence[Table], allow_contaminated: bool
) -> Iterator[str]:
    """Yield what limits the scores."""
    if protocol.random:
        yield "SPEAKER-DEPENDENT: speakers stand on both sides, scores do not carry over to others"
    elif not protocol.speaker_independent:
        yield "SPEAKERS UNKNOWN: nobody checked that they are not on both sides"
    yield from seen_warnings(protocol, tables, allow_contaminated)
    utterances = tables[0].utterances
    used = {row for fold in protocol.folds for row in (*fold.train, *fold.dev, *fold.test)}
    if len(used) < len(utterances):
        yield f"{len(utterances) - len(used)} of {len(utterances)} rows are in no split, left out"
    speakers = {one.speaker for one in utterances} - {""}
    uttered = {(one.speaker, one.label) for one in utterances}
    for label in sorted({one.label for one in utterances}):
        without = sorted(name for name in speakers if (name, label) not in uttered)
        if len(without) > 5:
            yield f"{len(without)} of {len(speakers)} speakers never utter {label}"
        elif without:
            several = len(without) > 1
            names = f"speaker{'s' * several} {', '.join(without)}"
            yield f"{names} never utter{'s' * (not several)} {label}"


def describe(
    protocol: Protocol,
    speakers: Iterable[str],
    classifiers: Sequence[str],
    normalise: Sequence[str],
) -> list[str]:
    """Say how the scores came about."""
    lines = [
        f"{protocol.name}: {len(protocol.folds)} folds; UA and the other scores are pooled over "
        "all held-out predictions, never averaged over folds"
    ]
    choice = choice_of(protocol, speakers)
    if "svm" in classifiers:
        lines.append(
            "SVM: z-norm on training rows, class weights balanced, C from 0.03 0.1 0.3 1 3 10 by "
            f"pooled UA of {_INNER[choice]}, ties to the smaller C"
        )
    if "dnn" in classifiers:
        stop = choice if choice == DEV else f"a fifth of the {choice}"
        lines.append(
            f"DNN: one hidden layer of 128, class weights balanced, epoch chosen by UA on {stop}"
        )
    if "speaker" in normalise:
        lines.append(
            "speaker: every speaker's features z-normed by that speaker's own recordings first, "
            "the test speaker's too: this needs many recordings of each person scored"
        )
    return lines
