"""What a matrix of features is asked of: rows that name recordings, or hold sounds."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

from deepspectrum_features import arguments
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.given import corpus_of_sounds
from deepspectrum_features.corpus.sources.headings import DURATION, find_columns
from deepspectrum_features.corpus.sources.manifest import list_utterances
from deepspectrum_features.corpus.sources.python_lists import frame_of, texts_of
from deepspectrum_features.corpus.utterance import Stretch

#: The columns of a table that say where a stretch of sound is; whatever else it has is left alone.
_PLACES = ("file", "start", "end", DURATION, "channel")
_NEEDED = "a list of paths or of (samples, rate), or a DataFrame"


@dataclass(frozen=True)
class Rows:
    """Rows of X.

    Attributes
    ----------
    corpus : Corpus
        Every stretch that they name, once.
    stretches : tuple of (tuple or None)
        The stretch of each row; None where a row names nothing.
    """

    corpus: Corpus
    stretches: tuple[Stretch | None, ...]


def rows_of(X: Any) -> Rows:  # noqa: N803 (as scikit-learn calls it)
    """Read what scikit-learn hands to a transformer; sound in files is not touched yet.

    Parameters
    ----------
    X : list, ndarray, pandas.DataFrame, pandas.Series or pandas.Index
        Paths; pairs (samples, rate); a table with a column ``file`` and, where wanted, ``start``,
        ``end`` and ``channel``; or anything of pandas with audformat's index. None and NaN are rows
        that name nothing.

    Raises
    ------
    CorpusError
        If rows of a table do not fit, naming them.
    TypeError, ValueError
        If it is something else.
    """
    if isinstance(X, str | bytes | os.PathLike) or not hasattr(X, "__len__"):
        arguments.refuse("X", X, _NEEDED, TypeError)
    if len(X) == 0:
        arguments.refuse("X", X, "at least one row", ValueError)
    frame = frame_of(X)
    if frame is not None and ("file" in frame.columns or getattr(X, "ndim", 1) == 2):
        columns = _places([str(name) for name in frame.columns])
        _, *cells = texts_of(frame.iloc[:, [*columns.values()]])
        return _named([*columns], cells)
    values = _values(X)
    if any(isinstance(one, list | tuple) for one in values):
        return _sounds(values)
    return _named(["file"], [[_path(row, one)] for row, one in enumerate(values)])


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return where a table says in what stretch of which file a row is."""
    return {name: at for name, at in find_columns("X", header).items() if name in _PLACES}


def _values(X: Any) -> list[Any]:  # noqa: N803
    """Return the rows of a list or an array: a value each, or a pair."""
    if getattr(X, "ndim", 1) == 2 and X.shape[1] == 1:
        return list(X[:, 0])
    is_pairs = getattr(X, "ndim", 1) == 2 and X.dtype == object and X.shape[1] == 2
    return [*map(tuple, X)] if is_pairs else list(X)


def _is_nothing(value: Any) -> bool:
    """Whether a row names nothing: None, NaN, or what pandas has for them."""
    if isinstance(value, Real):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _path(row: int, value: Any) -> str:
    """Return the path that a row names; empty where it names nothing."""
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if not _is_nothing(value):
        arguments.refuse(f"X[{row}]", value, "a path or (samples, rate)", TypeError)
    return ""


def _named(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Rows:
    """Return rows that name stretches of recordings, in columns with a file among them."""
    wanted = [_wanted(row, columns.index("file")) for row in cells]
    numbers: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(wanted):
        numbers.setdefault(row, number)
    numbers.pop((), None)
    asked = [(f"row {number}", [*row]) for row, number in numbers.items()]
    listed = list_utterances("X", columns, asked, Path(), inside=False)[0] if asked else []
    found = {row: one.stretch for row, one in zip(numbers, listed, strict=True)}
    corpus = Corpus(Path(), "X", named=False, utterances=tuple(listed))
    return Rows(corpus, tuple(found.get(row) for row in wanted))


def _wanted(row: Sequence[str], file: int) -> tuple[str, ...]:
    """Return the cells of a row that names a file, written in one way; none of others."""
    if not row[file].strip():
        return ()
    return (*row[:file], str(Path(row[file])), *row[file + 1 :])


def _sounds(values: Sequence[Any]) -> Rows:
    """Return rows that hold sounds."""
    names = [None if _is_nothing(one) else f"row {row}" for row, one in enumerate(values)]
    for row, one in enumerate(values):
        if names[row] and (not isinstance(one, list | tuple) or len(one) != 2):
            arguments.refuse(f"X[{row}]", one, "(samples, rate), as others", TypeError)
    sounds = {name: one for name, one in zip(names, values, strict=True) if name}
    return Rows(
        corpus_of_sounds(sounds),
        tuple(None if name is None else (name, 0.0, None, 0) for name in names),
    )
