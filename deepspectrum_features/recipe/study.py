"""What a paper did with a system on one corpus, and the scores that it reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reported:
    """A score that a paper reports.

    Attributes
    ----------
    classifier : str
        ``network`` of its own class scores, ``svm`` on its features.
    score : str
        ``ua`` or ``wa``.
    value : float
    grade : str
        How it was read: ``A`` legible, ``B`` off low-resolution page images.
    """

    classifier: str
    score: str
    value: float
    grade: str


@dataclass(frozen=True, kw_only=True)
class Study:
    """A corpus, its protocol and its reported scores.

    Attributes
    ----------
    name : str
        What the command line calls it.
    layout : str
        How the corpus is read: a bundled layout, behind a colon a variant of it.
    protocol : str
        As `deepspectrum_features.corpus.make_protocol` names it.
    scored : str
        The side that the paper reports, of a corpus with a split of its own.
    reported : tuple of Reported
        Empty where there is no primary source.
    notes : tuple of str
        Where the protocol here is a choice or differs from the paper, each with its grade.
    """

    name: str
    layout: str
    protocol: str
    scored: str = "test"
    reported: tuple[Reported, ...] = ()
    notes: tuple[str, ...] = ()


def network_scores(*, ua: float, wa: float | None = None, grade: str) -> tuple[Reported, ...]:
    """Return what a paper reports of its network.

    Examples
    --------
    >>> [(one.score, one.value) for one in network_scores(ua=0.68, wa=0.652, grade="A")]
    [('ua', 0.68), ('wa', 0.652)]
    """
    scores = {"ua": ua, "wa": wa}
    return tuple(
        Reported("network", name, value, grade)
        for name, value in scores.items()
        if value is not None
    )
