"""How rows are distributed over classes and speakers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deepspectrum_features.corpus.utterance import Utterance


@dataclass(frozen=True)
class Spoken:
    """What one speaker utters of one class.

    Attributes
    ----------
    label, speaker : str
        Empty where unknown, and the label also where numbers are told.
    rows : int
    seconds : float or None, s
        How long they are together; None where the end of one is unknown.
    """

    label: str
    speaker: str
    rows: int
    seconds: float | None


def spoken(utterances: Sequence[Utterance], labelled: bool) -> Iterator[Spoken]:
    """Count what every speaker utters of every class, and for how long."""
    found: dict[tuple[str, str], list[Utterance]] = {}
    for one in utterances:
        found.setdefault((one.label if labelled else "", one.speaker), []).append(one)
    for (label, speaker), own in sorted(found.items()):
        seconds = [one.end - one.start for one in own if one.end is not None]
        known = len(seconds) == len(own)
        yield Spoken(label, speaker, len(own), round(math.fsum(seconds), 3) if known else None)
