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
    attention_tf : ndarray, (cells, bands), float32
        Weights of cells of time and frequency; they sum to 1. Empty but of a network that attends
        to such cells; `Encoder.cells` says where they are.
    """

    vector: NDArray[np.float32]
    frames: NDArray[np.float32]
    attention: NDArray[np.float32]
    scores: NDArray[np.float32]
    attention_tf: NDArray[np.float32]

    def check(self) -> Embedding:
        """Return itself, or raise `AudioError` where a number is not finite."""
        for values in vars(self).values():
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
    attention_tf : ndarray, (batch, cells, bands), float32
        Sums to 1 over the valid cells.
    cells : ndarray, (batch,), int64
        Valid cells of each utterance along time.
    """

    embedding: NDArray[np.float32]
    scores: NDArray[np.float32]
    frame_embedding: NDArray[np.float32]
    steps: NDArray[np.int64]
    attention: NDArray[np.float32]
    functionals: NDArray[np.float32]
    attention_tf: NDArray[np.float32]
    cells: NDArray[np.int64]

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]], batch: int) -> Encoded:
        """Take a graph's outputs by their names; those that were not computed are empty."""
        empty, none = np.zeros((batch, 0), np.float32), np.zeros(batch, np.int64)
        return cls(
            embedding=outputs.get("embedding", empty),
            scores=outputs.get("logits", empty),
            frame_embedding=outputs.get("frame_embedding", empty[..., None]),
            steps=outputs.get("steps", none),
            attention=outputs.get("attention", empty),
            functionals=outputs.get("functionals", empty),
            attention_tf=outputs.get("attention_tf", empty[..., None]),
            cells=outputs.get("cells", none),
        )

    def __iter__(self) -> Iterator[Embedding]:
        """Yield every utterance without its padding, in copies that let go of the batch."""
        for row, (steps, cells) in enumerate(zip(self.steps, self.cells, strict=True)):
            yield Embedding(
                np.concatenate([self.embedding[row], self.functionals[row]]),
                self.frame_embedding[row, :steps].copy(),
                self.attention[row, :steps].copy(),
                self.scores[row].copy(),
                self.attention_tf[row, :cells].copy(),
            )
