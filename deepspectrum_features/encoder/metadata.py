"""What an encoder file says of itself, as far as this version reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deepspectrum_features.encoder.clocks import Cells, Clock
from deepspectrum_features.encoder.heard import Heard
from deepspectrum_features.recipe import FunctionalTable
from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.scores import Scores


@dataclass(frozen=True, kw_only=True)
class StatedScores:
    """What an encoder's class scores are worth on either side, and under which protocol."""

    protocol: str = ""
    dev: Scores | None = None
    test: Scores | None = None

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if (self.dev or self.test) and not self.protocol:
            yield "protocol: missing"


@dataclass(frozen=True, kw_only=True)
class EncoderMetadata(Clock):
    """The metadata of an encoder file; docs/encoder-file.md says what the fields mean.

    Other fields may stand beside these. Front end and recipe are as the file has them: those of a
    front end must all be known, which `Encoder` sees to; the recipe may be of any system.
    """

    name: str
    licence: str
    front_end: dict[str, Any]
    recipe: dict[str, Any]
    classes: list[str]
    columns: list[str]
    functionals: FunctionalTable | None = None
    level: str = limited("embedding", choices=("embedding", "functionals", "both"))
    parameters: int
    longest_seconds: float = limited(more_than=0)
    cells: Cells | None = None
    training: Heard
    scores: StatedScores

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that the encoder gives."""
        there = {"embedding": bool(self.columns), "functionals": self.functionals is not None}
        return tuple(level for level, given in there.items() if given)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        choices = self.levels if len(self.levels) < 2 else (*self.levels, "both")
        if not choices:
            yield "columns: none, and no functionals, need one of them"
        elif self.level not in choices:
            yield f"level: {self.level!r}, need {' or '.join(choices)}"
        of_table = [one.name for one in self.functionals.columns()] if self.functionals else []
        for name, more in (("columns", of_table), ("classes", [])):
            counts = Counter([*getattr(self, name), *more])
            twice = [one for one, times in counts.items() if times > 1]
            if twice:
                yield f"{name}: {twice[0]!r} stands there twice"
        network = self.recipe.get("network", {})
        if not isinstance(network, dict) or not isinstance(view_of(network), dict):
            yield "recipe.network: need an object, and one in it as view"


def view_of(network: dict[str, Any]) -> Any:
    """Return what the network of a recipe sees of frames; earlier recipes say ``mel``."""
    return network.get("view", network.get("mel", {}))
