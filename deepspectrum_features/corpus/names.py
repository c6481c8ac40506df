"""How names of people, corpora and recordings are compared, however they are spelled."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path


def plain_name(name: str) -> str:
    """Return a name without what two people would write differently.

    Case, blanks, punctuation and leading zeros go; what divides two numbers stays, as a hyphen.

    Examples
    --------
    >>> [plain_name(name) for name in ("nEMO", "N-EMO", "emo db", "03", "1_1", "11")]
    ['nemo', 'nemo', 'emodb', '3', '1-1', '11']
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub(r"(?<!\d)0+(?=\d)", "", plain)
    plain = re.sub(r"(?<=\d)[\W_]+(?=\d)|([\W_]+)", lambda at: "" if at[1] else "-", plain)
    return plain or name


def composed(name: str) -> str:
    """Return a name in NFC: a letter with its accent may stand as one character or as two."""
    return unicodedata.normalize("NFC", name)


def path_without_suffix(file: str) -> str:
    """Return what a recording is called, whatever it is stored as.

    Examples
    --------
    >>> path_without_suffix("anna/a01.v2.wav")
    'anna/a01.v2'
    """
    return composed(Path(file).with_suffix("").as_posix())


def stem(path: str) -> str:
    """Return the last name of a path that `path_without_suffix` gave.

    Examples
    --------
    >>> stem("anna/a01.v2")
    'a01.v2'
    """
    return path.rpartition("/")[2]
