"""Where scores stand across a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Where scores stand across a picture: from ``low`` to 1, what lies beyond at the ends.

    Attributes
    ----------
    low : float
        0, or the quarter below the least score where that is negative, as a CCC may be.
    """

    low: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Scale:
        """Choose the scale for some scores.

        Examples
        --------
        >>> Scale.of([0.4, -0.07, None]).ticks
        (0.0, 0.25, 0.5, 0.75, 1.0)
        """
        least = min((value for value in values if value is not None), default=0.0)
        return cls(max(-1.0, min(0.0, math.floor(4 * least) / 4)))

    @property
    def ticks(self) -> tuple[float, ...]:
        """Where the scale is labelled; not at a negative end, which has no room for a label."""
        quarters = range(round(4 * self.low), 5)
        return tuple(place / 4 for place in quarters[1 if self.low else 0 :])

    def share(self, value: float) -> float:
        """Return how far across a score stands, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (1 - self.low)))

    def at(self, value: float) -> str:
        """Return the place of a score, with some room at either end."""
        return f"{2 + 96 * self.share(value):.2f}%"

    def of_known(self, value: float | None) -> str | None:
        """Return the place of a score that may be unknown."""
        return None if value is None else self.at(value)
