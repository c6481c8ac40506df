"""What limits the scores of an evaluation, said as a warning with every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.utterance import Utterance


def limits_of(protocol: Protocol, utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield what the folds and the labelled utterances they divide cannot show."""
    if protocol.random:
        yield "SPEAKER-DEPENDENT: speakers stand on both sides, scores do not carry over to others"
    elif not protocol.speaker_independent:
        yield "SPEAKERS UNKNOWN: nobody checked that they are not on both sides"
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
