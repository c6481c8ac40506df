"""Which systems differ, pair by pair, in the tables of a report; and what their test can show."""

from __future__ import annotations

from collections.abc import Sequence

from deepspectrum_features.baselines.comparisons import SIGNIFICANT, Comparison, shown_p
from deepspectrum_features.baselines.report.cells import Cell, Table
from deepspectrum_features.baselines.report.wording import signed
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head, hopeless, notes_beside
from deepspectrum_features.baselines.sign_flip import smallest_p
from deepspectrum_features.terminal import counted

#: What is compared, by what the systems of a pair differ in.
_DIFFERING = {
    "features": "Feature sets",
    "classifier": "Classifiers",
    "normalise": "Normalisations",
}


def comparisons(results: Results) -> list[Table]:
    """Say which systems differ by more than chance among speakers explains.

    A table each for pairs that differ in features, in the classifier, and in the normalisation.
    """
    found: dict[str, list[Comparison]] = {}
    for one in results.comparisons:
        found.setdefault(one.family.partition(":")[0], []).append(one)
    named = _DIFFERING | ({} if results.classes else {"classifier": "Regressors"})
    return [_pairs(named.get(fact, "Systems"), pairs) for fact, pairs in found.items()]


def _pairs(title: str, pairs: Sequence[Comparison]) -> Table:
    """Write comparisons."""
    notes = notes_beside(pairs)
    noted = [[Cell(note)] if any(notes) else [] for note in notes]
    rows = [(*_pair(one), *note) for one, note in zip(pairs, noted, strict=True)]
    measured = ", ".join(dict.fromkeys(head(one.measure) for one in pairs))
    names = ["A minus B", f"Difference in {measured}", "p", "p after Holm"]
    names += ["Note"] if any(notes) else []
    tests = "; ".join(dict.fromkeys(one.test for one in pairs))
    return Table(f"{title} in pairs: {tests}", tuple(map(Cell, names)), rows, "pairs")


def _pair(one: Comparison) -> tuple[Cell, ...]:
    """Write a comparison: what is subtracted from what, and what it is worth."""
    return (
        Cell(one.first, f"minus {one.second}"),
        Cell(signed(one.difference)),
        Cell(shown_p(one.p)),
        Cell(shown_p(one.p_holm), strong=one.p_holm < SIGNIFICANT),
    )


def reach(results: Results) -> list[str]:
    """Say what the test can show at best, and where that is nothing, family by family."""
    if not results.comparisons:
        return []
    differing = max(one.differing for one in results.comparisons)
    said = f"Where two systems differ on {counted(differing, 'speaker')}, the smallest p this test "
    said += f"can give is {shown_p(smallest_p(differing))}, before Holm's correction."
    return [said, *(f"{line}." for line in hopeless(results.comparisons))]
