"""Text files in the encodings that programs write tables and annotations in."""

from __future__ import annotations

import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from shlex import quote
from typing import Any

from deepspectrum_features.errors import CorpusError, near_path


def read_text(path: Path) -> str:
    """Read a text in UTF-8, or in UTF-16 where it begins with a byte order mark.

    Line ends stay as they are.

    Raises
    ------
    CorpusError
        If it cannot be read, or has another encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error}){near_path(path)}") from None
    encoding = "UTF-16" if content.startswith((BOM_UTF16_BE, BOM_UTF16_LE)) else "UTF-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}: line {line}, byte {error.start} is not {encoding}, need UTF-8 text (save it "
            "as UTF-8, in Excel as CSV UTF-8, or: iconv -f WINDOWS-1252 -t UTF-8 "
            f"{quote(str(path))} > {quote(str(path.with_name(f'utf8-{path.name}')))})"
        ) from None
    return text.removeprefix("\ufeff")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    CorpusError
        If it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(read_text(path))
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, 1000 open brackets
        raise CorpusError(f"{path}: not TOML ({error})") from None
