"""Warnings that say the same of several systems, speakers or classes, said once."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NEVER = re.compile(r"(.+) never utters? (.+)")


def merged(warnings: Sequence[str], names: Sequence[str]) -> list[str]:
    """Say once what is said of several.

    Parameters
    ----------
    warnings : sequence of str
    names : sequence of str
        Of feature sets: warnings that differ in these alone are one.

    Returns
    -------
    list of str
        In the order in which each was first said.

    Examples
    --------
    >>> merged(["DOUBT: deep met a", "DOUBT: wide met a"], ["deep", "wide"])
    ['DOUBT: deep met a (the same of wide)']
    >>> merged(["speaker 08 never utters joy", "3 of 9 speakers never utter fear"], [])
    ['not every speaker utters every class: joy never by speaker 08; fear never by 3 of 9 speakers']
    """
    silent = [found.groups() for one in warnings if (found := _NEVER.fullmatch(one))]
    told = "; ".join(f"{label} never by {speakers}" for speakers, label in silent)
    never = f"not every speaker utters every class: {told}"
    said = [never if len(silent) > 1 and _NEVER.fullmatch(one) else one for one in warnings]
    of: dict[str, list[str]] = {}
    for one in dict.fromkeys(said):
        name = next((name for name in sorted(names, key=len)[::-1] if name in one), "")
        of.setdefault(one.replace(name, "\0") if name else one, []).append(name)
    return [
        kind.replace("\0", first) + f" (the same of {', '.join(others)})" * bool(others)
        for kind, (first, *others) in of.items()
    ]
