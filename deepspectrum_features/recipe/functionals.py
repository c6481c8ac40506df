"""Deep spectrum functionals: which statistics over time are taken of which streams.

An encoder that gives them holds the whole table in its metadata; the names of its columns follow
from the table alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.recipe.rhythm import RHYTHM
from deepspectrum_features.recipe.statistics import STATISTICS, Statistic
from deepspectrum_features.recipe.streams import MASKS, Definitions, Stream

#: Of the meaning of streams, masks and statistics: a number that means something else is another.
TABLE_VERSION = 1
#: The family of the facts of the rhythm.
RHYTHM_FAMILY = "prosody-all"


@dataclass(frozen=True, kw_only=True)
class Functional:
    """What a column is: a statistic over time, a fact of the rhythm, or learned by a network.

    Attributes
    ----------
    name : str
    family : str
        The kind of column; columns are weighed and counted by it.
    unit : str
        Empty where it has none.
    about : str
        What it says, for people.
    """

    name: str
    family: str
    unit: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some statistics of some streams over some frames: every one of each.

    Attributes
    ----------
    family : str
    streams : tuple of str
        Names of streams of the table.
    delta : bool
        Take the streams' slopes over time in their place: regression over two frames on either
        side, within a run of frames of the mask ``all``, the run's ends repeated.
    mask : str
        Which frames count.
    statistics : tuple of str
    """

    family: str
    streams: tuple[str, ...]
    delta: bool = False
    mask: str = limited(choices=tuple(MASKS))
    statistics: tuple[str, ...] = limited(choices=tuple(STATISTICS))

    def columns(self, streams: dict[str, Stream]) -> Iterator[Functional]:
        """Yield the columns in their order: all statistics of a stream, then the next stream's."""
        for name in self.streams:
            for statistic in self.statistics:
                yield self._column(streams[name], statistic, STATISTICS[statistic])

    def _column(self, stream: Stream, statistic: str, meaning: Statistic) -> Functional:
        delta = ("_delta", " per frame", "the change per frame of the ")
        suffix, per_frame, change = delta if self.delta else ("", "", "the ")
        unit = f"{stream.unit or '1'}{per_frame}" if self.delta else stream.unit
        return Functional(
            name=f"{stream.name}{suffix}_{self.mask}_{statistic}",
            family=self.family,
            unit=meaning.unit.format(unit).strip(),
            about=f"{meaning.about} of {change}{stream.about}; over {MASKS[self.mask]}",
        )


@dataclass(frozen=True, kw_only=True)
class Correlations:
    """How streams go together: a correlation of every two.

    Attributes
    ----------
    family : str
    streams : tuple of str
    mask : str
        Which frames count.
    """

    family: str
    streams: tuple[str, ...]
    mask: str = limited(choices=tuple(MASKS))

    def columns(self, streams: dict[str, Stream]) -> Iterator[Functional]:
        """Yield the columns in their order: the first stream with all others, then the second."""
        for one, other in combinations(self.streams, 2):
            yield Functional(
                name=f"{one}_{other}_{self.mask}_correlation",
                family=self.family,
                unit="",
                about=f"correlation, through artanh, of the {streams[one].about} with the "
                f"{streams[other].about}; over {MASKS[self.mask]}",
            )


@dataclass(frozen=True, kw_only=True)
class FunctionalTable:
    """Everything that the level ``functionals`` depends on.

    Attributes
    ----------
    version : int
        What streams, masks and statistics of these names mean.
    definitions : Definitions
    streams : tuple of Stream
        In the order of the last axis of the graph's ``streams``.
    blocks : tuple of Block
    correlations : tuple of Correlations
    rhythm : tuple of str
        Facts of voiced stretches, pauses and syllables.
    """

    version: int = limited(TABLE_VERSION, choices=(TABLE_VERSION,))
    definitions: Definitions = field(default_factory=Definitions)
    streams: tuple[Stream, ...]
    blocks: tuple[Block, ...]
    correlations: tuple[Correlations, ...] = ()
    rhythm: tuple[str, ...] = limited((), choices=tuple(RHYTHM))

    @property
    def parts(self) -> tuple[Block | Correlations, ...]:
        """Everything but the rhythm, in the order of the columns."""
        return (*self.blocks, *self.correlations)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        names = {stream.name for stream in self.streams}
        for kind in ("blocks", "correlations"):
            for place, part in enumerate(getattr(self, kind)):
                for name in part.streams:
                    if name not in names:
                        yield f"{kind}[{place}].streams: {name!r}, need one of the table's streams"
                        return
        if self.rhythm and not names >= {"f0", "energy"}:
            yield "rhythm: needs the streams 'f0' and 'energy'"
        columns = self.columns()
        for kind, listed in (("streams", self.streams), ("blocks", columns)):
            counts = Counter(one.name for one in listed)
            twice = [name for name, times in counts.items() if times > 1]
            if twice:
                yield f"{kind}: {twice[0]!r} stands there twice"
        if not columns:
            yield "blocks: no column, need at least one"

    def columns(self) -> tuple[Functional, ...]:
        """Return the columns in their order: part by part, then the facts of the rhythm."""
        streams = {stream.name: stream for stream in self.streams}
        found = [column for part in self.parts for column in part.columns(streams)]
        found += [
            Functional(
                name=f"rhythm_{name}",
                family=RHYTHM_FAMILY,
                unit=RHYTHM[name].unit,
                about=RHYTHM[name].about,
            )
            for name in self.rhythm
        ]
        return tuple(found)
