"""The unit everything is counted in, and the record of one that gave no row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from deepspectrum_features.corpus.names import matching_names
from deepspectrum_features.terminal import printable, showable

#: File, start, end (None: that of the file) and channel: what tells utterances and rows apart.
Stretch = tuple[str, float, float | None, int]

_ROUNDING = 1e-6  # s; times of stretches are rounded to this

SPLITS = ("", "train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of a recording and what is known of it.

    Attributes
    ----------
    file : str
        Path relative to the corpus root, ``/`` separated.
    start, end : float, s
        ``end`` is None for "to the end of the file".
    label, speaker, split, session, corpus : str
        Empty where unknown; ``split`` is train, dev or test, ``session`` the dialogue or the day
        of recording, ``corpus`` where it comes from, if its table says so.
    channel : int
        Counted from 1; 0 where none is named: the mean of all.
    targets : tuple of (str, float)
        Numbers that its table gives, by the names of their columns; only those that are there.
    """

    file: str
    start: float = 0.0
    end: float | None = None
    label: str = ""
    speaker: str = ""
    split: str = ""
    session: str = ""
    corpus: str = ""
    channel: int = 0
    targets: tuple[tuple[str, float], ...] = ()

    def target(self, name: str) -> float:
        """Return the number of one name, NaN where there is none."""
        return dict(self.targets).get(name, math.nan)

    @property
    def stretch(self) -> Stretch:
        """What was asked for: it tells utterances of one corpus apart."""
        return self.file, self.start, self.end, self.channel

    @property
    def planned(self) -> tuple[str | float | None, ...]:
        """File, start, end, and the channel where one is named: what plans are recognised by."""
        return self.stretch if self.channel else self.stretch[:3]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line of the ledger: an input that gave no row, at which stage, and why.

    Label and speaker are those of its utterance, empty where unknown.
    """

    file: str
    start: float
    end: float | None
    stage: str
    reason: str
    channel: int = 0
    label: str = ""
    speaker: str = ""

    @classmethod
    def of(cls, one: Utterance, stage: str, reason: str) -> Refusal:
        """Refuse an utterance."""
        stretch = (one.file, one.start, one.end)
        return cls(*stretch, stage, reason, one.channel, one.label, one.speaker)

    @property
    def stretch(self) -> Stretch:
        """What was asked for, as of the utterance it stands for."""
        return self.file, self.start, self.end, self.channel

    @property
    def bare(self) -> Refusal:
        """The same without what is known of the utterance."""
        return replace(self, label="", speaker="")

    def __str__(self) -> str:
        """``file: reason``, safe to show on a terminal."""
        return printable(f"{showable(place(self.stretch))}: {self.reason}")


def place(stretch: Stretch) -> str:
    """Name a stretch: its file alone where it is all of it.

    Examples
    --------
    >>> place(("a.wav", 0.0, None, 0)), place(("a.wav", 0.5, 2.0, 1))
    ('a.wav', 'a.wav [0.5-2 s, channel 1]')
    """
    file, start, end, channel = stretch
    times = f"{start:g}-{'end' if end is None else f'{end:g}'} s"
    details = [times] * bool(start or end is not None) + [f"channel {channel}"] * bool(channel)
    return f"{file} [{', '.join(details)}]" if details else file


def overlap(first: Stretch, second: Stretch, part: float = 0.0) -> bool:
    """Whether two stretches of one recording share sound, on a channel that may be the same.

    Stretches that touch share nothing; neither do those whose times are so close by rounding.
    With ``part``, 0 to 1, at least so much of the shorter one must be shared.

    Examples
    --------
    >>> overlap(("a.wav", 0.0, 2.0, 0), ("a.wav", 1.5, None, 0))
    True
    >>> overlap(("a.wav", 0.0, 2.0, 1), ("a.wav", 1.5, None, 2))
    False
    >>> overlap(("a.wav", 0.0, 2.0, 0), ("a.wav", 1.5, None, 0), part=0.5)
    False
    """
    _, start, end, channel = first
    _, other_start, other_end, other_channel = second
    last, other_last = (math.inf if one is None else one for one in (end, other_end))
    shared = min(last, other_last) - max(start, other_start)
    if shared <= _ROUNDING or not (channel == other_channel or 0 in (channel, other_channel)):
        return False
    return not part or shared >= part * min(last - start, other_last - other_start)


def join_keys(*tables: Iterable[Stretch]) -> list[list[Stretch]]:
    """Return what rows of tables are matched on: file, times to the microsecond, channel.

    Files are named as `matching_names` has them.

    Parameters
    ----------
    *tables : iterable of (file, start, end, channel)
        The tables that are matched with each other; one alone to find rows that stand twice.

    Returns
    -------
    list of list of (file, start, end, channel)
        The keys of the rows, table by table.

    Examples
    --------
    >>> join_keys([("a.wav", 1 / 3, None, 0)])
    [[('a.wav', 0.333333, None, 0)]]
    >>> [[(name, *_)]] = join_keys([("u\N{COMBINING DIAERESIS}.wav", 0.0, None, 0)])
    >>> name == "\N{LATIN SMALL LETTER U WITH DIAERESIS}.wav"
    True
    """
    listed = [list(table) for table in tables]
    names = matching_names(*({file for file, *_ in table} for table in listed))
    return [[join_key(row, names[row[0]]) for row in table] for table in listed]


def standing_twice(rows: Callable[[], Iterable[Stretch]]) -> dict[Stretch, list[int]]:
    """Find the rows of a table that are matched on one key, as `join_keys` gives it.

    Parameters
    ----------
    rows : callable
        Begins with the first row whenever it is called: all keys together take 200 bytes a row.

    Returns
    -------
    dict of (file, start, end, channel) to list of int
        The rows of every key that several have, counted from 0.

    Examples
    --------
    >>> standing_twice(lambda: [("a.wav", 0.0, 1.0, 0), ("b.wav", 0.0, None, 0)] * 2)
    {('a.wav', 0.0, 1.0, 0): [0, 2], ('b.wav', 0.0, None, 0): [1, 3]}
    """
    names = matching_names({file for file, *_ in rows()})

    def keys() -> Iterator[Stretch]:
        return (join_key(row, names[row[0]]) for row in rows())

    hashes = np.fromiter(map(hash, keys()), np.int64)
    each, counts = np.unique(hashes, return_counts=True)
    several = set(each[counts > 1].tolist())
    found: dict[Stretch, list[int]] = {}
    for row, key in enumerate(keys() if several else ()):
        if hash(key) in several:
            found.setdefault(key, []).append(row)
    return {key: rows for key, rows in found.items() if len(rows) > 1}


def join_key(row: Stretch, name: str) -> Stretch:
    """Return what a row is matched on, its file by ``name``: itself, where it can be.

    So keys take no memory beside their rows.
    """
    _, start, end, channel = row
    key = name, round(start, 6), None if end is None else round(end, 6), channel
    return row if row == key else key
