"""Which values a field of a document takes, declared beside the field."""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Which values of its type a field takes; in a list or a tuple every item is held to them.

    Attributes
    ----------
    at_least, more_than, less_than, at_most : float or None
    choices : tuple
        The only values, if there are any.
    finite : bool
        Whether NaN and infinity are refused.
    """

    at_least: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    at_most: float | None = None
    choices: tuple[Any, ...] = ()
    finite: bool = True

    def allow(self, value: Any) -> bool:
        """Whether a value of the right type lies within."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.more_than is None or value > self.more_than)
            and (self.less_than is None or value < self.less_than)
            and (self.at_most is None or value <= self.at_most)
            and (not self.choices or value in self.choices)
        )

    def __str__(self) -> str:
        """Say them in words.

        Examples
        --------
        >>> print(Limits(at_least=0, less_than=1))
        at least 0 and less than 1
        """
        bounds = ("at_least", "more_than", "less_than", "at_most")
        given = [(name, getattr(self, name)) for name in bounds]
        words = [f"{name.replace('_', ' ')} {bound}" for name, bound in given if bound is not None]
        return " and ".join(words) or " or ".join(map(str, self.choices))


def limited(default: Any = MISSING, **limits: Any) -> Any:
    """Declare a field of a dataclass together with its `Limits`.

    Examples
    --------
    >>> from deepspectrum_features.errors import DsfError
    >>> from deepspectrum_features.recipe.document import build
    >>> @dataclass(frozen=True)
    ... class Bands:
    ...     count: int = limited(40, at_least=1)
    >>> build(Bands, {"count": 0}, where="a.json", error=DsfError)
    Traceback (most recent call last):
    deepspectrum_features.errors.DsfError: a.json: count: 0, need at least 1
    """
    return dataclasses.field(default=default, metadata={"limits": Limits(**limits)})
