"""Names of columns that other programs can tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Words that are no names in MATLAB and Octave.
_KEYWORDS = frozenset(
    "break case catch classdef continue do else elseif end for function global if otherwise parfor "
    "persistent return spmd switch try until while".split()
)


def unique_names(names: Iterable[str], longest: int | None = None) -> list[str]:
    """Give names that stand there before a number; cut those that are too long.

    Examples
    --------
    >>> unique_names(["f0", "label", "f0"]), unique_names(["energy_mean", "energy_max"], 8)
    (['f0', 'label', 'f0_2'], ['energy_m', 'energy_2'])
    """
    taken: dict[str, None] = {}
    for name in names:
        found, number = name[:longest], 1
        while found in taken:
            number += 1
            tail = f"_{number}"
            found = name[: longest - len(tail)] + tail if longest else name + tail
        taken[found] = None
    return list(taken)


def identifier(name: str) -> str:
    """Return a name as a variable of MATLAB and Octave can have it.

    Examples
    --------
    >>> identifier("score/anger"), identifier("end"), identifier("3rd rater")
    ('score_anger', 'end_', 'x3rd_rater')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if plain in _KEYWORDS:
        return f"{plain}_"
    return plain if plain[:1].isalpha() else f"x{plain}"
