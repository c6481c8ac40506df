"""The work on one part: decode, frame, batch by length, encode."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.audio import Segment
from deepspectrum_features.corpus import Corpus
from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import AudioError
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.plan import Part
from deepspectrum_features.reading import read_utterances, segment_frames
from deepspectrum_features.utterance import Refusal, Utterance

#: Frames in a batch, padding included: bounds memory (the paper network takes 35 KB a frame).
BATCH_FRAMES = 2400


@dataclass(frozen=True)
class EncoderWorker:
    """Computes the rows of a part with an encoder.

    Attributes
    ----------
    encoder : Encoder
    channel : int or None
        Channel to read, counted from 1; None is the mean of all.
    """

    encoder: Encoder
    channel: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What the numbers depend on besides the recordings."""
        return {"encoder_sha256": self.encoder.sha256, "channel": self.channel}

    def __call__(
        self, corpus: Corpus, part: Part, progress: Callable[[int, float], object]
    ) -> FeatureFile:
        """Compute one part; refused utterances stand in its ledger.

        Parameters
        ----------
        corpus : Corpus
            Scanned.
        part : Part
        progress : callable
            Called with utterances and seconds of sound done.
        """
        contents: dict[str, str] = {}
        frames: dict[int, NDArray[np.float32]] = {}
        spans: dict[int, tuple[float, float]] = {}
        refused: list[Refusal] = []
        for row, segment in self._segments(corpus, part, contents):
            one = part.utterances[row]
            progress(0, 0.0)  # a chance to stop
            try:
                if isinstance(segment, AudioError):
                    raise segment
                self._check_length(segment.end - segment.start)
                frames[row] = segment_frames(segment, self.encoder.front_end)
                spans[row] = (segment.start, segment.end)
            except AudioError as error:
                refused.append(Refusal(one.file, one.start, one.end, error.stage, str(error)))
                progress(1, corpus.seconds(one))
        rows = sorted(frames)
        position = {row: index for index, row in enumerate(rows)}
        features = np.zeros((len(rows), self.encoder.dim), np.float32)
        scores = np.zeros((len(rows), len(self.encoder.classes)), np.float32)
        for batch in batches({row: len(frames[row]) for row in rows}):
            encoded = self.encoder.encode(
                [frames.pop(row) for row in batch], ("embedding", "logits")
            )
            at = [position[row] for row in batch]
            features[at], scores[at] = encoded.embedding, encoded.scores
            progress(len(batch), sum(spans[row][1] - spans[row][0] for row in batch))
        files = [part.utterances[row].file for row in rows]
        return FeatureFile(
            features=features,
            feature_name=self.encoder.columns,
            file=files,
            start=np.array([spans[row][0] for row in rows]),
            end=np.array([spans[row][1] for row in rows]),
            scores=scores,
            class_name=self.encoder.classes,
            refused=sorted(refused, key=lambda one: (one.file, one.start)),
            attributes={"contents": json.dumps(contents, sort_keys=True)},
        )

    def attributes(self) -> dict[str, str]:
        """Provenance that every file of this worker carries."""
        return {
            "encoder": self.encoder.name,
            "encoder_sha256": self.encoder.sha256,
            "licence": self.encoder.licence,
            "recipe": json.dumps(self.encoder.metadata["recipe"], sort_keys=True),
        }

    def _segments(
        self, corpus: Corpus, part: Part, contents: dict[str, str]
    ) -> Iterator[tuple[int, Segment | AudioError]]:
        """Read what is short enough to be worth decoding."""
        wanted: list[int] = []
        for row, one in enumerate(part.utterances):
            try:
                self._check_length(corpus.seconds(one))
                wanted.append(row)
            except AudioError as error:
                yield row, error
        chosen: Sequence[Utterance] = [part.utterances[row] for row in wanted]
        for index, segment in read_utterances(
            corpus.root, chosen, self.channel, part.owned, contents
        ):
            yield wanted[index], segment

    def _check_length(self, seconds: float) -> None:
        if seconds > self.encoder.longest_seconds:
            raise AudioError(
                f"{seconds:.1f} s, this encoder takes at most {self.encoder.longest_seconds:g} s "
                "(list shorter stretches in a manifest with start and end)",
                stage="length",
            )


def batches(lengths: dict[int, int], most: int = BATCH_FRAMES) -> Iterator[list[int]]:
    """Group rows by length so that a batch holds at most ``most`` frames, padding included.

    Examples
    --------
    >>> list(batches({0: 300, 1: 900, 2: 310, 3: 5000}, most=1000))
    [[0, 2], [1], [3]]
    """
    batch: list[int] = []
    for row in sorted(lengths, key=lambda row: (lengths[row], row)):
        if batch and (len(batch) + 1) * lengths[row] > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
