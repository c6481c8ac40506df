"""Which system came out best, and which the paired tests do not tell from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepspectrum_features.baselines.comparisons import SIGNIFICANT, Comparison, shown_p
from deepspectrum_features.baselines.records import Score, SystemResult
from deepspectrum_features.baselines.report.wording import interval_text, number
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head
from deepspectrum_features.terminal import counted

BEST, LEVEL, LOWER, OPEN = "best", "not distinguishable", "lower", "not compared"
_NAMED = 3  # so many systems are named in a sentence, more are counted


@dataclass(frozen=True)
class Standing:
    """Where a system stands beside the best; ``why`` is the test's p, or what it could not show."""

    kind: str
    why: str = ""


def measure(results: Results) -> str:
    """Return the score that systems are compared by: the first."""
    return next(iter(results.systems[0].scores))


def ranked(results: Results) -> Results:
    """Put systems in the order of the score they are compared by, the highest first."""
    name = measure(results)
    return replace(
        results, systems=tuple(sorted(results.systems, key=lambda one: -_value(one, name)))
    )


def standings(results: Results) -> dict[str, Standing]:
    """Say of every system where it stands beside the one with the highest score.

    Only pairs that were compared are told apart; of several systems with the highest score, the
    first is the one that others are held against.
    """
    name = measure(results)
    first = max(results.systems, key=lambda one: _value(one, name))
    highest = _value(first, name)
    pairs = {frozenset((one.first, one.second)): one for one in results.comparisons}
    return {
        one.name: Standing(BEST)
        if _value(one, name) == highest > -math.inf
        else _beside(pairs.get(frozenset((first.name, one.name))))
        for one in results.systems
    }


def verdict(results: Results) -> list[str]:
    """Say in a sentence or two what came out."""
    name, found = measure(results), standings(results)
    by_kind = {
        kind: [system for system, one in found.items() if one.kind == kind]
        for kind in (BEST, LEVEL, LOWER, OPEN)
    }
    best = by_kind[BEST]
    if not best:
        return [f"No system has a {head(name)}."]
    score = next(one.scores[name] for one in results.systems if one.name == best[0])
    told = f"{_listed(best)} {_reach(len(best), len(found), head(name))} {number(score.value)}"
    others = [_said(kind, by_kind[kind]) for kind in (LEVEL, LOWER, OPEN) if by_kind[kind]]
    rest = len(found) - len(best)
    said = "The other is" if rest == 1 else f"Of the {rest} others,"
    beside = [f"{said} {'; '.join(others)}."] if others else []
    return [f"{told}{_around(results, score)}.", *beside]


def _value(system: SystemResult, name: str) -> float:
    value = system.scores[name].value
    return -math.inf if value is None else value


def _beside(pair: Comparison | None) -> Standing:
    """Say what a comparison with the best shows."""
    if pair is None:
        return Standing(OPEN)
    if pair.p_holm < SIGNIFICANT:
        return Standing(LOWER, f"p {shown_p(pair.p_holm)}")
    return Standing(LEVEL, pair.note or f"p {shown_p(pair.p_holm)}")


def _reach(best: int, systems: int, score: str) -> str:
    if systems == 1:
        return f"reaches {score}"
    return f"{'has' if best == 1 else 'share'} the highest {score},"


def _around(results: Results, score: Score) -> str:
    """Say what brackets a score, and what guessing gives."""
    said = f" {interval_text(score)}" if interval_text(score) else ", no interval"
    if results.chance is None:
        return said
    held = score.low is not None and score.low <= results.chance
    said += f", where guessing gives {number(results.chance)}"
    return said + " (inside the interval)" * held


def _said(kind: str, names: Sequence[str]) -> str:
    """Say which systems stand so beside the best."""
    which = _listed(names)
    return {
        LEVEL: f"not distinguishable from it by the paired test: {which}",
        LOWER: f"lower by the paired test: {which}",
        OPEN: f"not compared with it: {which}",
    }[kind]


def _listed(names: Sequence[str]) -> str:
    """Name systems, or count many."""
    if len(names) > _NAMED:
        return counted(len(names), "system")
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
