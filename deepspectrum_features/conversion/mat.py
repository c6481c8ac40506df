"""MAT files of version 5, which MATLAB and Octave read.

Text is written in UTF-16, as both programs write it: Octave cuts text in UTF-8, such as scipy
writes, at the end by a letter for every byte too many.

References
----------
"MAT-File Format", The MathWorks, on level 5.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from deepspectrum_features.conversion.names import identifier, unique_names
from deepspectrum_features.conversion.table import Block, Progress, Table
from deepspectrum_features.errors import FeatureFileError

_LONGEST_NAME = 31
_MOST_BYTES = 2**31 - 1
_OURS = ("features", "feature_name", "attributes")
#: Types of data, and classes of arrays, by the numbers of the format.
_INT8, _INT32, _UINT32, _SINGLE, _DOUBLE, _MATRIX, _UTF16 = 1, 5, 6, 7, 9, 14, 17
_CELL_CLASS, _CHAR_CLASS, _DOUBLE_CLASS, _SINGLE_CLASS = 1, 4, 6, 7


def write_mat(table: Table, draft: Path, progress: Progress) -> None:
    """Write texts as columns of cells, numbers as columns, and features as one matrix.

    Raises
    ------
    FeatureFileError
        If features take 2 GiB or more.
    """
    size = 4 * table.rows * len(table.feature_name)
    if size + 1024 > _MOST_BYTES:
        raise FeatureFileError(
            f"{table.path}: {size / 2**30:.2f} GiB of features, MAT v5 holds less than 2 "
            "(choose .parquet or .npz)"
        )
    names = unique_names([*_OURS, *(identifier(one.name) for one in table.facts)], _LONGEST_NAME)
    with draft.open("wb") as stream:
        stream.write(b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM"))
        for name, fact in zip(names[len(_OURS) :], table.facts, strict=True):
            stream.write(_cells(name, fact.values) if fact.is_text else _column(name, fact.values))
        stream.write(_cells("feature_name", table.feature_name))
        stream.write(_text("attributes", json.dumps(table.attributes, ensure_ascii=False)))
        begin = _open_matrix(stream, table, size)
        for block in table.blocks(progress):
            _fill(stream, begin, table.rows, block)
        stream.seek(begin + size)
        stream.write(bytes(-size % 8))


def _open_matrix(stream: IO[bytes], table: Table, size: int) -> int:
    """Begin the matrix of features; return where its numbers begin."""
    shape = (table.rows, len(table.feature_name))
    head = _head("features", _SINGLE_CLASS, shape)
    whole = len(head) + 8 + size + -size % 8
    stream.write(struct.pack("<II", _MATRIX, whole) + head + struct.pack("<II", _SINGLE, size))
    return stream.tell()


def _fill(stream: IO[bytes], begin: int, rows: int, block: Block) -> None:
    """Write some rows of a matrix that lies there column by column."""
    for number, column in enumerate(block.features.T.astype("<f4", "C")):
        stream.seek(begin + 4 * (number * rows + block.rows.start))
        stream.write(column.tobytes())


def _cells(name: str, texts: Sequence[str]) -> bytes:
    """Return a column of cells, a text each."""
    head = _head(name, _CELL_CLASS, (len(texts), 1))
    return _element(_MATRIX, head + b"".join(_text("", text) for text in texts))


def _text(name: str, text: str) -> bytes:
    """Return a text: a row of characters."""
    units = text.encode("utf-16-le")
    head = _head(name, _CHAR_CLASS, (1, len(units) // 2) if units else (0, 0))
    return _element(_MATRIX, head + _element(_UTF16, units))


def _column(name: str, values: Any) -> bytes:
    """Return a column of numbers."""
    head = _head(name, _DOUBLE_CLASS, (len(values), 1))
    return _element(_MATRIX, head + _element(_DOUBLE, np.asarray(values, "<f8").tobytes()))


def _head(name: str, kind: int, shape: tuple[int, int]) -> bytes:
    """Return what stands before the values of an array."""
    return (
        _element(_UINT32, struct.pack("<II", kind, 0))
        + _element(_INT32, struct.pack("<ii", *shape))
        + _element(_INT8, name.encode("ascii"))
    )


def _element(kind: int, content: bytes) -> bytes:
    """Return a tag and its content, filled to whole words of 8 bytes."""
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)
