"""One classifier on one fold: fitted, asked about the fold's test rows, kept in a file."""

from __future__ import annotations

import hashlib
import json
import zipfile
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from deepspectrum_features.baselines.family_weights import squared_weights
from deepspectrum_features.baselines.rows import Rows
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.files import whole_file
from deepspectrum_features.provenance import software_versions

#: What decides which numbers a fit gives, besides rows and features.
_FITTING = ("numpy", "scipy", "scikit-learn", "torch")


@dataclass(frozen=True)
class FoldFit:
    """What a fitted system says of the test rows of a fold.

    Attributes
    ----------
    predicted : ndarray, (rows,), str or float64
        Classes, or numbers.
    scores, probabilities : ndarray, (rows, classes), float64
        Of every class; NaN of one that the system cannot name. No columns where numbers are told.
    members : ndarray, (seeds, rows), str
        What the networks say that ``predicted`` is the mean of; no rows where there is one alone.
    squared_weights : ndarray, (columns,), float64
        Of a linear SVM: the squared weight of every z-normed column, summed over the machines of
        all pairs of classes; no columns where there is no such machine.
    chosen : dict
        What was chosen, such as C.
    line : str
        What the system says of itself.
    """

    predicted: NDArray[Any]
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    members: NDArray[np.str_]
    squared_weights: NDArray[np.float64]
    chosen: dict[str, Any]
    line: str

    def write(self, path: Path) -> None:
        """Keep it, whole or not at all."""
        told = json.dumps({"chosen": self.chosen, "line": self.line})
        with whole_file(path) as draft, draft.open("wb") as stream:
            np.savez(
                stream,
                predicted=self.predicted,
                scores=self.scores,
                probabilities=self.probabilities,
                members=self.members,
                squared_weights=self.squared_weights,
                told=np.array(told),
            )

    @classmethod
    def read(cls, path: Path) -> FoldFit | None:
        """Read what `write` kept; None where nothing is there, or what is there is damaged."""
        try:
            with np.load(path, allow_pickle=False) as kept:
                told = json.loads(str(kept["told"]))
                arrays = {name: kept[name] for name in kept.files if name != "told"}
                return cls(**arrays, **told)
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None


@dataclass(frozen=True)
class FoldTask:
    """A fit to be made, in this process or another; the file that it makes tells it from others.

    Attributes
    ----------
    estimator : classifier or regressor
        Not fitted yet.
    fold : Fold
    inputs : ndarray, (rows, dim), float32
        What the system gets of every row.
    inputs_digest : str
    rows : Rows
    """

    estimator: Any
    fold: Fold
    inputs: NDArray[np.float32]
    inputs_digest: str
    rows: Rows

    @cached_property
    def key(self) -> str:
        """Digest of everything that decides what comes out."""
        model = self.estimator
        parts = (
            self.inputs_digest, self.rows.digest, type(model).__name__, sorted(vars(model).items()),
            self.fold.train, self.fold.dev, self.fold.test, _versions(),
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def run(self) -> FoldFit:
        """Fit on the train rows, choose on the dev rows or inside, predict the test rows.

        Raises
        ------
        CorpusError
            If the system cannot be fitted, naming the fold.
        """
        fold, model = self.fold, copy(self.estimator)
        fitted, test = np.array([*fold.train, *fold.dev]), list(fold.test)
        dev = np.isin(fitted, fold.dev) if fold.dev else None
        try:
            with threadpool_limits(1):  # the same bits in one process or several
                model.fit(
                    self.inputs[fitted],
                    self.rows.targets[fitted],
                    groups=self.rows.groups[fitted],
                    dev=dev,
                )
                return self._said(model, self.inputs[test])
        except ValueError as error:
            raise CorpusError(f"fold {fold.name}: {type(model).__name__}: {error}") from None

    def _said(self, model: Any, inputs: NDArray[np.float32]) -> FoldFit:
        """Gather what a fitted model says of the test rows."""
        classes = self.rows.classes
        predicted = np.asarray(model.predict(inputs))
        nothing = np.zeros((len(predicted), 0))
        members = np.zeros((0, len(predicted)), np.str_)
        if hasattr(model, "member_predictions"):
            members = np.asarray(model.member_predictions(inputs))
        scores = probabilities = nothing
        if classes:
            scores = _in_order(model.decision_function(inputs), model.classes_, classes)
            probabilities = _in_order(model.predict_proba(inputs), model.classes_, classes)
        line = model.describe(self.rows.grouped_by)
        weights = squared_weights(model)
        return FoldFit(predicted, scores, probabilities, members, weights, model.chosen_, line)


@cache
def _versions() -> dict[str, str]:
    """Return the software that a fit depends on."""
    return software_versions(_FITTING)


def _in_order(
    values: NDArray[np.float64], named: NDArray[np.str_], classes: list[str]
) -> NDArray[np.float64]:
    """Put columns in the order of all classes, NaN where the model does not know one."""
    if values.ndim == 1:  # of two classes: how far the row lies on the side of the second
        values = np.stack([-values, values], axis=1)
    ordered = np.full((len(values), len(classes)), np.nan)
    ordered[:, [classes.index(str(name)) for name in named]] = values
    return ordered
