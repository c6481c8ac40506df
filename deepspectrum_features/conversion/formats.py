"""The formats that a feature file can be written in, by suffix, and where they may be written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deepspectrum_features.conversion.arff import write_arff
from deepspectrum_features.conversion.comma_separated import write_csv
from deepspectrum_features.conversion.mat import write_mat
from deepspectrum_features.conversion.npz import write_npz
from deepspectrum_features.conversion.parquet import write_parquet
from deepspectrum_features.conversion.projector import METADATA, SETTINGS, VECTORS, write_projector
from deepspectrum_features.conversion.table import Progress, Table
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extras import install
from deepspectrum_features.files import check_file, check_folder_of, whole_file, whole_folder


@dataclass(frozen=True)
class Format:
    """One way to write a table.

    Attributes
    ----------
    write : callable
        Takes the table, the draft to write, and what is told how many rows are done.
    needs : str
        The package that it takes, one of `EXTRAS`; empty for none.
    holds : frozenset of str
        Of a folder the files in it; empty for a file.
    """

    write: Callable[[Table, Path, Progress], None]
    needs: str = ""
    holds: frozenset[str] = frozenset()

    def draft_of(self, out: Path) -> AbstractContextManager[Path]:
        """Give a temporary place that becomes ``out`` when all is written."""
        return whole_folder(out) if self.holds else whole_file(out)


FORMATS = {
    ".csv": Format(write_csv),
    ".parquet": Format(write_parquet, needs="pyarrow"),
    ".arff": Format(write_arff),
    ".npz": Format(write_npz),
    ".mat": Format(write_mat),
    ".projector": Format(write_projector, holds=frozenset({VECTORS, METADATA, SETTINGS})),
}


def format_of(out: Path) -> Format:
    """Return the format that a name asks for.

    Raises
    ------
    FeatureFileError
        If no format has the suffix, or its package is not installed.
    """
    found = FORMATS.get(out.suffix.lower())
    if found is None:
        raise FeatureFileError(f"{out}: unknown format, need a name in {', '.join(FORMATS)}")
    if found.needs and find_spec(found.needs) is None:
        raise FeatureFileError(
            f"{out}: {found.needs} is not installed, needed for {out.suffix} "
            f"({install(found.needs)})"
        )
    return found


def check_place(out: Path, kind: Format, overwrite: bool) -> None:
    """Refuse a place that could not be written in the end, or must not be.

    Raises
    ------
    FeatureFileError
        Naming the place.
    """
    check = check_folder_of if kind.holds else check_file
    check(out, FeatureFileError)
    if out.is_dir() and {path.name for path in out.iterdir()} - kind.holds:
        raise FeatureFileError(f"{out}: a folder with other files in it, need another name")
    if out.is_file() and kind.holds:
        raise FeatureFileError(f"{out}: a file, need the name of a folder to write")
    if out.exists() and not overwrite:
        raise FeatureFileError(f"{out}: exists (choose another name, or --overwrite)")
