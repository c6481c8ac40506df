"""What computes the rows of a part, and who looks on: the seam between pipeline and features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.encoder.heard import Heard
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Part


@dataclass
class Watch:
    """Who looks on while a part is computed; what ``progress`` raises ends the work.

    Attributes
    ----------
    progress : callable
        Called with utterances and seconds of sound done.
    opening : callable
        Called with every recording before it is opened, and with "" when all are read.
    """

    progress: Callable[[int, float], object]
    opening: Callable[[str], object]


class Worker(Protocol):
    """Computes the rows of a part: an encoder, or openSMILE.

    Attributes
    ----------
    shortest_seconds, longest_seconds : float, s
        Utterances it accepts.
    training : Heard
        Recordings and speakers it was trained on, to know what it has seen.
    """

    @property
    def shortest_seconds(self) -> float:
        """Length of the shortest utterance it accepts."""

    @property
    def longest_seconds(self) -> float:
        """Length of the longest utterance it accepts."""

    @property
    def training(self) -> Heard:
        """Recordings and speakers it was trained on."""

    @property
    def options(self) -> dict[str, Any]:
        """What the numbers depend on besides the recordings."""

    def in_processes(self, corpus: Corpus, seconds: float) -> bool:
        """Whether so much sound of a corpus is better worked on in processes than in threads."""

    def attributes(self) -> dict[str, str]:
        """Return the provenance that every file of this worker carries."""

    def versions(self) -> dict[str, str]:
        """Return the versions of the software that only this worker uses."""

    def check_shortest(self, samples: int, rate: int) -> None:
        """Refuse an utterance of so many samples if they are known to be too few for a row."""

    def __call__(self, corpus: Corpus, part: Part, watch: Watch) -> PartFile:
        """Compute one part of a scanned corpus; refused utterances stand in its ledger."""

    def stop(self) -> None:
        """End what other threads are computing."""
