"""The seam between sound and networks: whatever turns samples into frames."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.recipe import FrontEndRecipe, OpensmileLld
from deepspectrum_features.sound.opensmile_lld import DescriptorFrontEnd
from deepspectrum_features.sound.spectrogram import SpectrogramFrontEnd


class FrontEnd(Protocol):
    """Turns samples into the frames that a network reads.

    Attributes
    ----------
    recipe : FrontEndRecipe
        Everything that its numbers depend on.
    kind : str
        Its name in recipes and encoder files.
    dim : int
        Width of a frame.
    sample_rate : int or None, Hz
        The rate that samples are brought to; None is the recording's own.
    step_seconds : float, s
        From frame to frame.
    first_centre_seconds : float, s
        Centre of the first frame, counted from the first sample.
    shortest_seconds : float, s
        The shortest stretch that gives a frame.
    in_threads : bool
        Whether threads may compute side by side; else it takes processes.
    slow : bool
        Whether frames are worth keeping where sound is read again.
    summary : str
        A line for people.
    """

    @property
    def recipe(self) -> FrontEndRecipe:
        """Everything that its numbers depend on."""

    @property
    def kind(self) -> str:
        """Its name in recipes and encoder files."""

    @property
    def dim(self) -> int:
        """Width of a frame."""

    @property
    def sample_rate(self) -> int | None:
        """The rate that samples are brought to; None is the recording's own."""

    @property
    def step_seconds(self) -> float:
        """Time from frame to frame."""

    @property
    def first_centre_seconds(self) -> float:
        """Centre of the first frame, counted from the first sample."""

    @property
    def shortest_seconds(self) -> float:
        """Length of the shortest stretch that gives a frame."""

    @property
    def in_threads(self) -> bool:
        """Whether threads may compute side by side; else it takes processes."""

    @property
    def slow(self) -> bool:
        """Whether frames are worth keeping where sound is read again."""

    @property
    def summary(self) -> str:
        """A line for people."""

    def check_length(self, samples: int, rate: int) -> None:
        """Refuse a stretch that `frames` would refuse for its length, before there is any.

        Parameters
        ----------
        samples : int
        rate : int, Hz
            Of these samples.

        Raises
        ------
        AudioError
            If it is too short.
        """

    def frames(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Compute the frames of one stretch of sound.

        Parameters
        ----------
        samples : ndarray, (samples,)
            Full scale 1.
        rate : int, Hz
            Of these samples; they are resampled where the front end has a rate of its own.

        Returns
        -------
        ndarray, (frames, dim), float32

        Raises
        ------
        AudioError
            If the stretch is too short, or gives no finite numbers.
        """

    def versions(self) -> dict[str, str]:
        """Return the versions of the software that only this front end uses."""


def make_front_end(recipe: FrontEndRecipe) -> FrontEnd:
    """Return the front end that a recipe describes.

    Examples
    --------
    >>> from deepspectrum_features.recipe import PowerSpectrogram
    >>> make_front_end(PowerSpectrogram()).dim, make_front_end(OpensmileLld()).dim
    (257, 130)
    """
    if isinstance(recipe, OpensmileLld):
        return DescriptorFrontEnd(recipe)
    return SpectrogramFrontEnd(recipe)
