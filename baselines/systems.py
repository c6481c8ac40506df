"""Features and a classifier, fitted fold by fold; what they say of the held-out rows is pooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.classifiers.own_scores import OwnScores
from deepspectrum_features.baselines.normalisation import by_speaker
from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.errors import CorpusError

Strings = NDArray[np.str_]

DEV_ROWS, SPEAKERS, ROWS = "dev rows", "training speakers", "training rows"


@dataclass(frozen=True)
class Source:
    """Where a fold's features come from.

    Attributes
    ----------
    name : str
        What the results call the features.
    tables : tuple of Table
        One that serves every fold, or one a fold, of an encoder trained for it.
    epochs : tuple of int, optional
        The epoch that each fold's network was kept at.
    """

    name: str
    tables: tuple[Table, ...]
    epochs: tuple[int, ...] = ()

    def table(self, number: int) -> Table:
        """Return the features for a fold, by its number."""
        return self.tables[number if len(self.tables) > 1 else 0]


@dataclass(frozen=True)
class System:
    """Features and what is fitted on them.

    Attributes
    ----------
    source : Source
    classifier : str
        ``svm``, ``dnn``, or ``network`` for the class scores of the encoder itself.
    kernel : str
        ``linear`` or ``rbf``; empty but for an SVM.
    normalise : str
        ``global``: by the training rows; ``speaker``: every speaker's rows by that speaker's own
        mean and deviation first, the test speaker's too; ``none`` for a network.
    """

    source: Source
    classifier: str
    kernel: str
    normalise: str

    @property
    def name(self) -> str:
        """What the results call it."""
        if self.classifier == "network":
            return f"{self.source.name} end to end"
        classifier = f"{self.classifier}-{self.kernel}" if self.kernel else self.classifier
        return f"{self.source.name} {classifier} {self.normalise}"

    def inputs(self, table: Table, speakers: Strings) -> NDArray[np.float32]:
        """Return what the classifier gets of every row."""
        if self.classifier == "network":
            return table.class_scores
        if self.normalise == "speaker":
            return by_speaker(table.features, speakers)
        return table.features

    def estimator(self, fold: int) -> Any:
        """Make an unfitted classifier with its defaults."""
        if self.classifier == "network":
            return OwnScores(self.source.table(fold).class_name, self.source.epochs[fold])
        if self.classifier == "svm":
            from deepspectrum_features.baselines.classifiers.svm import SVM

            return SVM(kernel=self.kernel)
        from deepspectrum_features.baselines.classifiers.dnn import DNN

        return DNN()


@dataclass
class Outcome:
    """What a system says of every row that was scored.

    Attributes
    ----------
    system : System
    chosen_on : str
        On which rows the classifier chose C or epoch.
    predicted : dict of int to str
        By row.
    fold : dict of int to str
        Name of the fold that scored a row.
    chosen : dict of str to dict
        What was chosen in every fold, such as C.
    lines : list of str
        What the fitted classifiers say of themselves.
    """

    system: System
    chosen_on: str
    predicted: dict[int, str] = field(default_factory=dict)
    fold: dict[int, str] = field(default_factory=dict)
    chosen: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def add(self, fold: Fold, predicted: Sequence[str], model: Any) -> None:
        """Take the predictions for the test rows of a fold, and what the model says of itself."""
        self.predicted.update(zip(fold.test, map(str, predicted), strict=True))
        self.fold.update(dict.fromkeys(fold.test, fold.name))
        self.chosen[fold.name] = model.chosen_
        if (line := model.describe()) not in self.lines:
            self.lines.append(line)


def chosen_on(protocol: Protocol, speakers: Strings) -> str:
    """Say on what a classifier chooses: dev rows, training speakers, or training rows."""
    if any(fold.dev for fold in protocol.folds):
        return DEV_ROWS
    return SPEAKERS if protocol.speaker_independent and speakers.all() else ROWS


def run_system(
    system: System,
    protocol: Protocol,
    labels: Strings,
    speakers: Strings,
    progress: Callable[[int], object] = lambda _: None,
) -> Outcome:
    """Fit a system on every fold and predict the fold's test rows.

    Parameters
    ----------
    system : System
    protocol : Protocol
    labels, speakers : ndarray of str, (rows,)
    progress : callable, optional
        Called with 1 after every fold.

    Raises
    ------
    CorpusError
        If a classifier cannot be fitted, naming the fold.
    """
    outcome = Outcome(system, chosen_on(protocol, speakers))
    table, inputs = None, np.zeros((0, 0), np.float32)
    for number, fold in enumerate(protocol.folds):
        if system.source.table(number) is not table:
            table = system.source.table(number)
            inputs = system.inputs(table, speakers)
        rows = np.array([*fold.train, *fold.dev])
        dev = np.isin(rows, fold.dev) if fold.dev else None
        groups = speakers[rows] if outcome.chosen_on == SPEAKERS else None
        model = system.estimator(number)
        try:
            model.fit(inputs[rows], labels[rows], groups=groups, dev=dev)
        except ValueError as error:
            raise CorpusError(f"fold {fold.name}: {system.classifier}: {error}") from None
        outcome.add(fold, model.predict(inputs[list(fold.test)]), model)
        progress(1)
    return outcome
