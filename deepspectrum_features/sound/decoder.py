"""The seam between containers and samples: whatever gives a recording's samples in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray


class Decoder(Protocol):
    """An open recording, read from its first sample on.

    Attributes
    ----------
    sample_rate : int, Hz
        The recording's own.
    channels : int
    frames : int
        Samples of each channel that the container announces, or that were counted.
    lost : int
        Samples of each channel that it announces beyond them, but that are seen not to be there.
    remark : str
        A clause that is worth a notice, such as ``no end mark, may be cut off``; else empty.
    exact_seeks : bool
        Whether decoding from the middle gives the same numbers as decoding from the start.
    """

    @property
    def sample_rate(self) -> int:
        """The recording's own rate in Hz."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    @property
    def frames(self) -> int:
        """Samples of each channel that are announced, or were counted."""

    @property
    def lost(self) -> int:
        """Samples of each channel that are announced beyond them, but not there."""

    @property
    def remark(self) -> str:
        """A clause that is worth a notice, or nothing."""

    @property
    def exact_seeks(self) -> bool:
        """Whether decoding from the middle gives the same numbers as from the start."""

    def read(self, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decode the next samples.

        Parameters
        ----------
        out : ndarray, (samples, channels)
            Filled from its start.

        Returns
        -------
        ndarray, (samples, channels)
            The filled part of ``out``; shorter than it only at the recording's end.

        Raises
        ------
        AudioError
            If decoding stops. What was decoded before stands in ``out``, up to sample `tell`.
        """

    def seek(self, position: int) -> None:
        """Go to a sample.

        Raises
        ------
        AudioError
            If the container cannot go there.
        """

    def tell(self) -> int:
        """Return the number of the sample that is read next."""

    def close(self) -> None:
        """Give the file back."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(self, *error: object) -> None:
        """Close."""


class Closing(ABC):
    """What is given back at the end of a ``with`` block."""

    @abstractmethod
    def close(self) -> None:
        """Give the file back."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close."""
        self.close()
