"""Recordings listed in Python: paths in a list, or the rows of a table of pandas."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from deepspectrum_features import arguments
from deepspectrum_features.corpus.known_layouts import load_layout
from deepspectrum_features.corpus.sources.headings import find_columns
from deepspectrum_features.corpus.sources.listing import Listing
from deepspectrum_features.corpus.sources.manifest import list_utterances
from deepspectrum_features.corpus.sources.paths import is_outside, place_of
from deepspectrum_features.corpus.sources.recordings import (
    describe_recordings,
    existing_source,
)
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import is_utf8, one_line

if TYPE_CHECKING:
    import pandas

#: What a corpus can be read from: see `deepspectrum_features.Corpus.read`.
Source: TypeAlias = (
    "str | Path | Sequence[str | Path] | pandas.DataFrame | pandas.Series | pandas.Index"
)


def read_python_list(
    source: Any, layout: str | None, labels_from: str | None, name: str | None, root: Path | None
) -> Listing:
    """List the recordings of a list of paths, or the rows of a table of pandas.

    Parameters
    ----------
    source : list, tuple, pandas.DataFrame, pandas.Series or pandas.Index
    layout, labels_from, name, root
        As in `Corpus.read`.

    Raises
    ------
    CorpusError
        If rows or options do not fit.
    TypeError
        If the source is something else.
    """
    frame = frame_of(source)
    if frame is None:
        return _read_paths(source, layout, labels_from, name, root)
    return _read_frame(frame, type(source).__name__, layout or labels_from, name, root)


def _read_paths(
    source: Any, layout: str | None, labels_from: str | None, name: str | None, root: Path | None
) -> Listing:
    """List recordings by their paths, described by a layout or not at all."""
    where = type(source).__name__
    if not isinstance(source, list | tuple):
        _refuse_source("source", source, "a path, a list of paths or a DataFrame")
    for number, one in enumerate(source):
        if not isinstance(one, str | os.PathLike):
            _refuse_source(f"source[{number}]", one, "a path")
    if labels_from:
        raise CorpusError(f"{where}: --labels-from needs a folder")
    root, files = _placed([os.fspath(one) for one in source], root)
    root = existing_source(root, name, root)
    rows = [(f"row {number}", [file]) for number, file in enumerate(files)]
    listed, notices = list_utterances(where, ["file"], rows, root)
    chosen = load_layout(layout) if layout else None
    refused: list[Refusal] = []
    files = [one.file for one in listed]
    found, notes = describe_recordings(files, root, chosen, None, refused)
    called = chosen.name if chosen else root.resolve().name
    notices += notes
    return Listing(root, called, tuple(found), tuple(refused), tuple(notices), chosen)


def _read_frame(
    frame: pandas.DataFrame, where: str, by_path: str | None, name: str | None, root: Path | None
) -> Listing:
    """List the rows of a table as those of a manifest."""
    if by_path:
        raise CorpusError(f"{where}: --layout needs a folder or a recording")
    header, *cells = texts_of(frame)
    rows = [(f"row {number}", row) for number, row in enumerate(cells)]
    for number, row in rows:
        if odd := [cell for cell in row if not is_utf8(cell)]:
            raise CorpusError(f"{where}: {number}: {one_line(odd[0])}: not UTF-8, need UTF-8 text")
    column = find_columns(where, header)["file"]
    root, files = _placed([row[column] for row in cells], root)
    for row, file in zip(cells, files, strict=True):
        row[column] = file
    root = existing_source(root, name, root)
    listed, notices = list_utterances(where, header, rows, root)
    return Listing(root, root.resolve().name, tuple(listed), (), tuple(notices))


def frame_of(source: Any) -> pandas.DataFrame | None:
    """Return a table of pandas with what its index says in columns; None for anything else."""
    pandas = sys.modules.get("pandas")  # who has a table has loaded it
    if pandas is None or not isinstance(source, pandas.DataFrame | pandas.Series | pandas.Index):
        return None
    if isinstance(source, pandas.Index):
        return source.to_frame(index=False)
    frame = source.to_frame() if isinstance(source, pandas.Series) else source
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(levels) if "file" in levels else frame


def texts_of(frame: pandas.DataFrame) -> list[list[str]]:
    """Return the header and the rows of a table as a CSV would have them; blanks are empty."""
    values, blank = frame.astype(object).to_numpy(), frame.isna().to_numpy()
    rows = [
        ["" if nothing else str(value) for value, nothing in zip(*row, strict=True)]
        for row in zip(values, blank, strict=True)
    ]
    return [[str(name) for name in frame.columns], *rows]


def _placed(files: list[str], root: Path | None) -> tuple[Path, list[str]]:
    """Return the folder that paths are relative to, and the paths, in full where they lead away.

    Where nobody names it, it is the current folder, or the deepest that holds all files.
    """
    there = [file for file in files if file and "\0" not in file]
    if root or not any(is_outside(place_of(file, Path())) for file in there):
        return root or Path(), files
    full = {file: str(Path(os.path.realpath(Path(file).parent), Path(file).name)) for file in there}
    holding = Path(os.path.commonpath([Path(file).parent for file in full.values()]))
    return holding, [full.get(file, file) for file in files]


def _refuse_source(name: str, value: Any, needed: str) -> NoReturn:
    """Refuse what names no recordings."""
    arguments.refuse(name, value, f"{needed} (Encoder.embed takes signals)", TypeError)
