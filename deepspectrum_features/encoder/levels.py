"""What an encoder gives of an utterance: a vector, statistics over time, or both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.functionals import Functionals
from deepspectrum_features.encoder.signature import CELL_OUTPUTS, FUNCTIONALS_OUTPUTS
from deepspectrum_features.recipe import FunctionalTable
from deepspectrum_features.recipe.document import plain
from deepspectrum_features.recipe.functionals import Functional
from deepspectrum_features.recipe.streams import MASKS

if TYPE_CHECKING:
    from deepspectrum_features.encoder.clocks import Cells
    from deepspectrum_features.encoder.metadata import EncoderMetadata
    from deepspectrum_features.sound import FrontEnd

EMBEDDING, FUNCTIONALS, BOTH = LEVELS = ("embedding", "functionals", "both")
#: What is kept of every step of time on demand.
STEPS = ("frames", "attention")
#: What a table may then hold of every step: with the attention that of cells, where there are some.
STEP_GROUPS = (*STEPS, "attention_tf")


def family_of(column: str) -> str:
    """Return the family that a numbered column is of; empty text where it has no number.

    Examples
    --------
    >>> family_of("blstm_031"), family_of("F0_amean")
    ('blstm', '')
    """
    family, _, number = column.rpartition("_")
    return family if number.isdecimal() else ""


class Level:
    """One level of an encoder: its columns, and what they are made of.

    Parameters
    ----------
    name : str
        One of `LEVELS`.
    stated : EncoderMetadata
        Of the encoder's file, which has this level.
    front_end : FrontEnd
        Makes the frames that streams are of.
    frame_dim : int
        Width of the network's frame embeddings.
    """

    def __init__(
        self, name: str, stated: EncoderMetadata, front_end: FrontEnd, frame_dim: int
    ) -> None:
        self.name = name
        self._stated, self._front_end, self._frame_dim = stated, front_end, frame_dim

    @property
    def has_embedding(self) -> bool:
        """Whether the deep spectrum vector is among the columns."""
        return self.name != FUNCTIONALS

    @property
    def table(self) -> FunctionalTable | None:
        """The statistics over time among the columns, if there are any."""
        return None if self.name == EMBEDDING else self._stated.functionals

    @cached_property
    def described(self) -> tuple[Functional, ...]:
        """Every column: name, family, unit, and what it is."""
        learned = self._stated.columns if self.has_embedding else ()
        return (
            *(
                Functional(name=name, family=family_of(name), unit="", about="learned")
                for name in learned
            ),
            *(self.table.columns() if self.table else ()),
        )

    @property
    def recipe(self) -> dict[str, Any]:
        """The encoder's recipe, and what statistics over time there are."""
        if self.table is None:
            return self._stated.recipe
        return self._stated.recipe | {"level": self.name, "functionals": plain(self.table)}

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the class scores, which come with the vector."""
        return tuple(self._stated.classes) if self.has_embedding else ()

    @property
    def frame_columns(self) -> tuple[str, ...]:
        """What stands in a frame: the network's numbers, else streams, and masks as 0 or 1."""
        if self.has_embedding or self.table is None:
            return tuple(f"frame_{number:03d}" for number in range(self._frame_dim))
        return (*(stream.name for stream in self.table.streams), *MASKS)

    @property
    def step_seconds(self) -> float:
        """From step to step of its frames."""
        return (self._stated if self.has_embedding else self._front_end).step_seconds

    @property
    def first_step_centre_seconds(self) -> float:
        """Centre of the first step, counted from the start of the utterance."""
        if self.has_embedding:
            return self._stated.first_step_centre_seconds
        return self._front_end.first_centre_seconds

    @property
    def cells(self) -> Cells | None:
        """The cells of time and frequency that its network attends to, if it does."""
        return self._stated.cells if self.has_embedding else None

    @cached_property
    def _functionals(self) -> Functionals | None:
        return Functionals(self.table, self._front_end.step_seconds) if self.table else None

    def outputs(self, keep: Collection[str]) -> list[str]:
        """Name the outputs of the graph that are needed to keep these of `STEPS`."""
        wanted: list[str] = []
        if self.has_embedding:
            wanted += ["embedding", "logits"]
            wanted += ["frame_embedding"] * ("frames" in keep)
            wanted += ["attention"] * ("attention" in keep) + ["steps"] * bool(keep)
            wanted += CELL_OUTPUTS if self.cells and "attention" in keep else ()
        if self.table:
            wanted += FUNCTIONALS_OUTPUTS
        return wanted

    def completed(
        self,
        outputs: Mapping[str, NDArray[Any]],
        lengths: NDArray[np.int64],
        keep: Collection[str],
    ) -> dict[str, NDArray[Any]]:
        """Add to the outputs of a batch what is made of its streams.

        Those are ``functionals (batch, columns)`` and, where there is no network's frame embedding
        to keep, streams and masks in its place.
        """
        if self._functionals is None:
            return {**outputs}
        streams, masks = (outputs[name] for name in FUNCTIONALS_OUTPUTS)
        padded = zip(streams, masks, lengths, strict=True)
        found = self._functionals.of_each([(one[:end], marks[:end]) for one, marks, end in padded])
        completed = {**outputs, "functionals": found}
        if "frames" in keep and not self.has_embedding:
            frames = np.concatenate([streams, masks.astype(np.float32)], axis=2)
            completed |= {"frame_embedding": frames, "steps": lengths}
        return completed
