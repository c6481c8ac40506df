"""Features and what is fitted on them: what an evaluation scores side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepspectrum_features.baselines.classifiers.own_scores import OwnScores
from deepspectrum_features.baselines.columns import told_apart
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.corpus.protocol import Protocol

#: Which classifiers and regressors take a kernel.
KERNELS = {"svm": ("linear", "rbf"), "svr": ("linear",)}

#: What weighs the same: every column, or every family of columns.
WEIGHTS = ("columns", "families")


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
    parts : tuple of Table, optional
        The tables whose columns stand side by side, where several do.
    """

    name: str
    tables: tuple[Table, ...]
    epochs: tuple[int, ...] = ()
    parts: tuple[Table, ...] = ()

    def table(self, number: int) -> Table:
        """Return the features for a fold, by its number."""
        return self.tables[number if len(self.tables) > 1 else 0]

    @classmethod
    def side_by_side(cls, tables: list[Table]) -> Source:
        """Put the columns of several tables of the same rows into one."""
        name = "+".join(table.name for table in tables)
        columns = np.hstack([table.features for table in tables])
        names = tuple(one for table in tables for one in table.column_name)
        joined = replace(
            tables[0], name=name, features=columns, column_name=names, family=told_apart(tables)
        )
        return cls(name, (joined,), parts=tuple(tables))


@dataclass(frozen=True)
class System:
    """Features and what is fitted on them.

    Attributes
    ----------
    source : Source
    classifier : str
        ``svm``, ``dnn``, of numbers ``svr``, ``ridge``, or ``network`` for the class scores of the
        encoder itself.
    kernel : str
        ``linear`` or ``rbf``; empty where there is none.
    normalise : str
        ``global``: by the training rows; ``speaker``: every speaker's rows by that speaker's own
        mean and deviation first, the test speaker's too; ``corpus``: every corpus's likewise;
        ``none`` for a network.
    seed : int
        The first of a DNN.
    weights : str
        ``columns`` or ``families``: which of them weigh the same.
    """

    source: Source
    classifier: str
    kernel: str
    normalise: str
    seed: int = 0
    weights: str = "columns"

    @property
    def name(self) -> str:
        """What the results call it."""
        return f"{self.source.name} {self.manner}"

    @property
    def manner(self) -> str:
        """Say what is done with the features, whichever they are."""
        if self.classifier == "network":
            return "end to end"
        classifier = f"{self.classifier}-{self.kernel}" if self.kernel else self.classifier
        families = " families" * (self.weights == "families")
        return f"{classifier} {self.normalise}{families}"

    @property
    def columns(self) -> int:
        """How many numbers it gets of every row."""
        table = self.source.tables[0]
        own = self.classifier == "network"
        return len(table.class_name) if own else table.features.shape[1]

    def estimator(self, fold: int) -> Any:
        """Make an unfitted classifier or regressor with its defaults, for a fold by its number."""
        if self.classifier == "network":
            return OwnScores(self.source.table(fold).class_name, self.source.epochs[fold])
        families = self.source.table(fold).family if self.weights == "families" else None
        if self.classifier == "svm":
            from deepspectrum_features.baselines.classifiers.svm import SVM

            return SVM(kernel=self.kernel, families=families)
        if self.classifier == "svr":
            from deepspectrum_features.baselines.classifiers.svr import SVR

            return SVR(families=families)
        if self.classifier == "ridge":
            from deepspectrum_features.baselines.classifiers.ridge import Ridge

            return Ridge(families=families)
        from deepspectrum_features.baselines.classifiers.dnn import DNN

        return DNN(seed=self.seed, families=families)


@dataclass(frozen=True)
class Plan:
    """A system to be scored on the folds of a protocol, or the mean of several.

    Attributes
    ----------
    systems : tuple of System
        Several, where the mean of their scores is to be judged.
    protocol : Protocol
        With or without the dev rows that others choose on.
    mean_of : str
        What the systems differ in, where there are several: ``seeds`` or ``features``.
    """

    systems: tuple[System, ...]
    protocol: Protocol
    mean_of: str = ""

    @property
    def name(self) -> str:
        """What the results call it."""
        return f"{self.features} {self.systems[0].manner}"

    @property
    def features(self) -> str:
        """What the results call the features."""
        if self.mean_of == "features":
            return f"mean of {', '.join(system.source.name for system in self.systems)}"
        return self.systems[0].source.name


def together(texts: Iterable[str]) -> str:
    """Join different texts in the order in which they first occur."""
    return ", ".join(dict.fromkeys(text for text in texts if text))
