"""Which systems an evaluation scores: every combination of what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from deepspectrum_features.baselines.systems import KERNELS, Plan, Source, System
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.corpus.protocol import Protocol

#: What there is of each, the default first.
CHOICES = {
    "classifiers": ("svm", "dnn"),
    "regressors": ("svr", "ridge"),
    "kernels": KERNELS["svm"],
    "normalise": ("global", "speaker", "corpus"),
}


def check_choices(**given: Sequence[str]) -> None:
    """Refuse names of classifiers, kernels and normalisations that there are not.

    Raises
    ------
    ValueError
        Naming the argument.

    Examples
    --------
    >>> check_choices(classifiers=["svm", "forest"])
    Traceback (most recent call last):
    ValueError: classifiers=['svm', 'forest'], need a list of svm, dnn
    """
    for argument, names in given.items():
        if isinstance(names, str) or not names or not set(names) <= set(CHOICES[argument]):
            needed = ", ".join(CHOICES[argument])
            raise ValueError(f"{argument}={names!r}, need a list of {needed}")


def list_plans(
    tables: list[Table],
    protocol: Protocol,
    classifiers: Sequence[str],
    kernels: Sequence[str],
    normalise: Sequence[str],
    seed: int,
    fuse: bool,
    weights: str,
) -> list[Plan]:
    """List every system, and after them, where features are to be fused, what fuses all.

    Parameters
    ----------
    tables : list of Table
    protocol : Protocol
    classifiers, kernels, normalise : sequence of str
        All are combined; a classifier goes with the kernels that it can have.
    seed : int
        Of DNNs.
    fuse : bool
    weights : str
        ``columns`` or ``families``, of all systems.
    """
    sources = [Source(table.name, (table,)) for table in tables]
    manners = [
        (classifier, kernel, how, seed, weights)
        for classifier, how in product(classifiers, normalise)
        for kernel in _kernels_of(classifier, kernels)
    ]
    plans = [Plan((System(source, *manner),), protocol) for source in sources for manner in manners]
    if fuse:
        joined = Source.side_by_side(tables)
        for manner in manners:
            plans.append(Plan((System(joined, *manner),), protocol))
            each = tuple(System(source, *manner) for source in sources)
            plans.append(Plan(each, protocol, "features"))
    return plans


def _kernels_of(classifier: str, kernels: Sequence[str]) -> Sequence[str]:
    """Return the kernels that a classifier is to be tried with; an empty text where it has none."""
    return [one for one in kernels if one in KERNELS.get(classifier, ())] or [
        *KERNELS.get(classifier, ("",))[:1]
    ]
