"""An exported encoder: one ONNX file, complete in itself, run by onnxruntime without torch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.encoder.batching import Frames, pad, runs
from deepspectrum_features.encoder.bundled import find_encoder
from deepspectrum_features.encoder.clocks import Cells
from deepspectrum_features.encoder.devices import CPU
from deepspectrum_features.encoder.embedding import Embedding, Encoded
from deepspectrum_features.encoder.levels import STEPS, Level
from deepspectrum_features.encoder.opened import OpenedFile
from deepspectrum_features.encoder.sounds import Sound, frame_sound, frame_sounds, naming
from deepspectrum_features.encoder.summary import describe_encoder
from deepspectrum_features.overview import Described
from deepspectrum_features.recipe.functionals import Functional
from deepspectrum_features.sound import FrontEnd


class Encoder(OpenedFile, Described):
    """An encoder with its provenance; ``print`` it for a summary.

    Parameters
    ----------
    path : str or Path
        An ``.onnx`` file that ``dsf export`` wrote, or one like it.
    sha256 : str, optional
        Refuse the file unless it hashes to this.
    device : str, optional
        What runs the graph: ``cpu``, or ``cuda``, a GPU.
    level : str, optional
        What it gives of an utterance: ``embedding``, the deep spectrum vector; ``functionals``,
        statistics over time; or ``both``. Default what the file says serves best.

    Attributes
    ----------
    level : str
        The one it was opened at: columns, families, classes and frames are of it.
    front_end : FrontEnd
        Makes the frames of its input, as far as the level needs them.

    Raises
    ------
    EncoderError
        If the file is no encoder of ours, of a later version or without that level; or no device.

    Notes
    -----
    `OpenedFile` has what the file says besides, such as ``levels`` and ``metadata``. It is pickled
    by path or bundled name, sha256, device, level: the file must stand there when unpickled.

    Examples
    --------
    >>> from deepspectrum_features import Encoder
    >>> from deepspectrum_features.testing import tone
    >>> encoder = Encoder.open()
    >>> found = encoder.embed(tone(440, seconds=1.0), 16000)
    >>> found.vector.shape == (encoder.dim,), len(found.frames)
    (True, 98)
    """

    def __init__(
        self,
        path: str | Path,
        sha256: str | None = None,
        device: str = CPU,
        level: str | None = None,
    ) -> None:
        super().__init__(path, sha256, device)
        self.level = self.chosen_level(level)
        self.front_end: FrontEnd = self.front_end_at(self.level)
        self._level = Level(self.level, self.stated, self.front_end, self.frame_dim)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as path or bundled name, sha256, device and level."""
        return _arrived, (self.place, self.sha256, self.device, self.level)

    def __deepcopy__(self, memo: dict[int, Any]) -> Encoder:
        """Return the same one: nothing in it changes."""
        return self

    @classmethod
    def open(
        cls, name: str | Path | None = None, device: str = CPU, level: str | None = None
    ) -> Encoder:
        """Open a bundled encoder by name, any other by path; None is the default encoder."""
        if not isinstance(name, str | Path | None):
            arguments.refuse("name", name, "an encoder's name or path", TypeError)
        return cls(*find_encoder(name), device, level)

    def at(self, level: str | None, device: str | None = None) -> Encoder:
        """Return the same encoder at another of its levels, on another device; None is its own."""
        if level in (None, self.level) and device in (None, self.device):
            return self
        return type(self)(self.path, self.sha256, device or self.device, level or self.level)

    @property
    def columns(self) -> list[str]:
        """Names of the vector's columns."""
        return [column.name for column in self.described]

    @property
    def families(self) -> list[str]:
        """The family of every column."""
        return [column.family for column in self.described]

    @property
    def described(self) -> tuple[Functional, ...]:
        """Name, family and unit of every column, and what it is."""
        return self._level.described

    @property
    def recipe(self) -> dict[str, Any]:
        """Everything that the numbers of its level depend on, as feature files hold it."""
        return self._level.recipe

    @property
    def classes(self) -> list[str]:
        """Names of the class scores; none where the level has no embedding."""
        return list(self._level.classes)

    @property
    def dim(self) -> int:
        """Length of the vector."""
        return len(self.described)

    @property
    def frame_columns(self) -> list[str]:
        """Names of what it finds at every step: the network's numbers, else streams and masks."""
        return list(self._level.frame_columns)

    @property
    def shortest_seconds(self) -> float:
        """Length of the shortest utterance it accepts."""
        return self.front_end.shortest_seconds

    @property
    def step_seconds(self) -> float:
        """Time from step to step of frames and attention."""
        return self._level.step_seconds

    @property
    def first_step_centre_seconds(self) -> float:
        """Centre of the first step, counted from the start of the utterance."""
        return self._level.first_step_centre_seconds

    @property
    def cells(self) -> Cells | None:
        """Where the cells of time and frequency are that it attends to; None where it does not."""
        return self._level.cells

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

        Two minutes of sound are held (eight for a GPU). Last digits may differ from `embed`'s.

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
        [(1498,), (1498,)]
        """
        framed = frame_sounds(sounds, self.front_end, self.longest_seconds)
        for run in runs(framed, self.runs_on.window_frames):
            found = dict(self.encode_many(run))
            for number, _ in run:
                with naming(number):
                    found[number].check()
                yield found[number]

    def encode_many(
        self, utterances: Iterable[tuple[int, Frames]], keep: Collection[str] = STEPS
    ) -> Iterator[tuple[int, Embedding]]:
        """Encode utterances as `batches_on_the_way` groups them; yield each batch when it is done.

        Parameters
        ----------
        utterances : iterable of (row, frames)
            Front-end frames ``(frames, dim)`` under any number of their own.
        keep : collection of str, optional
            ``frames`` and ``attention``, as far as they are wanted; else they come back empty.

        Yields
        ------
        (row, embedding) : tuple of (int, Embedding), not checked for NaN
        """
        for batch in self.runs_on.batches(utterances):
            yield from zip(batch, self.encode(list(batch.values()), keep), strict=True)

    def encode(self, utterances: Sequence[Frames], keep: Collection[str] = STEPS) -> Encoded:
        """Encode a batch; padding to the longest changes no number.

        Parameters
        ----------
        utterances : sequence of ndarray, (frames, dim)
            Front-end frames of each, at least one frame.
        keep : collection of str, optional
            ``frames`` and ``attention``, as far as they are wanted; else they come back empty.
        """
        batch, lengths = pad(utterances)
        outputs = self.run(batch, lengths, self._level.outputs(keep))
        return Encoded.of(self._level.completed(outputs, lengths, keep), len(lengths))

    def _headline(self) -> str:
        return f"{self.name} (sha256 {self.sha256[:12]}), {self.level}, {self.dim} columns"

    def _description(self) -> list[tuple[str, str]]:
        return describe_encoder(self)


def _arrived(place: str | Path, sha256: str, device: str, level: str) -> Encoder:
    """Open an encoder that travelled."""
    return Encoder(find_encoder(place)[0], sha256, device, level)
