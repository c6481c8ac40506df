"""What every system reaches on one corpus after the other, trained on others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deepspectrum_features.baselines.records import Score
from deepspectrum_features.terminal import one_line


@dataclass(frozen=True)
class CorpusScores:
    """One corpus, and what systems trained on others reach on it.

    Attributes
    ----------
    corpus : str
    trained_on : tuple of str
        The other corpora.
    speakers : int
    rows : dict of str to int
        How many there are of each class that is told.
    systems : dict of str to (dict of str to Score)
        Every score, by system and by its name.
    """

    corpus: str
    trained_on: tuple[str, ...]
    speakers: int
    rows: dict[str, int]
    systems: dict[str, dict[str, Score]]

    @property
    def chance(self) -> float:
        """UA of guessing among its classes."""
        return 1 / len(self.rows)

    def misfits(self, systems: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """Yield what cannot be of a corpus that these systems have these scores on."""
        if not self.rows or min(self.rows.values()) < 1:
            yield f"corpora: {one_line(self.corpus)} without rows of its classes, need some"
        if {name: sorted(own) for name, own in self.systems.items()} != {
            name: sorted(own) for name, own in systems.items()
        }:
            yield f"corpora: {one_line(self.corpus)} has scores of others, need those of systems"


def mean_score(corpora: Sequence[CorpusScores], system: str, name: str) -> float | None:
    """Average a score of a system over corpora, each weighing the same; None where one has none.

    Examples
    --------
    >>> found = [
    ...     CorpusScores(name, ("c",), 9, {"joy": 5, "fear": 5}, {"svm": {"ua": Score(value)}})
    ...     for name, value in (("a", 0.5), ("b", 0.75))
    ... ]
    >>> mean_score(found, "svm", "ua")
    0.625
    """
    values = [one.systems[system][name].value for one in corpora]
    known = [value for value in values if value is not None]
    return sum(known) / len(values) if len(known) == len(values) else None


def pooled_chance(corpora: Sequence[CorpusScores]) -> float:
    """UA of guessing among the classes of each row's own corpus, all rows pooled.

    A row of a corpus with four classes is right by chance once in four times, so the recall of a
    class is the mean of such shares over its rows.

    Examples
    --------
    >>> wide = CorpusScores("a", ("b",), 9, {"joy": 10, "fear": 10, "calm": 10, "rage": 10}, {})
    >>> pooled_chance([wide]), pooled_chance([wide, CorpusScores("b", ("a",), 9, {"joy": 10,
    ...     "fear": 10}, {})])
    (0.25, 0.3125)
    """
    rows = sum((Counter(one.rows) for one in corpora), Counter[str]())
    right = (
        sum(one.chance * one.rows.get(name, 0) for one in corpora) / count
        for name, count in rows.items()
    )
    return sum(right) / len(rows)
