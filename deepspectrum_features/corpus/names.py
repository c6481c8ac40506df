"""How names of people and corpora are compared: what is spelled differently may be one."""

from __future__ import annotations

import re
import unicodedata


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
