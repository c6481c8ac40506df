"""What a view of front-end frames is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from deepspectrum_features.sound import FrontEnd


class View(nn.Module, ABC):
    """Front-end frames to what a network sees of them, normalised on the training set.

    Parameters
    ----------
    front_end : FrontEnd
    recipe : dataclass
        The fields of the view.

    Attributes
    ----------
    dim : int
        Width of prepared frames, which training keeps in memory.
    out_dim : int
        Width of normalised frames, which the network reads.
    hz : tuple of float, Hz
        Centre frequency of each number of a normalised frame; empty where it has none.
    """

    dim: int
    out_dim: int
    hz: tuple[float, ...] = ()

    def __init__(self, front_end: FrontEnd, recipe: Any) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, frames: Tensor) -> Tensor:
        """Prepare front-end ``frames (..., front end's dim)``: ``(..., dim)``."""

    @abstractmethod
    def fit(self, utterances: Sequence[Tensor]) -> None:
        """Take what normalises frames from prepared training ``utterances (time, dim)``."""

    @abstractmethod
    def normalise(self, prepared: Tensor, frames: Tensor) -> Tensor:
        """Map ``prepared (batch, time, dim)`` to ``(batch, time, out_dim)``, zero on padding.

        ``frames (batch,)`` counts the valid frames of each utterance.
        """
