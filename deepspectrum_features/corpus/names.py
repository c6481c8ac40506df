"""How names of people, corpora and recordings are compared, however they are spelled."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
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


def matching_names(*tables: Collection[str]) -> dict[str, str]:
    """Return what names of files are matched by: in NFC, where that tells all of a table apart.

    A folder may hold two files whose names differ in their normalisation alone. Where a table
    has both, their names are taken as they stand, in all of the tables. Most names match as they
    stand, and only the others are kept, so that many names take no memory.

    Examples
    --------
    >>> one, two = "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "u\N{COMBINING DIAERESIS}"
    >>> apart, together = matching_names([one], [two]), matching_names([one, two])
    >>> apart[one] == apart[two], together[one] == together[two]
    (True, False)
    """
    found = _Matching()
    ambiguous: set[str] = set()
    for table in tables:
        forms = {one: composed(one) for one in table if not unicodedata.is_normalized("NFC", one)}
        counts = Counter(forms.values())
        ambiguous |= {form for form, count in counts.items() if count > 1 or form in table}
        found |= forms
    for name in [name for name, form in found.items() if form in ambiguous]:
        del found[name]
    return found


class _Matching(dict[str, str]):
    """Names by names; one that is not in it is its own."""

    def __missing__(self, name: str) -> str:
        return name


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
