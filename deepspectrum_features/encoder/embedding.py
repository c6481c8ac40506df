"""What an encoder gives: for a batch, and for one utterance of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.errors import AudioError


@dataclass(frozen=True)
class Embedding:
    """One utterance through an encoder; what was not asked for, or its level lacks, is empty.

    Attributes
    ----------
    vector : ndarray, (dim,), float32
        The columns of the encoder's level: the deep spectrum vector, then statistics over time.
    frames : ndarray, (steps, dim_f), float32
        What the encoder finds at every step of time; `Encoder.frame_columns` names it.
    attention : ndarray, (steps,), float32
        Weights of the steps; they sum to 1. Only an encoder with an embedding has them.
    scores : ndarray, (classes,), float32
        The class scores of an encoder that tells classes, before the softmax.
    """

    vector: NDArray[np.float32]
    frames: NDArray[np.float32]
    attention: NDArray[np.float32]
    scores: NDArray[np.float32]

    def check(self) -> Embedding:
        """Return itself, or raise `AudioError` where a number is not finite."""
        for values in (self.vector, self.frames, self.attention, self.scores):
            if not np.isfinite(values).all():
                raise AudioError(
                    "the encoder gives no finite numbers, need samples around full scale 1",
                    stage="encode",
                )
        return self


@dataclass(frozen=True)
class Encoded:
    """One batch through an encoder; what was not computed is empty.

    Attributes
    ----------
    embedding : ndarray, (batch, dim), float32
        The deep spectrum vectors.
    scores : ndarray, (batch, classes), float32
        The encoder's own class scores, before the softmax.
    frame_embedding : ndarray, (batch, steps, dim_f), float32
    steps : ndarray, (batch,), int64
        Valid steps of each utterance; what stands behind them is padding.
    attention : ndarray, (batch, steps), float32
        Sums to 1 over the valid steps.
    functionals : ndarray, (batch, columns), float32
        Statistics over time.
    """

    embedding: NDArray[np.float32]
    scores: NDArray[np.float32]
    frame_embedding: NDArray[np.float32]
    steps: NDArray[np.int64]
    attention: NDArray[np.float32]
    functionals: NDArray[np.float32]

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]], batch: int) -> Encoded:
        """Take a graph's outputs by their names; those that were not computed are empty."""
        empty = np.zeros((batch, 0), np.float32)
        return cls(
            embedding=outputs.get("embedding", empty),
            scores=outputs.get("logits", empty),
            frame_embedding=outputs.get("frame_embedding", empty[..., None]),
            steps=outputs.get("steps", np.zeros(batch, np.int64)),
            attention=outputs.get("attention", empty),
            functionals=outputs.get("functionals", empty),
        )

    def __iter__(self) -> Iterator[Embedding]:
        """Yield every utterance without its padding, in copies that let go of the batch."""
        for row, steps in enumerate(self.steps):
            yield Embedding(
                np.concatenate([self.embedding[row], self.functionals[row]]),
                self.frame_embedding[row, :steps].copy(),
                self.attention[row, :steps].copy(),
                self.scores[row].copy(),
            )
