"""Reading a part: segments to work on, refusals, digests; the same for every worker."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.headers import check_there
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.limits import check_longest
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Part
from deepspectrum_features.extraction.worker import Watch
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.sound.zeros import zero_ends


@dataclass
class PartReader:
    """Reads the utterances of a part, and collects what they give, by their position in it.

    Attributes
    ----------
    corpus : Corpus
    part : Part
    spans : dict of int to (float, float), s
        Start and end of what was decoded.
    """

    corpus: Corpus
    part: Part
    spans: dict[int, tuple[float, float]] = field(default_factory=dict)
    _zeros: dict[int, tuple[float, float]] = field(default_factory=dict)
    _refused: list[Refusal] = field(default_factory=list)
    _digests: dict[str, str] = field(default_factory=dict)

    def segments(
        self, channel: int | None, longest_seconds: float, watch: Watch
    ) -> Iterator[tuple[int, Segment]]:
        """Read every utterance that is safe to decode; refuse those that turn out too long."""
        for row, segment in self._read(channel, watch):
            watch.progress(0, 0.0)  # a chance to stop
            try:
                if isinstance(segment, AudioError):
                    raise segment
                check_longest(segment.end - segment.start, longest_seconds)
            except AudioError as error:
                self.refuse(row, error, watch)
                continue
            self.spans[row] = (segment.start, segment.end)
            self._zeros[row] = _zeros(segment)
            yield row, segment
        watch.opening("")

    def refuse(self, row: int, error: AudioError, watch: Watch) -> None:
        """Put an utterance on the ledger."""
        asked = self.part.utterances[row]
        self._refused.append(Refusal.of(asked, error.stage, str(error)))
        self.spans.pop(row, None)
        watch.progress(1, self.corpus.seconds(asked))

    def seconds(self, rows: Sequence[int]) -> float:
        """Sum up the duration of decoded utterances."""
        return sum(self.spans[row][1] - self.spans[row][0] for row in rows)

    def table(
        self, vectors: dict[int, NDArray[np.float32]], columns: list[str], **more: Any
    ) -> PartFile:
        """Put the vectors found into a table, in the order of the corpus."""
        rows = sorted(vectors)
        return PartFile(
            features=stack([vectors[row] for row in rows], len(columns)),
            feature_name=columns,
            file=[self.part.utterances[row].file for row in rows],
            start=np.array([self.spans[row][0] for row in rows]),
            end=np.array([self.spans[row][1] for row in rows]),
            channel=np.array([self.part.utterances[row].channel for row in rows], np.int32),
            zeros_before=np.array([self._zeros[row][0] for row in rows]),
            zeros_behind=np.array([self._zeros[row][1] for row in rows]),
            refused=sorted(self._refused, key=lambda refusal: (refusal.file, refusal.start)),
            digests=self._digests,
            **more,
        )

    def _read(
        self, channel: int | None, watch: Watch
    ) -> Iterator[tuple[int, Segment | AudioError]]:
        """Decode what nothing speaks against, the shortest recordings first.

        Neighbours are then of one length, and share batches with little padding.
        """
        wanted: list[int] = []
        for row, utterance in enumerate(self.part.utterances):
            try:
                self._check(utterance)
                wanted.append(row)
            except AudioError as error:
                yield row, error
        wanted = self._shortest_first(wanted)
        utterances = [self.part.utterances[row] for row in wanted]
        for index, segment in read_utterances(
            self.corpus, utterances, channel, self.part.owned, self._digests, watch.opening
        ):
            yield wanted[index], segment

    def _check(self, utterance: Utterance) -> None:
        """Refuse what must not be decoded."""
        if utterance.file in self.corpus.crashing:
            raise self.corpus.crashing[utterance.file].error
        if utterance.file not in self.corpus.given:
            _check_unchanged(self.corpus, utterance.file)

    def _shortest_first(self, rows: Sequence[int]) -> list[int]:
        """Order rows by the longest utterance of their recording; those of one stay together."""
        utterances = self.part.utterances
        longest: dict[str, float] = {}
        for row in rows:
            file, seconds = utterances[row].file, self.corpus.seconds(utterances[row])
            longest[file] = max(longest.get(file, 0.0), seconds)
        return sorted(rows, key=lambda row: (longest[utterances[row].file], utterances[row].file))


def stack(rows: Sequence[NDArray[np.float32]], width: int) -> NDArray[np.float32]:
    """Stack vectors, none at all too."""
    return np.stack(rows) if rows else np.zeros((0, width), np.float32)


def _zeros(segment: Segment) -> tuple[float, float]:
    """Return the seconds of zeros at both ends; those of silence are as long as the stretch."""
    if not segment.waveform.any():
        return segment.end - segment.start, 0.0
    return zero_ends(segment.waveform, segment.sample_rate)


def _check_unchanged(corpus: Corpus, file: str) -> None:
    """Refuse a recording that is another than the one that was planned with."""
    try:
        size = os.path.getsize(os.path.join(corpus.root, file))  # noqa: PTH118, PTH202 (half the time)
    except OSError:
        check_there(corpus.root)
        return  # opening it says more
    if size != corpus.headers[file].bytes:
        planned = corpus.headers[file].bytes
        raise AudioError(f"changed during the run: {planned} bytes, now {size}", stage="open")
