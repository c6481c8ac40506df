"""The work on one part: decode, frame, batch by length, encode."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.audio import Segment
from deepspectrum_features.batching import BATCH_FRAMES, batches
from deepspectrum_features.corpus import Corpus
from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import AudioError
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.plan import Part
from deepspectrum_features.reading import read_utterances, segment_frames
from deepspectrum_features.steps import Steps, firsts
from deepspectrum_features.utterance import Refusal, Utterance

Array = NDArray[np.float32]

#: Frames read before they are encoded: 7 MB, and batches of similar length among them.
_WINDOW_FRAMES = 3 * BATCH_FRAMES


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


@dataclass
class _Findings:
    """What a part gives, by the number of the utterance in it."""

    spans: dict[int, tuple[float, float]] = field(default_factory=dict)
    frames: dict[int, Array] = field(default_factory=dict)
    encoded: dict[int, tuple[Array, ...]] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)

    def refuse(self, one: Utterance, stage: str, reason: str) -> None:
        self.refused.append(Refusal(one.file, one.start, one.end, stage, reason))


@dataclass(frozen=True)
class EncoderWorker:
    """Computes the rows of a part with an encoder.

    Attributes
    ----------
    encoder : Encoder
    channel : int or None
        Channel to read, counted from 1; None is the mean of all.
    frames, attention : bool
        Whether to keep frame embeddings and attention of every step.
    """

    encoder: Encoder
    channel: int | None = None
    frames: bool = False
    attention: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """What the numbers depend on besides the recordings."""
        options: dict[str, Any] = {"encoder_sha256": self.encoder.sha256, "channel": self.channel}
        return options | {name: True for name in ("frames", "attention") if getattr(self, name)}

    def __call__(self, corpus: Corpus, part: Part, watch: Watch) -> FeatureFile:
        """Compute one part of a scanned corpus; refused utterances stand in its ledger."""
        found = _Findings()
        waiting = 0
        for row in self._read(corpus, part, found, watch):
            waiting += len(found.frames[row])
            if waiting >= _WINDOW_FRAMES:
                self._encode(found, watch)
                waiting = 0
        self._encode(found, watch)
        encoded = found.encoded
        for row in found.spans.keys() - encoded.keys():
            reason = "the encoder gives no finite numbers, need samples around full scale 1"
            found.refuse(part.utterances[row], "encode", reason)
        rows = sorted(encoded)
        table = FeatureFile(
            features=_stack([encoded[row][0] for row in rows], self.encoder.dim),
            feature_name=self.encoder.columns,
            file=[part.utterances[row].file for row in rows],
            start=np.array([found.spans[row][0] for row in rows]),
            end=np.array([found.spans[row][1] for row in rows]),
            scores=_stack([encoded[row][1] for row in rows], len(self.encoder.classes)),
            class_name=self.encoder.classes,
            refused=sorted(found.refused, key=lambda one: (one.file, one.start)),
            attributes={
                "contents": json.dumps(found.contents, sort_keys=True),
                "silent": json.dumps(found.silent),
            },
        )
        if self.frames:
            table.frames = self._steps([encoded[row][2] for row in rows], self.encoder.frame_dim)
        if self.attention:
            table.attention = self._steps([encoded[row][-1] for row in rows])
        return table

    def attributes(self) -> dict[str, str]:
        """Provenance that every file of this worker carries."""
        return {
            "encoder": self.encoder.name,
            "encoder_sha256": self.encoder.sha256,
            "licence": self.encoder.licence,
            "recipe": json.dumps(self.encoder.metadata["recipe"], sort_keys=True),
        }

    def stop(self) -> None:
        """End what other threads are computing."""
        self.encoder.stop()

    def _read(self, corpus: Corpus, part: Part, found: _Findings, watch: Watch) -> Iterator[int]:
        """Decode every utterance and compute its front-end frames; yield those that have some."""
        for row, segment in self._segments(corpus, part, found.contents, watch.opening):
            one = part.utterances[row]
            watch.progress(0, 0.0)  # a chance to stop
            try:
                if isinstance(segment, AudioError):
                    raise segment
                self._check_length(segment.end - segment.start)
                found.frames[row] = segment_frames(segment, self.encoder.front_end)
                found.spans[row] = (segment.start, segment.end)
                if not segment.waveform.any():
                    found.silent.append(one.file)
                yield row
            except AudioError as error:
                found.refuse(one, error.stage, str(error))
                watch.progress(1, corpus.seconds(one))
        watch.opening("")

    def _segments(
        self,
        corpus: Corpus,
        part: Part,
        contents: dict[str, str],
        opening: Callable[[str], object],
    ) -> Iterator[tuple[int, Segment | AudioError]]:
        """Read what is short enough, and safe, to decode."""
        wanted: list[int] = []
        for row, one in enumerate(part.utterances):
            try:
                if one.file in corpus.crashing:
                    raise corpus.crashing[one.file].error
                _check_unchanged(corpus, one.file)
                self._check_length(corpus.seconds(one))
                wanted.append(row)
            except AudioError as error:
                yield row, error
        chosen: Sequence[Utterance] = [part.utterances[row] for row in wanted]
        for index, segment in read_utterances(
            corpus.root, chosen, self.channel, part.owned, contents, opening
        ):
            yield wanted[index], segment

    def _check_length(self, seconds: float) -> None:
        if seconds > self.encoder.longest_seconds:
            raise AudioError(
                f"{seconds:.1f} s, this encoder takes at most {self.encoder.longest_seconds:g} s "
                "(use --chunk SECONDS)",
                stage="length",
            )

    def _encode(self, found: _Findings, watch: Watch) -> None:
        """Turn the frames at hand into embedding, scores and steps, where these are finite."""
        wanted = ["embedding", "logits"]
        wanted += ["frame_embedding"] * self.frames + ["attention"] * self.attention
        wanted += ["steps"] * (self.frames or self.attention)
        for batch in batches({row: len(one) for row, one in found.frames.items()}):
            watch.progress(0, 0.0)
            outputs = self.encoder.encode([found.frames.pop(row) for row in batch], wanted)
            vectors = np.hstack([outputs.embedding, outputs.scores])
            finite = set(np.flatnonzero(np.isfinite(vectors).all(axis=1)).tolist())
            for index, row in enumerate(batch):
                found_steps = (outputs.frame_embedding[index], outputs.attention[index])
                steps = [one[: outputs.steps[index]].copy() for one in found_steps if len(one)]
                if index in finite and all(np.isfinite(one).all() for one in steps):
                    found.encoded[row] = (outputs.embedding[index], outputs.scores[index], *steps)
            seconds = sum(found.spans[row][1] - found.spans[row][0] for row in batch)
            watch.progress(len(batch), seconds)

    def _steps(self, rows: list[Array], *dim: int) -> Steps:
        """Put the steps of all rows behind each other."""
        count = np.array([len(one) for one in rows], np.int32)
        values = np.concatenate([np.zeros((0, *dim), np.float32), *rows])
        times = (self.encoder.step_seconds, self.encoder.first_step_centre_seconds)
        return Steps(values, firsts(count), count, *times)


def _check_unchanged(corpus: Corpus, file: str) -> None:
    """Refuse a recording that is another than the one that was planned with."""
    try:
        size = os.path.getsize(os.path.join(corpus.root, file))  # noqa: PTH118, PTH202 (half the time)
    except OSError:
        return  # opening it says more
    if size != corpus.headers[file].bytes:
        planned = corpus.headers[file].bytes
        raise AudioError(f"changed during the run: {planned} bytes, now {size}", stage="open")


def _stack(rows: list[Array], width: int) -> Array:
    return np.stack(rows) if rows else np.zeros((0, width), np.float32)
