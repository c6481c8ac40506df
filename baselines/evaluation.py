"""How well features separate labels: folds that keep speakers apart, predictions pooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.leaks import check_folds
from deepspectrum_features.baselines.protocol_lines import choice_of, describe, warnings_of
from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol, make_protocol
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import progress_bar

Strings = NDArray[np.str_]


@dataclass(frozen=True)
class System:
    """Features and what is fitted on them.

    Attributes
    ----------
    table : Table
    classifier : str
        ``svm`` or ``dnn``.
    kernel : str
        ``linear`` or ``rbf``; empty for a DNN.
    normalise : str
        ``global``: by the training rows; ``speaker``: every speaker's rows by that speaker's own
        mean and deviation first, the test speaker's too.
    """

    table: Table
    classifier: str
    kernel: str
    normalise: str

    @property
    def name(self) -> str:
        """What the results call it."""
        classifier = f"{self.classifier}-{self.kernel}" if self.kernel else self.classifier
        return f"{self.table.name} {classifier} {self.normalise}"


@dataclass
class Outcome:
    """What a system says of every row that was scored.

    Attributes
    ----------
    name, features : str
    facts : dict
        What the results tell of the system.
    predicted : dict of int to str
        By row.
    fold : dict of int to str
        Name of the fold that scored a row.
    chosen : dict of str to dict
        What was chosen in every fold, such as C.
    """

    name: str
    features: str
    facts: dict[str, Any]
    predicted: dict[int, str] = field(default_factory=dict)
    fold: dict[int, str] = field(default_factory=dict)
    chosen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, fold: Fold, predicted: Sequence[str], chosen: dict[str, Any]) -> None:
        """Take the predictions for the test rows of a fold."""
        self.predicted.update(zip(fold.test, map(str, predicted), strict=True))
        self.fold.update(dict.fromkeys(fold.test, fold.name))
        self.chosen[fold.name] = chosen


@dataclass(frozen=True)
class Evaluation:
    """Outcomes on the same rows and folds, and the protocol that they stand on.

    Attributes
    ----------
    tables : list of Table
    protocol : Protocol
    outcomes : list of Outcome
    lines, warnings : list of str
        Printed with every score.
    """

    tables: list[Table]
    protocol: Protocol
    outcomes: list[Outcome]
    lines: list[str]
    warnings: list[str]


def evaluate(
    tables: Sequence[Table],
    *,
    classifiers: Sequence[str] = ("svm",),
    kernels: Sequence[str] = ("linear",),
    normalise: Sequence[str] = ("global",),
    protocol: str | None = None,
    allow_contaminated: bool = False,
    bar: bool = False,
) -> Evaluation:
    """Score every combination of features, classifier and normalisation on the same folds.

    Parameters
    ----------
    tables : sequence of Table
        Of the same utterances, see `read_tables`.
    classifiers : sequence of str
        ``svm``, ``dnn``.
    kernels : sequence of str
        ``linear``, ``rbf``: of the SVM.
    normalise : sequence of str
        ``global``, ``speaker``.
    protocol : str, optional
        See `deepspectrum_features.corpus.protocol.make_protocol`.
    allow_contaminated : bool, optional
        Score rows that an encoder's training met, and say so with every score.
    bar : bool, optional
        Show a progress bar where standard error is a terminal.

    Raises
    ------
    CorpusError
        If there is one class, too few speakers, a class that one speaker alone utters, or rows
        that an encoder has seen.
    """
    utterances = tables[0].utterances
    labels = np.array([one.label for one in utterances])
    speakers = np.array([one.speaker for one in utterances])
    classes = sorted(set(labels.tolist()))
    if len(classes) < 2:
        raise CorpusError(f"{tables[0].path}: one class ({classes[0]}), need at least two")
    chosen = make_protocol(utterances, protocol)
    if "speaker" in normalise and not speakers.all():
        raise CorpusError(f"{tables[0].path}: --normalise speaker needs a speaker for every row")
    check_folds(chosen, tables[0])
    warnings = list(warnings_of(chosen, tables, allow_contaminated))
    systems = [
        System(table, classifier, kernel, how)
        for table, classifier, how in product(tables, classifiers, normalise)
        for kernel in (kernels if classifier == "svm" else ("",))
    ]
    outcomes = []
    total = len(systems) * len(chosen.folds)
    with progress_bar(total, "folds", bar, desc="evaluating") as shown:
        for system in systems:
            outcomes.append(run_system(system, chosen, labels, speakers, shown.update))
    lines = describe(chosen, speakers, classifiers, normalise)
    return Evaluation(list(tables), chosen, outcomes, lines, warnings)


def run_system(
    system: System,
    protocol: Protocol,
    labels: Strings,
    speakers: Strings,
    progress: Callable[[int], object] = lambda _: None,
) -> Outcome:
    """Fit a system on every fold and predict the fold's test rows."""
    features = system.table.features
    if system.normalise == "speaker":
        features = by_speaker(features, speakers)
    outcome = outcome_of(system, choice_of(protocol, speakers))
    for fold in protocol.folds:
        model = make_classifier(system)
        rows = np.array([*fold.train, *fold.dev])
        dev = np.isin(rows, fold.dev) if fold.dev else None
        groups = speakers[rows] if outcome.facts["chosen_on"] == "training speakers" else None
        try:
            model.fit(features[rows], labels[rows], groups=groups, dev=dev)
        except ValueError as error:
            raise CorpusError(f"fold {fold.name}: {system.classifier}: {error}") from None
        outcome.add(fold, model.predict(features[list(fold.test)]), model.chosen_)
        progress(1)
    return outcome


def outcome_of(system: System, chosen_on: str) -> Outcome:
    """Start the record of a system."""
    table = system.table
    facts = {
        "features": table.name,
        "file": str(table.path),
        "classifier": system.classifier,
        "kernel": system.kernel or None,
        "normalise": system.normalise,
        "chosen_on": chosen_on,
        "columns": table.features.shape[1],
        "encoder": table.encoder,
        "encoder_sha256": table.encoder_sha256 or None,
        "licence": table.licence,
        "sample_rates": table.sample_rate or None,
    }
    return Outcome(system.name, table.name, facts)


def make_classifier(system: System) -> Any:
    """Make the classifier that a system names, with its defaults."""
    if system.classifier == "svm":
        from deepspectrum_features.baselines.classifiers.svm import SVM

        return SVM(kernel=system.kernel)
    from deepspectrum_features.baselines.classifiers.dnn import DNN

    return DNN()


def by_speaker(features: NDArray[np.float32], speakers: Strings) -> NDArray[np.float32]:
    """Normalise every speaker's rows by their own mean and standard deviation.

    Parameters
    ----------
    features : ndarray, (rows, dim)
    speakers : ndarray of str, (rows,)

    Returns
    -------
    ndarray, (rows, dim), float32
        Where a speaker's column does not vary it becomes 0.
    """
    normalised = np.empty_like(features, dtype=np.float32)
    for speaker in sorted(set(speakers.tolist())):
        rows = speakers == speaker
        own = features[rows].astype(np.float64)
        deviation = own.std(axis=0)
        normalised[rows] = (own - own.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return normalised
