"""An encoder's file, opened and checked: what it says of itself, and its graph."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features import arguments
from deepspectrum_features.encoder.bundled import BUNDLED, check_sha256
from deepspectrum_features.encoder.devices import DEVICES, Device
from deepspectrum_features.encoder.encoder_file import (
    check_width,
    checked_metadata,
    front_end_of,
    front_end_of_embedding,
    read_model,
)
from deepspectrum_features.encoder.levels import BOTH, EMBEDDING, LEVELS
from deepspectrum_features.encoder.runtime import Session
from deepspectrum_features.encoder.signature import CELL_OUTPUTS, LEVEL_OUTPUTS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.sound import FrontEnd


class OpenedFile:
    """An encoder's file, whatever is asked of it.

    Parameters
    ----------
    path : str or Path
    sha256 : str or None
        Refuse the file unless it hashes to this.
    device : str
        What runs the graph, one of `DEVICES`.

    Attributes
    ----------
    metadata : dict
        The whole JSON object in the file.
    stated : EncoderMetadata
        What this version reads of it, checked.
    """

    def __init__(self, path: str | Path, sha256: str | None, device: str) -> None:
        self.path = arguments.path("path", path)
        self.device = arguments.choice("device", device, [*DEVICES])
        content = read_model(self.path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        check_sha256(self.path, self.sha256, sha256)
        self._session = Session(self.path, content, device)
        self.metadata, self.stated = checked_metadata(self.path, self._session)

    @property
    def place(self) -> str | Path:
        """Where any process finds it: the name of a bundled one, any other's path."""
        return self.name if BUNDLED.get(self.name) == self.sha256 else self.path.absolute()

    @property
    def runs_on(self) -> Device:
        """What runs the graph: how much it takes at a time, what numbers depend on of it."""
        return DEVICES[self.device]

    @property
    def levels(self) -> tuple[str, ...]:
        """Those that the file has, ``embedding``, ``functionals`` or the two."""
        return self.stated.levels

    @property
    def frame_dim(self) -> int:
        """Width of the network's frame embeddings, 0 where the file has none."""
        return int(self._session.outputs.get("frame_embedding", (0, 0, 0))[2])

    def chosen_level(self, level: str | None) -> str:
        """Return a level that the file has, None being the one that serves best.

        Raises
        ------
        EncoderError
            If the file lacks it.
        """
        level = arguments.choice("level", self.stated.level if level is None else level, LEVELS)
        needed = LEVEL_OUTPUTS if level == BOTH else (level,)
        if missing := [name for name in needed if name not in self.levels]:
            raise EncoderError(
                f"{self.path}: gives {' and '.join(self.levels)}, need {' and '.join(missing)} "
                f"(--level {self.levels[0]}, or another encoder)"
            )
        return level

    def front_end_at(self, level: str) -> FrontEnd:
        """Return what makes the frames of the graph's input, as far as a level needs them.

        Raises
        ------
        EncoderError
            If it is unknown, or its frames are of another width than the graph reads.
        """
        needed = front_end_of_embedding if level == EMBEDDING else front_end_of
        front_end = needed(self.path, self.stated.front_end)
        check_width(self.path, self._session, front_end.dim)
        return front_end

    @property
    def name(self) -> str:
        """The name it was exported under."""
        return self.stated.name

    @property
    def licence(self) -> str:
        """Its licence (SPDX)."""
        return self.stated.licence

    @property
    def longest_seconds(self) -> float:
        """Longest utterance it accepts."""
        return self.stated.longest_seconds

    def run(
        self,
        batch: NDArray[np.float32],
        frames: NDArray[np.int64],
        outputs: Sequence[str] | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Compute some outputs of the graph.

        Parameters
        ----------
        batch : ndarray, (batch, frames, dim), float32
            Front-end frames, padded.
        frames : ndarray, (batch,), int64
            How many of them are no padding.
        outputs : sequence of str, optional
            Their names; default all of the levels that the file has.

        Raises
        ------
        EncoderError
            If the graph fails, runs for more than 5 minutes, or is stopped.
        """
        if outputs is None:
            outputs = [name for level in self.levels for name in LEVEL_OUTPUTS[level]]
            outputs += CELL_OUTPUTS if self.stated.cells else ()
        return self._session.run({"input": batch, "frames": frames}, outputs)

    def stop(self) -> None:
        """End all runs that other threads have under way; they raise `EncoderError`."""
        self._session.stop()
