"""When the steps of an encoder are, and where in time and frequency its cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from deepspectrum_features.recipe.limits import limited


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Where steps stand in time.

    Attributes
    ----------
    step_seconds : float, s
        From step to step.
    first_step_centre_seconds : float, s
        Centre of the first step, counted from the start of the utterance.
    """

    step_seconds: float = limited(more_than=0)
    first_step_centre_seconds: float = limited(more_than=0)


@dataclass(frozen=True, kw_only=True)
class Cells(Clock):
    """Where cells stand: along time as a clock's steps do, along frequency by their centres.

    Attributes
    ----------
    hz : list of float, Hz
        Centre of each cell of a step, rising.
    """

    hz: list[float] = limited(at_least=0)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if not self.hz:
            yield "hz: none, need the centre of at least one cell"
        elif any(high <= low for low, high in pairwise(self.hz)):
            yield f"hz: {self.hz[0]:g} to {self.hz[-1]:g}, need rising centres"
