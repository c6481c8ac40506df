"""Comparisons that are made at once, and corrected for being several.

A family is what one question asks at once: under one classifier and normalisation, all pairs of
feature sets, for instance. Every family is corrected for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deepspectrum_features.baselines.comparisons import (
    SIGNIFICANT,
    Comparison,
    shortfall,
    shown_p,
)
from deepspectrum_features.baselines.sign_flip import smallest_p
from deepspectrum_features.baselines.statistics import holm
from deepspectrum_features.terminal import counted


def adjust(family: Sequence[Comparison]) -> list[Comparison]:
    """Correct comparisons for being several, by Holm's procedure.

    Returns
    -------
    list of Comparison
        In the order given, each with its ``p_holm``, and with a note where it would be above 5 %
        even if every comparison had the smallest p-value that its speakers can reach.

    Examples
    --------
    >>> one = Comparison("a", "b", "ua", 0.1, 0.03125, 0.03125, True, 6, 6, "", "")
    >>> [(two.p_holm, two.note) for two in adjust([one, one])][0]
    (0.0625, '6 differing speakers cannot reach p < 0.0625 in 2 comparisons')
    """
    adjusted = holm([one.p for one in family])
    reachable = holm([smallest_p(one.differing) for one in family])
    several = f" in {len(family)} comparisons"
    return [
        replace(one, p_holm=p, note=one.note or shortfall(one.differing, least, several))
        for one, p, least in zip(family, adjusted, reachable, strict=True)
    ]


def unreachable(family: Sequence[Comparison]) -> str:
    """Say that no comparison of a family can be significant, where that is so.

    Returns
    -------
    str
        Empty where the smallest p-values that the differing speakers can reach, after Holm's
        correction, are not all 5 % or more.

    Examples
    --------
    >>> one = Comparison("a", "b", "ua", 0.1, 0.004, 0.004, True, 9, 9, "", "")
    >>> unreachable([one] * 14)
    'none of these 14 comparisons can be significant: 9 differing speakers reach at best 0.0547'
    >>> unreachable([one] * 12)
    ''
    """
    least = min(holm([smallest_p(one.differing) for one in family]), default=0.0)
    if least < SIGNIFICANT:
        return ""
    which = f"none of these {len(family)} comparisons" if len(family) > 1 else "this comparison"
    verb = "can" if len(family) > 1 else "cannot"
    most = max(one.differing for one in family)
    speakers, reach = counted(most, "differing speaker"), "reaches" if most == 1 else "reach"
    return f"{which} {verb} be significant: {speakers} {reach} at best {shown_p(least)}"
