"""The work of an encoder on one part: frame, batch by length, encode."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.reading import segment_frames
from deepspectrum_features.encoder.batching import BATCH_FRAMES, batches
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.runtime import load_onnxruntime
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.part_reader import PartReader, stack
from deepspectrum_features.extraction.plan import Part
from deepspectrum_features.extraction.worker import Watch
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.steps import Steps, firsts

Array = NDArray[np.float32]

#: Frames read before they are encoded, 15 MB. The CPU is slow for half a millisecond after every
#: change from reading to encoding, so it should change rarely.
_WINDOW_FRAMES = 6 * BATCH_FRAMES


@dataclass(frozen=True)
class EncoderWorker:
    """Computes the rows of a part with an encoder.

    Threads are enough for it: decoding, resampling, FFT, onnxruntime and HDF5 release the GIL.

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
    in_processes = False

    @property
    def options(self) -> dict[str, Any]:
        """What the numbers depend on besides the recordings."""
        options: dict[str, Any] = {"encoder_sha256": self.encoder.sha256, "channel": self.channel}
        return options | {name: True for name in ("frames", "attention") if getattr(self, name)}

    @property
    def shortest_seconds(self) -> float:
        """Length of one analysis window."""
        return self.encoder.shortest_seconds

    @property
    def longest_seconds(self) -> float:
        """Length of the longest utterance the encoder states it takes."""
        return self.encoder.longest_seconds

    @property
    def training(self) -> dict[str, Any]:
        """Recordings and speakers the encoder was trained on."""
        training: dict[str, Any] = self.encoder.metadata["training"]
        return training

    def attributes(self) -> dict[str, str]:
        """Return the provenance that every file of this worker carries."""
        return {
            "encoder": self.encoder.name,
            "encoder_sha256": self.encoder.sha256,
            "licence": self.encoder.licence,
            "recipe": json.dumps(self.encoder.metadata["recipe"], sort_keys=True),
        }

    def versions(self) -> dict[str, str]:
        """Return the version of onnxruntime."""
        return {"onnxruntime": load_onnxruntime().__version__}

    def stop(self) -> None:
        """End what other threads are computing."""
        self.encoder.stop()

    def __call__(self, corpus: Corpus, part: Part, watch: Watch) -> FeatureFile:
        """Compute one part of a scanned corpus; refused utterances stand in its ledger."""
        found = PartReader(corpus, part)
        encoded: dict[int, tuple[Array, ...]] = {}
        frames: dict[int, Array] = {}
        for row, segment in found.segments(self.channel, self.longest_seconds, watch):
            try:
                frames[row] = segment_frames(segment, self.encoder.front_end)
            except AudioError as error:
                found.refuse(row, error, watch)
            if sum(map(len, frames.values())) >= _WINDOW_FRAMES:
                self._encode(frames, encoded, found, watch, more=True)
        self._encode(frames, encoded, found, watch)
        rows = sorted(encoded)
        table = found.table(
            {row: encoded[row][0] for row in rows},
            self.encoder.columns,
            scores=stack([encoded[row][1] for row in rows], len(self.encoder.classes)),
            class_name=self.encoder.classes,
        )
        if self.frames:
            table.frames = self._steps([encoded[row][2] for row in rows], self.encoder.frame_dim)
        if self.attention:
            table.attention = self._steps([encoded[row][-1] for row in rows])
        return table

    def _encode(
        self,
        frames: dict[int, Array],
        encoded: dict[int, tuple[Array, ...]],
        found: PartReader,
        watch: Watch,
        more: bool = False,
    ) -> None:
        """Turn frames at hand into embedding, scores and steps, where these are finite.

        All of them, or where ``more`` may come all but those of the last batch, to fill it.
        """
        wanted = ["embedding", "logits"]
        wanted += ["frame_embedding"] * self.frames + ["attention"] * self.attention
        wanted += ["steps"] * (self.frames or self.attention)
        ready = list(batches({row: len(one) for row, one in frames.items()}))
        for batch in ready[:-1] if more else ready:
            watch.progress(0, 0.0)
            outputs = self.encoder.encode([frames.pop(row) for row in batch], wanted)
            vectors = np.hstack([outputs.embedding, outputs.scores])
            finite = set(np.flatnonzero(np.isfinite(vectors).all(axis=1)).tolist())
            good = []
            for index, row in enumerate(batch):
                found_steps = (outputs.frame_embedding[index], outputs.attention[index])
                steps = [one[: outputs.steps[index]].copy() for one in found_steps if len(one)]
                if index in finite and all(np.isfinite(one).all() for one in steps):
                    encoded[row] = (outputs.embedding[index], outputs.scores[index], *steps)
                    good.append(row)
                else:
                    reason = "the encoder gives no finite numbers, need samples around full scale 1"
                    found.refuse(row, AudioError(reason, stage="encode"), watch)
            watch.progress(len(good), found.seconds(good))

    def _steps(self, rows: list[Array], *dim: int) -> Steps:
        """Put the steps of all rows behind each other."""
        count = np.array([len(one) for one in rows], np.int32)
        values = np.concatenate([np.zeros((0, *dim), np.float32), *rows])
        times = (self.encoder.step_seconds, self.encoder.first_step_centre_seconds)
        return Steps(values, firsts(count), count, *times)
