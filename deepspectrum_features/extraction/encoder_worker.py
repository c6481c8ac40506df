"""The work of an encoder on one part: frame, encode, keep what is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.encoder.clocks import Cells
from deepspectrum_features.encoder.embedding import Embedding
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.encoder.heard import Heard
from deepspectrum_features.encoder.levels import EMBEDDING, STEPS
from deepspectrum_features.encoder.runtime import load_onnxruntime
from deepspectrum_features.errors import AudioError, EncoderError
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.part_reader import PartReader, stack
from deepspectrum_features.extraction.plan import Part
from deepspectrum_features.extraction.worker import Watch
from deepspectrum_features.features.steps import Steps, firsts

Array = NDArray[np.float32]

#: Less sound is done by threads that take turns before processes, in a second or two, have begun.
_LONG_SECONDS = 2400.0


@dataclass(frozen=True)
class EncoderWorker:
    """Computes the rows of a part with an encoder.

    Threads are enough for it unless its front end says otherwise: decoding, resampling, FFT,
    onnxruntime and HDF5 release the GIL. Statistics over time hold it, so that much sound is worth
    the start of processes; each opens the encoder's file once. A GPU is fed by this process alone:
    its threads read and frame side by side, and take turns at it.

    Attributes
    ----------
    encoder : Encoder
    channel : int or None
        Channel to read, counted from 1; None is the mean of all.
    frames, attention : bool
        Whether to keep what is found, and what is attended to, at every step.
    """

    encoder: Encoder
    channel: int | None = None
    frames: bool = False
    attention: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel with the way to the encoder's file."""
        return _arrived, (self.encoder.__reduce__(), self.channel, self.frames, self.attention)

    @property
    def options(self) -> dict[str, Any]:
        """What the numbers depend on besides the recordings."""
        options: dict[str, Any] = {"encoder_sha256": self.encoder.sha256, "channel": self.channel}
        return options | self._level | self._device | {name: True for name in self._kept}

    @property
    def shortest_seconds(self) -> float:
        """Length of the shortest utterance that gives a frame."""
        return self.encoder.shortest_seconds

    @property
    def longest_seconds(self) -> float:
        """Length of the longest utterance the encoder states it takes."""
        return self.encoder.longest_seconds

    @property
    def training(self) -> Heard:
        """Recordings and speakers the encoder was trained on."""
        return self.encoder.stated.training

    def attributes(self) -> dict[str, str]:
        """Return the provenance that every file of this worker carries."""
        rate = self.encoder.front_end.sample_rate
        return ({} if rate is None else {"sample_rate": str(rate)}) | {
            "encoder": self.encoder.name,
            "encoder_sha256": self.encoder.sha256,
            "licence": self.encoder.licence,
            "recipe": json.dumps(self.encoder.recipe, sort_keys=True),
            **self._level,
            **{name: str(value) for name, value in self._device.items()},
        }

    def versions(self) -> dict[str, str]:
        """Return the version of onnxruntime, and of what the front end uses."""
        return {"onnxruntime": load_onnxruntime().__version__, **self.encoder.front_end.versions()}

    def check_shortest(self, samples: int, rate: int) -> None:
        """Refuse an utterance of so many samples that gives no frame."""
        self.encoder.front_end.check_length(samples, rate)

    def in_processes(self, corpus: Corpus, seconds: float) -> bool:
        """Whether the front end works and cannot in threads, or statistics have much to do.

        Raises
        ------
        EncoderError
            If it cannot, and a GPU is to be fed.
        """
        front_end, stored = self.encoder.front_end, corpus.stored
        has_frames = stored is not None and stored.has_frames(front_end.recipe)
        in_threads = front_end.in_threads or (has_frames and self.channel is None)
        if self.encoder.runs_on.shared:
            if not in_threads:
                raise EncoderError(
                    f"{self.encoder.path}: reads {front_end.kind}, computed in processes, of which "
                    f"one alone may feed {self.encoder.device}, need --device cpu (or --jobs 1 and "
                    "--backend local)"
                )
            return False
        much = self.encoder.level != EMBEDDING and seconds >= _LONG_SECONDS
        return much or not in_threads

    def stop(self) -> None:
        """End what other threads are computing."""
        self.encoder.stop()

    def __call__(self, corpus: Corpus, part: Part, watch: Watch) -> PartFile:
        """Compute one part of a scanned corpus; refused utterances stand in its ledger."""
        found = PartReader(corpus, part)
        encoded: dict[int, Embedding] = {}
        frames = self._frames(found, watch)
        for row, embedding in self.encoder.encode_many(frames, self._kept):
            try:
                encoded[row] = embedding.check()
            except AudioError as error:
                found.refuse(row, error, watch)
            else:
                watch.progress(1, found.seconds([row]))
        vectors = {row: embedding.vector for row, embedding in encoded.items()}
        table = found.table(vectors, self.encoder.columns)
        self._complete(table, [encoded[row] for row in sorted(encoded)])
        return table

    @property
    def _device(self) -> dict[str, Any]:
        """Name the device and its batches, but where it is the processor."""
        return self.encoder.runs_on.options

    @property
    def _level(self) -> dict[str, str]:
        """Name the level, but where it is the one that older files are of."""
        level = self.encoder.level
        return {} if level == EMBEDDING else {"level": level}

    @property
    def _kept(self) -> list[str]:
        """Name what is kept of every step."""
        return [name for name in STEPS if getattr(self, name)]

    def _frames(self, found: PartReader, watch: Watch) -> Iterator[tuple[int, Array]]:
        """Read the part and yield the frames of each utterance; refuse those that give none."""
        for row, segment in found.segments(self.channel, self.longest_seconds, watch):
            try:
                frames = segment.frames(self.encoder.front_end)
            except AudioError as error:
                found.refuse(row, error, watch)
            else:
                yield row, frames

    def _complete(self, table: PartFile, encoded: list[Embedding]) -> None:
        """Put what there is besides the vectors into the table."""
        if self._level:
            table.feature_family = self.encoder.families
        if classes := self.encoder.classes:
            table.scores = stack([one.scores for one in encoded], len(classes))
            table.class_name = classes
        if self.frames:
            width = len(self.encoder.frame_columns)
            table.frames = _steps([one.frames for one in encoded], self.encoder, width)
        if self.attention:
            table.attention = _steps([one.attention for one in encoded], self.encoder)
        if self.attention and (cells := self.encoder.cells):
            weights = _steps([one.attention_tf for one in encoded], cells, len(cells.hz))
            table.attention_tf = replace(weights, hz=np.array(cells.hz))


def _steps(rows: list[Array], clock: Encoder | Cells, *dim: int) -> Steps:
    """Put the steps of all rows behind each other."""
    count = np.array([len(one) for one in rows], np.int32)
    values = np.concatenate([np.zeros((0, *dim), np.float32), *rows])
    times = (clock.step_seconds, clock.first_step_centre_seconds)
    return Steps(values, firsts(count), count, *times)


def _arrived(encoder: tuple[Any, ...], *options: Any) -> EncoderWorker:
    """Return a worker that was sent to this process."""
    return EncoderWorker(_opened(*encoder), *options)


@lru_cache(maxsize=1)
def _opened(opens: Callable[..., Encoder], way: tuple[Any, ...]) -> Encoder:
    """Open the encoder that all parts sent to this process are worked on with."""
    return opens(*way)
