"""How well features separate labels: folds that keep speakers apart, predictions pooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from deepspectrum_features.baselines.leaks import check_folds, refuse_seen, seen_warnings
from deepspectrum_features.baselines.limits import limits_of
from deepspectrum_features.baselines.normalisation import BY_SPEAKER, check_normalise
from deepspectrum_features.baselines.records import Curve
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.scoring import score
from deepspectrum_features.baselines.systems import Outcome, Source, System, run_system
from deepspectrum_features.baselines.tables import Table, read_tables
from deepspectrum_features.corpus.protocol import Protocol, make_protocol
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import progress_bar

_CHOICES = {
    "classifiers": ("svm", "dnn"),
    "kernels": ("linear", "rbf"),
    "normalise": ("global", "speaker"),
}


def evaluate(
    features: Sequence[str | Path],
    *,
    labels: str | None = None,
    layout: str | None = None,
    common: bool = False,
    classifiers: Sequence[str] = ("svm",),
    kernels: Sequence[str] = ("linear",),
    normalise: Sequence[str] = ("global",),
    protocol: str | None = None,
    allow_contaminated: bool = False,
    title: str | None = None,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Results:
    """Score every combination of features, classifier and normalisation on the same folds.

    Parameters
    ----------
    features : sequence of str or Path
        Feature files of the same utterances.
    labels, layout, common
        What the rows are, see `deepspectrum_features.baselines.tables.read_tables`.
    classifiers : sequence of str
        ``svm``, ``dnn``.
    kernels : sequence of str
        ``linear``, ``rbf``: of the SVM.
    normalise : sequence of str
        ``global``, ``speaker``.
    protocol : str, optional
        See `deepspectrum_features.corpus.make_protocol`.
    allow_contaminated : bool, optional
        Score rows that an encoder's training met, and say so with every score.
    title : str, optional
        Default corpus, protocol and classifiers.
    bar : bool, optional
        Show a progress bar where standard error is a terminal.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    Results
        Print its `markdown`, `write` it to a folder, or take `to_frame`.

    Raises
    ------
    CorpusError
        If there is one class, too few speakers, a class that one speaker alone utters, or rows
        that an encoder has seen.
    FeatureFileError
        If a file is unreadable or has other rows than the first.
    ValueError
        If no features are given, or a classifier, kernel, normalisation or protocol that there is
        not.

    Examples
    --------
    >>> import tempfile
    >>> from deepspectrum_features.testing import tiny_features
    >>> path = tiny_features(Path(tempfile.mkdtemp()) / "tones.h5")
    >>> results = evaluate([path])
    >>> results.systems[0].name, results.protocol.name
    ('tones svm-linear global', 'leave one speaker out')
    """
    check_choices(classifiers=classifiers, kernels=kernels, normalise=normalise)
    tables = read_tables(features, labels=labels, layout=layout, common=common, say=say)
    rows = tables[0].utterances
    classes = sorted({one.label for one in rows})
    if len(classes) < 2:
        raise CorpusError(f"{tables[0].path}: one class ({classes[0]}), need at least two")
    chosen = make_protocol(rows, protocol)
    check_normalise(normalise, rows, tables[0].path)
    check_folds(chosen, tables[0])
    if not allow_contaminated:
        refuse_seen(chosen, tables)
    warnings = [*seen_warnings(chosen, tables), *limits_of(chosen, rows)]
    plans = [
        (System(Source(table.name, (table,)), classifier, kernel, how), chosen)
        for table, classifier, how in product(tables, classifiers, normalise)
        for kernel in (kernels if classifier == "svm" else ("",))
    ]
    title = title or f"{tables[0].corpus}: {chosen.name}, {' and '.join(classifiers)}"
    return Evaluation(title, chosen, plans, tables, warnings=warnings).run(bar)


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
        if isinstance(names, str) or not set(names) <= set(_CHOICES[argument]):
            needed = ", ".join(_CHOICES[argument])
            raise ValueError(f"{argument}={names!r}, need a list of {needed}")


@dataclass(frozen=True)
class Evaluation:
    """Systems to be scored on the same rows.

    Attributes
    ----------
    title : str
    protocol : Protocol
    plans : list of (System, Protocol)
        Each system with its folds: those of ``protocol``, or the same without their dev rows.
    shown : list of Table
        Feature sets that the map shows; the rows of the first are those of all.
    lines, warnings : sequence of str
        Said with every score, besides what protocol and classifiers say of themselves.
    curves : sequence of Curve
    """

    title: str
    protocol: Protocol
    plans: list[tuple[System, Protocol]]
    shown: list[Table]
    lines: Sequence[str] = ()
    warnings: Sequence[str] = ()
    curves: Sequence[Curve] = ()

    def run(self, bar: bool, say: Callable[[str], object] = lambda _: None) -> Results:
        """Run every system, fold by fold, and score what they predict."""
        rows = self.shown[0].utterances
        labels = np.array([one.label for one in rows])
        speakers = np.array([one.speaker for one in rows])
        outcomes: list[Outcome] = []
        total = sum(len(folds.folds) for _, folds in self.plans)
        with progress_bar(total, "folds", bar, desc="evaluating") as shown:
            for system, folds in self.plans:
                say(f"scoring {system.name}")
                outcomes.append(run_system(system, folds, labels, speakers, shown.update))
        lines = [*self._protocol_lines(outcomes), *self.lines]
        return score(
            self.title, self.protocol, outcomes, self.shown, lines, self.warnings, self.curves
        )

    def _protocol_lines(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Say how the scores came about, in the words of protocol and fitted classifiers."""
        lines = [line for outcome in outcomes for line in outcome.lines]
        if any(system.normalise == "speaker" for system, _ in self.plans):
            lines.append(BY_SPEAKER)
        return list(dict.fromkeys([self.protocol.describe(), *lines]))
