"""Files that list recordings in a form that is not read, and how each becomes a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from deepspectrum_features.errors import CorpusError

#: Suffixes of the tables that are read.
TABLES = frozenset({".csv", ".tsv", ".txt"})

_MOST_BYTES = 8192  # of what tells one kind of file from another


class _Format(NamedTuple):
    """What a kind of file is called, how its content begins, and what pandas makes a CSV by."""

    name: str
    suffixes: str
    begins: bytes = b""
    reader: str = ""
    keeps_index: bool = False
    lines: bool = False


_FORMATS = (
    _Format("an Excel workbook", ".xlsx .xlsm", b"PK\3\4", "read_excel"),
    _Format("an Excel workbook", ".xls .xlsb", b"\xd0\xcf\x11\xe0", "read_excel"),
    _Format("an OpenDocument spreadsheet", ".ods", reader="read_excel"),
    _Format("a Parquet table", ".parquet .pq", b"PAR1", "read_parquet", True),
    _Format("a Feather table", ".feather .arrow", b"ARROW1", "read_feather", True),
    _Format("a Python pickle", ".pkl .pickle", reader="read_pickle", keeps_index=True),
    _Format("JSON", ".json", reader="read_json"),
    _Format("JSON lines", ".jsonl .ndjson", reader="read_json", lines=True),
    _Format("a Stata file", ".dta", reader="read_stata"),
    _Format("an HDF5 file", ".h5 .hdf5", b"\x89HDF"),
    _Format("an SQLite database", ".sqlite .sqlite3 .db", b"SQLite format 3"),
    _Format("a NumPy file", ".npy .npz", b"\x93NUMPY"),
    _Format("a MATLAB file", ".mat", b"MATLAB 5.0"),
    _Format("an R data file", ".rds .rda .rdata"),
    _Format("YAML", ".yaml .yml"),
    _Format("XML", ".xml"),
    _Format("an ELAN file", ".eaf"),
    _Format("an RTTM list", ".rttm"),
    _Format("subtitles", ".srt .vtt"),
    _Format("a PDF document", ".pdf", b"%PDF"),
    _Format("a Kaldi list", ".scp"),
)
_KALDI = frozenset({"segments", "utt2spk", "spk2utt", "utt2dur", "text"})


def refuse_other_format(path: Path) -> None:
    """Refuse a file that is known to be something else than a manifest or a recording.

    Names and suffixes tell, and the first bytes of what has the suffix of a table.

    Raises
    ------
    CorpusError
        Naming what the file is, and what makes a manifest of it.
    """
    if found := _known_by_name(path) or _known_by_content(path):
        raise CorpusError(
            f"{path}: {found.name}, need a CSV file with a column named file ({_way(found, path)})"
        )


def _known_by_name(path: Path) -> _Format | None:
    """Return the format that a name tells, except where it may be that of a table or of sound."""
    suffix = ".scp" if path.name in _KALDI else path.suffix.lower()
    return next((one for one in _FORMATS if suffix and suffix in one.suffixes.split()), None)


def _known_by_content(path: Path) -> _Format | None:
    """Return the format of a file that has the suffix of a table."""
    if path.suffix.lower() not in TABLES:
        return None
    try:
        with path.open("rb") as stream:
            start = stream.read(_MOST_BYTES)
    except OSError:
        return None
    return next((one for one in _FORMATS if one.begins and start.startswith(one.begins)), None)


def _way(found: _Format, path: Path) -> str:
    """Say what makes a manifest of a file."""
    if found.reader:
        source = f"{path.name!r}, lines=True" if found.lines else repr(path.name)
        target = repr(path.with_suffix(".csv").name) + ", index=False" * (not found.keeps_index)
        by_hand = found.reader == "read_excel"
        way = "save it as CSV UTF-8 there, or in Python" if by_hand else "in Python"
        return f"{way}: pandas.{found.reader}({source}).to_csv({target})"
    return "write one, with columns start, end, label and speaker where they are known"
