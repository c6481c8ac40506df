"""What folders may be called after names of others."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

#: What Windows keeps for devices, whatever the suffix.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def folder_name(name: str) -> str:
    """Return what a folder may be called after a name, unlike after any other name.

    Examples
    --------
    >>> folder_name("spk1"), folder_name("a/b"), folder_name("con")
    ('spk1', 'a_b-c14cdd', 'con-1143da')
    """
    plain = _plain(name)
    reserved = name.startswith(".") or name.endswith(".") or _RESERVED.fullmatch(name)
    return name if plain == name and not reserved and len(name) < 100 else _marked(name)


def folder_names(names: Sequence[str]) -> list[str]:
    """Return what folders may be called that lie side by side, where case may not tell them apart.

    Examples
    --------
    >>> folder_names(["Anna", "bert", "anna"])
    ['Anna-bf4fcc', 'bert', 'anna-55579b']
    """
    alike = Counter(name.casefold() for name in names)
    return [folder_name(one) if alike[one.casefold()] == 1 else _marked(one) for one in names]


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)


def _marked(name: str) -> str:
    """Return a name with a mark of its own."""
    plain = _plain(name).lstrip(".")
    if _RESERVED.fullmatch(name):
        plain = plain.replace(".", "_")  # Windows looks at what stands before the first
    return f"{plain[:80]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
