"""Whether two systems differ, by the score that is printed.

Two systems predicted the same rows. Were they equally good, nothing would change if for some
speakers the predictions of one were taken for those of the other. So the predictions are exchanged
speaker by speaker, in every choice of speakers, and the difference in the pooled score is set
against the differences that arise. Speakers, not rows, are exchanged: the utterances of one person
are right or wrong together.

For UA the score need not be computed again. With ``h[s, k]`` the rows of class ``k`` by speaker
``s`` that a system has right, ``N[k]`` the rows of class ``k`` and ``K`` classes that occur, UA is
``sum_s sum_k h[s, k] / (K N[k])``: every speaker adds a share of the difference, and an exchange
changes its sign. That is `sign_flip_test` on these shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.metrics import Labels, validate
from deepspectrum_features.baselines.records import Score
from deepspectrum_features.baselines.sign_flip import EXACT_SPEAKERS, sign_flip_test, smallest_p
from deepspectrum_features.terminal import counted, one_line

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Comparison:
    """One score of two systems on the same rows.

    Attributes
    ----------
    first, second : str
        Names of the systems.
    measure : str
        Name of the score: ``ua`` or ``ccc``.
    difference : float
        Score of the first minus score of the second, each of all rows pooled.
    p : float
        Two-sided p-value of this comparison alone.
    p_holm : float
        The same after Holm's correction over its family; ``p`` before `adjust`.
    exact : bool
        Whether every choice of exchanges was counted; else some drawn at random.
    speakers, differing : int
        How many speakers there are, and for how many of them the difference is not zero.
    note : str
        What so few speakers cannot show; empty where they can.
    test : str
        What was done, in words.
    family : str
        What the systems differ in, and what they share: the comparisons that are corrected
        together have the same.
    """

    first: str
    second: str
    measure: str
    difference: float
    p: float
    p_holm: float
    exact: bool
    speakers: int
    differing: int
    note: str
    test: str
    family: str = ""

    def misfits(self, scores: Mapping[str, Mapping[str, Score]]) -> Iterator[str]:
        """Yield what it says and the scores of its systems, by name, do not."""
        for name in sorted({self.first, self.second} - set(scores)):
            yield f"comparisons: {one_line(name)} is not among the systems"
        first, second = (
            scores.get(name, {}).get(self.measure, Score(None)).value
            for name in (self.first, self.second)
        )
        if first is None or second is None:
            return
        if not math.isclose(first - second, self.difference, abs_tol=1e-9):
            yield f"comparisons: difference {self.difference:g}, need {first - second:g} as scored"


def compare_ua(
    reference: Labels,
    first: Labels,
    second: Labels,
    speakers: Sequence[str] | NDArray[np.str_],
    classes: Sequence[str],
    names: tuple[str, str],
) -> Comparison | None:
    """Compare the pooled UA of two systems, their predictions exchanged speaker by speaker.

    Parameters
    ----------
    reference, first, second : sequence of str, (rows,)
        Class of each row, as it is and as each system predicted it.
    speakers : sequence of str, (rows,)
        Who spoke each row.
    classes : sequence of str
        Every class that may occur.
    names : tuple of str
        What the two systems are called.

    Returns
    -------
    Comparison or None
        None where the speaker of a row is unknown, or there are fewer than two.

    Raises
    ------
    ValueError
        If a sequence is not as long as the reference, or a label is not among the classes.

    Examples
    --------
    >>> found = compare_ua(
    ...     ["calm", "loud"] * 6,
    ...     ["calm", "loud"] * 6,
    ...     ["calm", "calm"] * 6,
    ...     [speaker for speaker in "abcdef" for _ in range(2)],
    ...     ["calm", "loud"],
    ...     ("svm", "constant"),
    ... )
    >>> found.difference, found.p
    (0.5, 0.03125)
    """
    validate(reference, first, classes)
    validate(reference, second, classes)
    spoken = known_speakers(speakers, len(reference))
    if spoken is None:
        return None
    shares = _shares(np.asarray(reference), np.asarray(first), np.asarray(second), spoken)
    differing = sum(share != 0 for share in shares)
    p = sign_flip_test([float(share) for share in shares], cross_validated=True)
    return compared(names, "ua", float(sum(shares)), p, len(shares), differing)


def shown_p(p: float) -> str:
    """Write a p-value to three digits; it is never zero.

    Examples
    --------
    >>> shown_p(0.0625), shown_p(0.0004)
    ('0.0625', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3g}"


def shortfall(differing: int, least: float, several: str = "") -> str:
    """Say what so few differing speakers cannot show; empty where they can.

    Examples
    --------
    >>> shortfall(5, 0.0625), shortfall(6, 0.03125)
    ('5 differing speakers cannot reach p < 0.0625', '')
    >>> shortfall(0, 1.0)
    'no speaker differs'
    """
    if least < SIGNIFICANT:
        return ""
    if not differing:
        return "no speaker differs"
    speakers = counted(differing, "differing speaker")
    return f"{speakers} cannot reach p < {shown_p(least)}{several}"


def _shares(
    reference: NDArray[np.str_],
    first: NDArray[np.str_],
    second: NDArray[np.str_],
    speakers: NDArray[np.str_],
) -> list[Fraction]:
    """Split the difference in pooled UA among the speakers; in fractions a tie is a tie."""
    names, speaker = np.unique(speakers, return_inverse=True)
    kinds, kind, rows = np.unique(reference, return_inverse=True, return_counts=True)
    more = (first == reference).astype(int) - (second == reference)
    hits = np.zeros((len(names), len(kinds)), int)
    np.add.at(hits, (speaker, kind), more)
    weights = [Fraction(1, len(kinds) * count) for count in rows.tolist()]
    return [
        sum((hit * weight for hit, weight in zip(own, weights, strict=True)), Fraction())
        for own in hits.tolist()
    ]


def known_speakers(
    speakers: Sequence[str] | NDArray[np.str_], rows: int
) -> NDArray[np.str_] | None:
    """Return who spoke each row; None where one is unknown, or there are fewer than two.

    Raises
    ------
    ValueError
        If there is not one a row.

    Examples
    --------
    >>> known_speakers(["a", "b"], 2).tolist(), known_speakers(["a", ""], 2)
    (['a', 'b'], None)
    """
    if len(speakers) != rows:
        raise ValueError(f"speakers: {len(speakers)} rows, need {rows}, one a row")
    spoken = np.asarray(speakers, np.str_)
    return spoken if spoken.all() and len(np.unique(spoken)) > 1 else None


def compared(
    names: tuple[str, str], measure: str, difference: float, p: float, speakers: int, differing: int
) -> Comparison:
    """Put together what a test found, before correction for being one of several."""
    return Comparison(
        *names,
        measure=measure,
        difference=difference,
        p=p,
        p_holm=p,
        exact=differing <= EXACT_SPEAKERS,
        speakers=speakers,
        differing=differing,
        note=shortfall(differing, smallest_p(differing)),
        test=_test(measure, differing, speakers),
    )


def _test(measure: str, differing: int, speakers: int) -> str:
    """Say what was done."""
    exact = "exact " if differing <= EXACT_SPEAKERS else ""
    kind = {"ua": "sign-flip", "ccc": "permutation"}[measure]
    return (
        f"{exact}{kind} test of pooled {measure.upper()}, predictions exchanged by speaker "
        f"({speakers} speakers), corrected for shared training"
    )
