"""Which systems are compared with each other, and which comparisons are corrected together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

from deepspectrum_features.baselines.comparisons import Comparison
from deepspectrum_features.baselines.families import adjust
from deepspectrum_features.baselines.outcomes import Outcome
from deepspectrum_features.baselines.tasks import Task

#: Systems of a family differ in one of these alone.
_FACTS = ("features", "classifier", "normalise")


def compare_all(outcomes: Sequence[Outcome], task: Task, reference: str = "") -> list[Comparison]:
    """Compare systems that differ in features, in the classifier, or in the normalisation alone.

    All pairs that differ in the same and share the rest are a family: Holm's correction is over
    its comparisons.

    Parameters
    ----------
    outcomes : sequence of Outcome
    task : Task
    reference : str, optional
        Name of features: all others are compared with these, and nothing else is compared.
    """
    return [
        replace(one, family=name)
        for fact in (_FACTS[:1] if reference else _FACTS)
        for name, family in _families(outcomes, fact)
        for one in adjust(list(_pairs(family, task, reference)))
    ]


def _families(outcomes: Sequence[Outcome], fact: str) -> Iterator[tuple[str, list[Outcome]]]:
    """Group the outcomes that differ in one fact alone, and say what they share."""
    found: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        known = _known(outcome)
        shared = tuple(value for name, value in known.items() if name != fact)
        found.setdefault(shared, []).append(outcome)
    for shared, family in found.items():
        yield f"{fact}: {', '.join(filter(None, shared))}", family


def _known(outcome: Outcome) -> dict[str, str]:
    """Return what a system is; those of a family choose on the same rows."""
    system = outcome.plan.systems[0]
    return {
        "features": outcome.plan.features,
        "classifier": "-".join(filter(None, (system.classifier, system.kernel))),
        "normalise": system.normalise,
        "chosen_on": f"chosen on {outcome.chosen_on}",
    }


def _pairs(family: Sequence[Outcome], task: Task, reference: str) -> Iterator[Comparison]:
    """Compare the outcomes of a family in pairs, or all others with those of the reference."""
    pairs: Iterable[tuple[Outcome, Outcome]] = combinations(family, 2)
    if reference:
        held = [one for one in family if one.plan.features == reference]
        pairs = product([one for one in family if one not in held], held)
    for first, second in pairs:
        names = (first.plan.name, second.plan.name)
        if (found := task.compare(first.answers, second.answers, names)) is not None:
            yield found
