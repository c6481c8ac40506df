"""An exported encoder: one ONNX file, complete in itself, run by onnxruntime without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.encoder.batching import Frames, batches_on_the_way, pad, runs
from deepspectrum_features.encoder.bundled import check_sha256, find_encoder
from deepspectrum_features.encoder.embedding import Embedding, Encoded
from deepspectrum_features.encoder.encoder_file import (
    OUTPUTS,
    check_width,
    checked_metadata,
    front_end_of,
    read_model,
)
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.encoder.sounds import Sound, frame_sound, frame_sounds, naming
from deepspectrum_features.sound import FrontEnd


class Encoder:
    """A trained encoder with its provenance; ``print`` it for a summary.

    Parameters
    ----------
    path : str or Path
        An ``.onnx`` file written by `deepspectrum_features.training.exporting`.
    sha256 : str, optional
        Refuse the file unless it hashes to this.
    provider : str, optional
        What runs the graph; ``cpu`` is all there is.

    Attributes
    ----------
    front_end : FrontEnd
        Makes the frames of its input.
    metadata : dict
        The whole JSON object in the file.
    stated : EncoderMetadata
        What this version reads of it, checked.

    Raises
    ------
    EncoderError
        If the file is missing, not an encoder of ours, or of another format version.

    Notes
    -----
    It can be pickled: by path and sha256, so that the file must stand there, unchanged, wherever
    it is unpickled.

    Examples
    --------
    >>> from deepspectrum_features import Encoder
    >>> from deepspectrum_features.testing import tone
    >>> encoder = Encoder.open()
    >>> found = encoder.embed(tone(440, seconds=1.0), 16000)
    >>> found.vector.shape == (encoder.dim,), found.attention.shape
    (True, (98,))
    """

    def __init__(self, path: str | Path, sha256: str | None = None, provider: str = "cpu") -> None:
        self.path, self.provider = arguments.path("path", path), provider
        path, content = self.path, read_model(self.path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        check_sha256(path, self.sha256, sha256)
        self._session = Session(path, content, provider)
        self.metadata, self.stated = checked_metadata(path, self._session)
        self.front_end: FrontEnd = front_end_of(path, self.stated.front_end)
        check_width(path, self._session, self.front_end.dim)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as path and sha256."""
        return type(self), (self.path.absolute(), self.sha256, self.provider)

    @classmethod
    def open(cls, name: str | Path | None = None, provider: str = "cpu") -> Encoder:
        """Open a bundled encoder by name, any other by path; None is the default encoder."""
        if not isinstance(name, str | Path | None):
            arguments.refuse("name", name, "an encoder's name or path", TypeError)
        return cls(*find_encoder(name), provider)

    @property
    def name(self) -> str:
        """The name it was exported under."""
        return self.stated.name

    @property
    def licence(self) -> str:
        """Licence of the weights (SPDX)."""
        return self.stated.licence

    @property
    def columns(self) -> list[str]:
        """Names of the embedding's columns."""
        return list(self.stated.columns)

    @property
    def classes(self) -> list[str]:
        """Names of the class scores."""
        return list(self.stated.classes)

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return len(self.stated.columns)

    @property
    def frame_dim(self) -> int:
        """Length of a frame embedding."""
        return int(self._session.outputs["frame_embedding"][2])

    @property
    def shortest_seconds(self) -> float:
        """Length of the shortest utterance it accepts."""
        return self.front_end.shortest_seconds

    @property
    def step_seconds(self) -> float:
        """Time from step to step of frame embeddings and attention."""
        return self.stated.step_seconds

    @property
    def first_step_centre_seconds(self) -> float:
        """Centre of the first step, counted from the start of the utterance."""
        return self.stated.first_step_centre_seconds

    @property
    def longest_seconds(self) -> float:
        """Longest utterance it accepts."""
        return self.stated.longest_seconds

    def embed(self, samples: NDArray[np.floating[Any]], rate: int) -> Embedding:
        """Encode one utterance.

        Parameters
        ----------
        samples : ndarray, (samples,), float
            One channel, full scale 1.
        rate : int, Hz

        Raises
        ------
        AudioError
            If the utterance is too short or too long, or its samples are far beyond full scale.
        TypeError, ValueError
            If the samples are not a row of floats, or have no rate.
        """
        frames = frame_sound(samples, rate, self.front_end, self.longest_seconds)
        return next(iter(self.encode([frames]))).check()

    def embed_many(self, sounds: Iterable[Sound]) -> Iterator[Embedding]:
        """Encode utterances in batches of similar length; yield them in the order given.

        About two minutes of sound are read ahead, and no more held in memory. Numbers may differ
        from those of `embed` in their last digits.

        Parameters
        ----------
        sounds : iterable of (samples, rate)
            As for `embed`.

        Raises
        ------
        AudioError, TypeError, ValueError
            As `embed` does; an `AudioError` names the sound, counted from 0.

        Examples
        --------
        >>> from deepspectrum_features.testing import tone
        >>> sounds = ((tone(pitch, seconds=1.0), 16000) for pitch in (220, 440))
        >>> [found.vector.shape for found in Encoder.open().embed_many(sounds)]
        [(192,), (192,)]
        """
        for run in runs(frame_sounds(sounds, self.front_end, self.longest_seconds)):
            found = dict(self.encode_many(run))
            for number, _ in run:
                with naming(number):
                    found[number].check()
                yield found[number]

    def encode_many(
        self, utterances: Iterable[tuple[int, Frames]], outputs: Sequence[str] = OUTPUTS
    ) -> Iterator[tuple[int, Embedding]]:
        """Encode utterances as `batches_on_the_way` groups them; yield each batch when it is done.

        Parameters
        ----------
        utterances : iterable of (row, frames)
            Front-end frames ``(frames, dim)`` under any number of their own.
        outputs : sequence of str, optional
            Which outputs to compute; the others come back empty.

        Yields
        ------
        row : int
        embedding : Embedding
            Not checked for NaN.
        """
        for batch in batches_on_the_way(utterances):
            yield from zip(batch, self.encode(list(batch.values()), outputs), strict=True)

    def encode(self, utterances: Sequence[Frames], outputs: Sequence[str] = OUTPUTS) -> Encoded:
        """Encode a batch; padding to the longest changes no number.

        Parameters
        ----------
        utterances : sequence of ndarray, (frames, dim)
            Front-end frames of each, at least one frame.
        outputs : sequence of str, optional
            Which outputs to compute; the others come back empty.
        """
        batch, frames = pad(utterances)
        return Encoded.of(self.run(batch, frames, outputs), len(frames))

    def run(
        self,
        batch: NDArray[np.float32],
        frames: NDArray[np.int64],
        outputs: Sequence[str] = OUTPUTS,
    ) -> dict[str, NDArray[Any]]:
        """Run the graph on ``batch (batch, frames, dim)``, padded as ``frames`` says.

        Raises
        ------
        EncoderError
            If the graph fails, runs for more than 5 minutes, or is stopped.
        """
        return self._session.run({"input": batch, "frames": frames}, outputs)

    def stop(self) -> None:
        """End all runs that other threads have under way; they raise `EncoderError`."""
        self._session.stop()

    def __str__(self) -> str:
        """Describe it, provenance and licence first."""
        from deepspectrum_features.encoder.summary import describe_encoder

        return describe_encoder(self)
