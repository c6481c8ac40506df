"""The folder of results, and ``results.json`` as far as its format and version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from deepspectrum_features.errors import DsfError, near_path
from deepspectrum_features.files import check_folder, check_folder_of
from deepspectrum_features.terminal import one_line

FORMAT, VERSION = "deepspectrum-results", 3
DOCUMENT = "results.json"


def check_place(out: Path, overwrite: bool) -> None:
    """Refuse a results folder that stands already or cannot be written, before any work.

    Raises
    ------
    DsfError
        If it does, or is not one of ours.
    """
    out = out.resolve()
    check_folder_of(out, DsfError)
    if not out.exists():
        return
    if not (out / DOCUMENT).exists():
        raise DsfError(f"{out}: exists and holds no results, need another place")
    if not overwrite:
        raise DsfError(
            f"{out}: holds results already (choose another name with -o, or --overwrite)"
        )
    check_folder(out, DsfError)


def read_document(path: Path) -> dict[str, Any]:
    """Read ``results.json`` as far as its format and version."""
    if not path.is_file():
        found = "a file" if path.parent.is_file() else "no such folder"
        found = f"no {path.name}" if path.parent.is_dir() else found
        raise DsfError(
            f"{path.parent}: {found}, need a results folder (dsf evaluate writes one)"
            f"{near_path(path.parent)}"
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DsfError(f"{path}: damaged ({one_line(error)}), need JSON") from None
    if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
        raise DsfError(f"{path}: not the results of an evaluation, need format {FORMAT!r}")
    if (version := values.pop("version", None)) != VERSION:
        raise DsfError(
            f"{path}: format version {one_line(json.dumps(version))[:60]}, this program reads "
            f"{VERSION} (evaluate again, or use the program that wrote it)"
        )
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
