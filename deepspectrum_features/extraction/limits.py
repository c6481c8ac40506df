"""How long utterances may be for what computes their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.headers import check_stretch
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import AudioError

if TYPE_CHECKING:
    from deepspectrum_features.extraction.worker import Worker


def within_limits(corpus: Corpus, worker: Worker) -> Corpus:
    """Refuse the utterances of a scanned corpus that are too short or too long for a worker.

    So are chunks that run to an end that was cut off.
    """
    taken: list[Utterance] = []
    refused: list[Refusal] = []
    for one in corpus.utterances:
        try:
            check_stretch(one, corpus.headers[one.file])
            check_longest(corpus.seconds(one), worker.longest_seconds)
            worker.check_shortest(_samples(corpus, one), corpus.headers[one.file].sample_rate)
            taken.append(one)
        except AudioError as error:
            refused.append(Refusal.of(one, error.stage, str(error)))
    return replace(corpus, utterances=tuple(taken), refused=(*corpus.refused, *refused))


def check_longest(seconds: float, longest_seconds: float) -> None:
    """Refuse what is longer than an encoder takes."""
    if seconds > longest_seconds + 1e-6:  # times of a stretch are rounded
        raise AudioError(
            f"{seconds:.1f} s, this encoder takes at most {longest_seconds:g} s "
            "(use --chunk SECONDS)",
            stage="length",
        )


def _samples(corpus: Corpus, one: Utterance) -> int:
    """Count the samples of an utterance that are there."""
    header = corpus.headers[one.file]
    end = header.frames if one.end is None else round(one.end * header.sample_rate)
    return min(end, header.frames) - round(one.start * header.sample_rate)
