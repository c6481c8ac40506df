"""An exported encoder: one ONNX file, complete in itself, run by onnxruntime without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.encoder_file import (
    OUTPUTS,
    checked_metadata,
    read_model,
)
from deepspectrum_features.encoder.runtime import RUN_SECONDS, TimeLimit, start_session
from deepspectrum_features.errors import EncoderError, near_miss
from deepspectrum_features.recipe import PowerSpectrogram, Recipe

#: Bundled encoders, the default first, and the sha256 each file must have.
BUNDLED: dict[str, str] = {
    "zhao2018-asmmc-compact-nemo": (
        "050344a9c0ecb5031e062a1f0fc92aa45105e187b7c3ebf95e790f913d5103ed"
    ),
}


@dataclass(frozen=True)
class Encoded:
    """One batch through an encoder.

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
    """

    embedding: NDArray[np.float32]
    scores: NDArray[np.float32]
    frame_embedding: NDArray[np.float32]
    steps: NDArray[np.int64]
    attention: NDArray[np.float32]


class Encoder:
    """A trained encoder with its provenance; ``print`` it for a summary.

    Parameters
    ----------
    path : Path
        An ``.onnx`` file written by `deepspectrum_features.training.exporting`.
    sha256 : str, optional
        Refuse the file unless it hashes to this.

    Raises
    ------
    EncoderError
        If the file is missing, not an encoder of ours, or of another format version.

    Examples
    --------
    >>> from deepspectrum_features import Encoder
    >>> from deepspectrum_features.testing import tone
    >>> from deepspectrum_features.sound.spectrogram import power_spectrogram
    >>> encoder = Encoder.open()
    >>> encoded = encoder.encode([power_spectrogram(tone(440, seconds=1.0), encoder.front_end)])
    >>> encoded.embedding.shape == (1, encoder.dim)
    True
    """

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        self.path = path
        content = read_model(path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        if sha256 is not None and sha256 != self.sha256:
            raise EncoderError(
                f"{path}: sha256 {self.sha256[:12]}..., need {sha256[:12]}... (the bundled file "
                "was changed: install the package again)"
            )
        self._session = start_session(path, content)
        self._limit = TimeLimit()
        self.metadata = checked_metadata(path, self._session)
        front_end = {"front_end": self.metadata["front_end"]}
        #: What the input frames are.
        self.front_end: PowerSpectrogram = Recipe.from_dict(front_end, str(path)).front_end

    @classmethod
    def open(cls, name: str | Path | None = None) -> Encoder:
        """Open a bundled encoder by name, any other by path; None is the default encoder."""
        bundled = list(BUNDLED)
        if name is None:
            name = bundled[0]
        if str(name) in BUNDLED:
            return cls(bundled_path(str(name)), BUNDLED[str(name)])
        if not Path(name).exists() and Path(name).suffix != ".onnx":
            raise EncoderError(
                f"{name}: no such encoder, need a path or one of {', '.join(bundled)}"
                f"{near_miss(str(name), bundled)}"
            )
        return cls(Path(name))

    @property
    def name(self) -> str:
        """The name it was exported under."""
        return str(self.metadata["name"])

    @property
    def licence(self) -> str:
        """Licence of the weights (SPDX)."""
        return str(self.metadata["licence"])

    @property
    def columns(self) -> list[str]:
        """Names of the embedding's columns."""
        return list(self.metadata["columns"])

    @property
    def classes(self) -> list[str]:
        """Names of the class scores."""
        return list(self.metadata["classes"])

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return len(self.metadata["columns"])

    @property
    def frame_dim(self) -> int:
        """Length of a frame embedding."""
        outputs = {item.name: item.shape for item in self._session.get_outputs()}
        return int(outputs["frame_embedding"][2])

    @property
    def shortest_seconds(self) -> float:
        """Length of one analysis window, the shortest utterance it accepts."""
        return self.front_end.window_samples / self.front_end.sample_rate

    @property
    def step_seconds(self) -> float:
        """Time from step to step of frame embeddings and attention."""
        return float(self.metadata["step_seconds"])

    @property
    def first_step_centre_seconds(self) -> float:
        """Centre of the first step, counted from the start of the utterance."""
        return float(self.metadata["first_step_centre_seconds"])

    @property
    def longest_seconds(self) -> float:
        """Longest utterance it accepts."""
        return float(self.metadata["longest_seconds"])

    def encode(
        self, spectrograms: Sequence[NDArray[np.float32]], outputs: Sequence[str] = OUTPUTS
    ) -> Encoded:
        """Encode a batch; padding to the longest changes no number.

        Parameters
        ----------
        spectrograms : sequence of ndarray, (frames, bins)
            Front-end frames of each utterance, at least one frame.
        outputs : sequence of str, optional
            Which outputs to compute; the others come back empty.
        """
        frames = np.array([len(one) for one in spectrograms], np.int64)
        batch = np.zeros((len(frames), frames.max(), spectrograms[0].shape[1]), np.float32)
        for row, one in zip(batch, spectrograms, strict=True):
            row[: len(one)] = one
        values = self.run(batch, frames, outputs)
        empty = np.zeros((len(frames), 0), np.float32)
        return Encoded(
            embedding=values.get("embedding", empty),
            scores=values.get("logits", empty),
            frame_embedding=values.get("frame_embedding", empty[..., None]),
            steps=values.get("steps", np.zeros(len(frames), np.int64)),
            attention=values.get("attention", empty),
        )

    def run(
        self,
        batch: NDArray[np.float32],
        frames: NDArray[np.int64],
        outputs: Sequence[str] = OUTPUTS,
    ) -> dict[str, NDArray[Any]]:
        """Run the graph on ``batch (batch, frames, bins)``, padded as ``frames`` says.

        Raises
        ------
        EncoderError
            If the graph fails, runs for more than 5 minutes, or is stopped.
        """
        try:
            with self._limit.run(RUN_SECONDS) as options:
                inputs = {"input": batch, "frames": frames}
                values = self._session.run(list(outputs), inputs, options)
        except Exception as error:  # onnxruntime's own exceptions share no base class but this
            reason = str(error).splitlines()[0][:200]
            if "terminate flag" in reason:
                reason = f"stopped, or not done with one batch after {RUN_SECONDS:g} s"
            raise EncoderError(f"{self.path}: {reason}") from None
        return dict(zip(outputs, values, strict=True))

    def stop(self) -> None:
        """End all runs that other threads have under way; they raise `EncoderError`."""
        self._limit.stop()

    def __str__(self) -> str:
        """Describe it, provenance and licence first."""
        from deepspectrum_features.encoder.summary import describe_encoder

        return describe_encoder(self)


def bundled_path(name: str) -> Path:
    """Path of a bundled encoder's file."""
    return Path(str(resources.files("deepspectrum_features") / "encoders" / f"{name}.onnx"))
