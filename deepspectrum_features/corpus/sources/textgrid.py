"""Praat's TextGrids: tiers of intervals with a text each, or of points in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from deepspectrum_features.corpus.numbers import read_number
from deepspectrum_features.corpus.sources.text import read_text
from deepspectrum_features.errors import CorpusError

#: What Praat reads of a text file: texts, numbers and flags that stand free; the rest explains.
_TOKEN = re.compile(
    r'"(?P<text>(?:[^"]|"")*+)"'
    r"|(?<!\S)(?P<number>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(?!\S)"
    r"|(?<!\S)<(?P<flag>\w+)>"
    r"|(?<!\S)!.*",
    re.ASCII,
)
_HEADER = 100  # characters that hold the kind of a file


class Interval(NamedTuple):
    """A stretch of time in seconds, and what stands there."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Tier:
    """One tier.

    Attributes
    ----------
    name : str
    intervals : tuple of Interval
        The stretches that something stands at.
    points : int
        How many points in time there are besides.
    """

    name: str
    intervals: tuple[Interval, ...] = ()
    points: int = 0


def read_textgrid(path: Path) -> list[Tier]:
    """Read a TextGrid in Praat's long or short text format.

    Intervals without a text are gaps between the others, and left out.

    Raises
    ------
    CorpusError
        If it is none, or damaged.
    """
    text = "" if _is_binary(path) else read_text(path)
    if "ooTextFile" not in text[:_HEADER]:
        raise CorpusError(f"{path}: not a TextGrid in text, need one (Praat: Save as text file)")
    try:
        return list(_tiers(_Tokens(text)))
    except ValueError:
        raise CorpusError(f"{path}: damaged or cut off, need a whole TextGrid") from None


def _is_binary(path: Path) -> bool:
    """Whether Praat saved a file in its binary format."""
    with path.open("rb") as stream:
        return stream.read(_HEADER).startswith(b"ooBinaryFile")


class _Tokens:
    """What stands free in a text, one behind the other; ValueError where something else does."""

    def __init__(self, text: str) -> None:
        self._found = (match for match in _TOKEN.finditer(text) if match.lastgroup)

    def text(self) -> str:
        """Return the next text; a quotation mark in it is written twice."""
        return self._next("text").replace('""', '"')

    def number(self) -> float:
        """Return the next number."""
        return read_number(self._next("number"))

    def count(self) -> int:
        """Return the next number of things."""
        return int(self._next("number"))

    def flag(self) -> str:
        """Return the next flag."""
        return self._next("flag")

    def _next(self, kind: str) -> str:
        match = next(self._found, None)
        if match is None or match.lastgroup != kind:
            raise ValueError(f"no {kind}")
        return match[kind]


def _tiers(tokens: _Tokens) -> Iterator[Tier]:
    """Yield the tiers of a TextGrid."""
    tokens.text()
    if tokens.text() != "TextGrid":
        raise ValueError("another object of Praat")
    tokens.number(), tokens.number()  # from, to
    if tokens.flag() != "exists":
        return
    for _ in range(tokens.count()):
        kind, name = tokens.text(), tokens.text()
        tokens.number(), tokens.number()
        if kind == "IntervalTier":
            every = [_interval(tokens) for _ in range(tokens.count())]
            yield Tier(name, tuple(one for one in every if one.text))
        else:
            yield Tier(name, points=sum(_point(tokens) for _ in range(tokens.count())))


def _interval(tokens: _Tokens) -> Interval:
    """Read one interval."""
    return Interval(tokens.number(), tokens.number(), tokens.text().strip())


def _point(tokens: _Tokens) -> int:
    """Read over one point, and count it."""
    tokens.number()
    tokens.text()
    return 1
