"""What a published system is in torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from deepspectrum_features.encoder.clocks import Cells, Clock
from deepspectrum_features.networks.encoding import Encoding
from deepspectrum_features.networks.views import View
from deepspectrum_features.sound import FrontEnd


class Network(nn.Module, ABC):
    """Front-end frames by way of a view to an `Encoding`, and its embedding to class scores.

    Parameters
    ----------
    view : View

    Attributes
    ----------
    view : View
        What the network sees of front-end frames.
    column_names : list of str
        Names of the embedding's columns.
    head : torch.nn.Module
        Embeddings to class scores.
    checked_frames : tuple of int
        Lengths that matter to its strides; export checks them beside those of every network.
    """

    view: View
    column_names: list[str]
    head: nn.Module
    checked_frames: tuple[int, ...] = ()

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return len(self.column_names)

    def prepare(self, frames: Tensor) -> Tensor:
        """Map front-end ``frames (..., dim)`` to what training keeps of them."""
        prepared: Tensor = self.view(frames)
        return prepared

    def fit_statistics(self, utterances: Sequence[Tensor]) -> None:
        """Take what normalises frames from the prepared training ``utterances (time, dim)``."""
        self.view.fit(utterances)

    @abstractmethod
    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        """Encode ``prepared (batch, time, dim)`` of ``frames (batch,)`` valid frames."""

    def forward_head(self, embedding: Tensor) -> Tensor:
        """Map embeddings ``(batch, dim)`` to class scores ``(batch, classes)``."""
        scores: Tensor = self.head(embedding)
        return scores

    def torchvision_weights(self) -> dict[str, Tensor]:
        """Return the weights that a user may bring, by their names in torchvision: here, none."""
        return {}

    def clock(self, front_end: FrontEnd) -> Clock:
        """Say when the steps of ``frame_embedding`` and ``attention`` are: frame by frame."""
        return Clock(
            step_seconds=front_end.step_seconds,
            first_step_centre_seconds=front_end.first_centre_seconds,
        )

    def cells(self, front_end: FrontEnd) -> Cells | None:
        """Say where the cells of ``attention_tf`` are: here, that there are none."""
        return None
