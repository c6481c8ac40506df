"""The work on one part: decode, frame, batch by length, encode."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.audio import Segment
from deepspectrum_features.batching import batches
from deepspectrum_features.corpus import Corpus
from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import AudioError
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.plan import Part
from deepspectrum_features.reading import read_utterances, segment_frames
from deepspectrum_features.utterance import Refusal, Utterance


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
        encoded = self._encode(frames, spans, progress)
        for row in [row for row in encoded if not np.isfinite(np.concatenate(encoded[row])).all()]:
            one = part.utterances[row]
            reason = "the encoder gives no finite numbers, need samples around full scale 1"
            refused.append(Refusal(one.file, one.start, one.end, "encode", reason))
            del encoded[row]
        rows = sorted(encoded)
        return FeatureFile(
            features=_stack([encoded[row][0] for row in rows], self.encoder.dim),
            feature_name=self.encoder.columns,
            file=[part.utterances[row].file for row in rows],
            start=np.array([spans[row][0] for row in rows]),
            end=np.array([spans[row][1] for row in rows]),
            scores=_stack([encoded[row][1] for row in rows], len(self.encoder.classes)),
            class_name=self.encoder.classes,
            refused=sorted(refused, key=lambda one: (one.file, one.start)),
            attributes={"contents": json.dumps(contents, sort_keys=True)},
        )

    def _encode(
        self,
        frames: dict[int, NDArray[np.float32]],
        spans: dict[int, tuple[float, float]],
        progress: Callable[[int, float], object],
    ) -> dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return embedding and scores of every row; the frames are given up on the way."""
        encoded = {}
        for batch in batches({row: len(one) for row, one in frames.items()}):
            found = self.encoder.encode([frames.pop(row) for row in batch], ("embedding", "logits"))
            for row, embedding, scores in zip(batch, found.embedding, found.scores, strict=True):
                encoded[row] = (embedding, scores)
            progress(len(batch), sum(spans[row][1] - spans[row][0] for row in batch))
        return encoded

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


def _stack(rows: list[NDArray[np.float32]], width: int) -> NDArray[np.float32]:
    return np.stack(rows) if rows else np.zeros((0, width), np.float32)
