"""Deep spectrum functionals: statistics over time of an utterance's streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.correlations import CorrelationsOf
from deepspectrum_features.encoder.rhythm import RHYTHM, Rhythm
from deepspectrum_features.encoder.sample import Numbers, Sample
from deepspectrum_features.encoder.statistics import STATISTICS
from deepspectrum_features.encoder.stretches import Marks, Places, deltas
from deepspectrum_features.encoder.utterances import Streams, Utterances
from deepspectrum_features.recipe.functionals import Block, FunctionalTable
from deepspectrum_features.recipe.streams import MASKS

#: Computes some columns of utterances, ``(columns, utterances)``.
Part = Callable[[Utterances], Numbers]

_MASK = {name: place for place, name in enumerate(MASKS)}


class Functionals:
    """Computes the columns of a table.

    Parameters
    ----------
    table : FunctionalTable
    step_seconds : float, s
        From frame to frame of the streams.

    Examples
    --------
    >>> from deepspectrum_features.recipe import DEFAULT_TABLE
    >>> functionals = Functionals(DEFAULT_TABLE, step_seconds=0.01)
    >>> streams = np.zeros((50, len(DEFAULT_TABLE.streams)), np.float32)
    >>> len(functionals(streams, np.ones((50, 3), bool))) == len(DEFAULT_TABLE.columns())
    True
    """

    def __init__(self, table: FunctionalTable, step_seconds: float) -> None:
        self._dim = len(table.columns())
        self._lines = [
            (place, _MASK[stream.known])
            for place, stream in enumerate(table.streams)
            if stream.known != "all"
        ]
        self._parts = tuple(_parts(table, step_seconds))

    def __call__(self, streams: Streams, masks: Marks) -> NDArray[np.float32]:
        """Compute the columns of one utterance.

        Parameters
        ----------
        streams : ndarray, (frames, streams), float32
        masks : ndarray, (frames, 3), bool
            Voiced, active, and all frames that count.

        Returns
        -------
        ndarray, (columns,), float32
            NaN where streams are not finite, or a mask leaves no frame.
        """
        found: NDArray[np.float32] = self.of_each([(streams, masks)])[0]
        return found

    def of_each(self, utterances: Sequence[tuple[Streams, Marks]]) -> NDArray[np.float32]:
        """Compute the columns of several utterances, ``(utterances, columns)``, each as if alone.

        Parameters
        ----------
        utterances : sequence of (streams, masks)
            As for one.
        """
        found = np.full((len(utterances), self._dim), np.nan, np.float32)
        there = [row for row, (_, masks) in enumerate(utterances) if masks.any(axis=0).all()]
        if there:
            joined = Utterances.joined([utterances[row] for row in there])
            with np.errstate(all="ignore"):  # absurd levels: what is not finite is noticed later
                self._complete(joined)
                columns = np.concatenate([part(joined) for part in self._parts])
                found[there] = columns.T
        return found

    def _complete(self, utterances: Utterances) -> None:
        """Draw straight lines where streams have no meaning, between the frames where they have."""
        for streams, masks in utterances:
            frames = np.arange(len(streams))
            for place, mask in self._lines:
                known = np.flatnonzero(masks[:, mask])
                streams[:, place] = np.interp(frames, known, streams[known, place])


def _parts(table: FunctionalTable, step_seconds: float) -> Iterator[Part]:
    """Yield what computes a table's columns, in their order."""
    names = [stream.name for stream in table.streams]
    yield _Blocks(table.blocks, names)
    for one in table.correlations:
        yield CorrelationsOf([*map(names.index, one.streams)], _MASK[one.mask])
    if table.rhythm:
        f0, energy = names.index("f0"), names.index("energy")
        yield _Facts(table.rhythm, f0, energy, step_seconds)


@dataclass(frozen=True)
class _Facts:
    """Computes facts of the rhythm; ``f0`` and ``energy`` are places among the streams."""

    names: tuple[str, ...]
    f0: int
    energy: int
    step_seconds: float

    def __call__(self, utterances: Utterances) -> Numbers:
        return np.array([self._of_one(*one) for one in utterances]).T

    def _of_one(self, streams: Streams, masks: Marks) -> list[float]:
        """Compute the facts of one utterance."""
        rhythm = Rhythm(streams[:, self.f0], streams[:, self.energy], masks, self.step_seconds)
        return [RHYTHM[name](rhythm) for name in self.names]


class _Blocks:
    """Computes statistics of streams and their slopes, mask by mask."""

    def __init__(self, blocks: Sequence[Block], names: list[str]) -> None:
        sloping = [name for block in blocks if block.delta for name in block.streams]
        self._sloping = [names.index(name) for name in dict.fromkeys(sloping)]
        values = [(name, False) for name in names]
        values += [(names[place], True) for place in self._sloping]
        self._groups = tuple(_groups(blocks, values))
        self._dim = sum(len(block.streams) * len(block.statistics) for block in blocks)

    def __call__(self, utterances: Utterances) -> Numbers:
        streams, whole = utterances.streams, utterances.masks[:, _MASK["all"]]
        slopes = deltas(streams[:, self._sloping], whole, utterances.firsts)
        values = np.concatenate([streams, slopes], axis=1)
        found = np.empty((self._dim, len(utterances.counts)))
        for group in self._groups:
            group.fill(found, values, *utterances.counted(group.mask))
        return found


@dataclass(frozen=True)
class _Group:
    """All statistics over one mask, computed together: fewer, wider arrays take less time.

    ``values`` are places among streams and slopes; ``columns`` say of a statistic which of these
    values it is wanted of, and in which columns.
    """

    mask: int
    values: Places
    columns: dict[str, tuple[Places, Places]]

    def fill(self, found: Numbers, values: Streams, places: Places, counts: Places) -> None:
        """Put statistics of the frames at some places, so many an utterance, where they belong."""
        chosen = values[places].T[self.values]
        sample = Sample(np.ascontiguousarray(chosen), places, counts)
        for name, (wanted, columns) in self.columns.items():
            found[columns] = STATISTICS[name](sample)[wanted]


def _groups(blocks: Sequence[Block], values: list[tuple[str, bool]]) -> Iterator[_Group]:
    """Yield the statistics of blocks, mask by mask."""
    masks: dict[str, dict[str, list[tuple[int, int]]]] = {}
    column = 0
    for block in blocks:
        wanted = masks.setdefault(block.mask, {})
        for name in block.streams:
            place = values.index((name, block.delta))
            for statistic in block.statistics:
                wanted.setdefault(statistic, []).append((place, column))
                column += 1
    for mask, wanted in masks.items():
        chosen = sorted({place for pairs in wanted.values() for place, _ in pairs})
        columns = {}
        for statistic, pairs in wanted.items():
            places, targets = np.array(pairs).T
            columns[statistic] = (np.searchsorted(chosen, places), targets)
        yield _Group(_MASK[mask], np.array(chosen), columns)
