"""A small neural network on utterance vectors, as a scikit-learn classifier.

The papers put one hidden ReLU layer of 128 behind their features and train it with Adam; the epoch
is the one with the best UA on speakers that gave no gradient. Every random draw (first weights,
dropout, order of the rows, rows held out) comes from numpy generators made from ``seed``: torch's
own random state is neither read nor changed. Training runs on one thread: the network is too small
to gain from more, and the result cannot depend on their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from deepspectrum_features.baselines.classifiers.held_out import hold_out
from deepspectrum_features.baselines.classifiers.perceptron import train_perceptron


class DNN(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify rows with a multi-layer perceptron, stopped early by UA.

    Rows are z-normed with mean and standard deviation of the rows trained on (a constant column
    is only centred). Loss is the cross-entropy, each row weighted by its class; the weights of the
    epoch with the highest UA on the held-out rows are kept, the earliest among equals, and nothing
    is refitted on the held-out rows afterwards.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden ReLU layers; empty for a linear model.
    dropout : float
        Share of hidden units silenced in training.
    learning_rate : float
        Adam's, constant.
    batch_size : int, rows
    epochs : int
        At most so many.
    patience : int, epochs
        Stop after so many epochs without a better UA.
    class_weight : "balanced", dict of class to float, or None
        As in scikit-learn; counted on the rows trained on.
    seed : int
        The same seed and rows in the same order give the same network on one machine. Which
        speakers are held out depends on the seed and their names alone.

    Attributes
    ----------
    classes_ : ndarray, (classes,)
        Sorted; those of all rows given, held out or not.
    dev_ : ndarray, (rows,), bool
        Rows that chose the epoch and gave no gradient.
    chosen_on_ : str
        The same in words.
    chosen_ : dict of str to int
        ``{"epoch": ...}``, counted from 1.
    inner_scores_ : dict of int to float
        UA on the held-out rows after each epoch.
    scaler_ : sklearn.preprocessing.StandardScaler
    coefs_, intercepts_ : list of ndarray, (inputs, outputs) and (outputs,), float32
        One per layer.

    Notes
    -----
    A stopping score on few held-out speakers is noisy, and `inner_scores_` is the score of the
    best of many epochs: it is no estimate of the UA on new speakers.

    References
    ----------
    Zhao et al., ASMMC-MMAC 2018, doi 10.1145/3267935.3267948: Adam with 0.001, batches of 32, at
    most 100 epochs, epoch by UA on a validation speaker (read off low-resolution pages). Hidden
    layer, dropout and patience are our reading, where no source says.

    Examples
    --------
    >>> corner = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (40, 1))
    >>> speaker = np.repeat(["ann", "bob", "eve", "joe"], 40)
    >>> differ = np.where(corner[:, 0] != corner[:, 1], "yes", "no")
    >>> network = DNN(learning_rate=0.01).fit(corner, differ, groups=speaker)
    >>> print(network.predict([[0, 0], [0, 1], [1, 0], [1, 1]]))
    ['no' 'yes' 'yes' 'no']
    >>> print(np.unique(speaker[network.dev_]))  # chose the epoch
    ['eve']
    """

    def __init__(
        self,
        hidden: Sequence[int] = (128,),
        dropout: float = 0.5,
        learning_rate: float = 0.001,
        batch_size: int = 32,
        epochs: int = 100,
        patience: int = 20,
        class_weight: str | Mapping[Any, float] | None = "balanced",
        seed: int = 0,
    ) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.class_weight = class_weight
        self.seed = seed

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        groups: ArrayLike | None = None,
        dev: ArrayLike | None = None,
    ) -> DNN:
        """Train the network on all rows but those that choose the epoch.

        Parameters
        ----------
        X : array-like, (rows, dim)
        y : array-like, (rows,)
            Classes.
        groups : array-like, (rows,), optional
            Speakers. A fifth of them, at least one, is held out, chosen by the seed from their
            sorted names so that two classes are left; without groups and dev it is a fifth of each
            class's rows.
        dev : array-like, (rows,), bool, optional
            Rows to hold out; with it `groups` is not asked.

        Raises
        ------
        ValueError
            If a parameter is impossible, if there is one class or one speaker only, or if nothing
            is left to train on or to choose the epoch on.
        """
        self._check_parameters()
        features, labels = validate_data(self, X, y, dtype=(np.float64, np.float32))
        check_classification_targets(labels)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y: 1 class ({self.classes_[0]}), need at least 2 classes")
        self.dev_ = hold_out(targets, groups, dev, self.seed)
        self.chosen_on_ = "dev rows"
        if dev is None:
            self.chosen_on_ = f"a fifth of the training {'rows' if groups is None else 'speakers'}"
        train = ~self.dev_
        trained = np.unique(targets[train])
        if len(trained) < 2:
            raise ValueError(
                f"y: 1 class ({self.classes_[trained[0]]}) among the {train.sum()} rows to train "
                f"on, need at least 2 classes (hold out other rows)"
            )
        weights = np.ones(len(self.classes_))
        weights[trained] = compute_class_weight(
            self.class_weight, classes=self.classes_[trained], y=labels[train]
        )
        self.scaler_ = StandardScaler().fit(features[train])
        values = self.scaler_.transform(features).astype(np.float32, copy=False)
        torch.get_num_threads()  # torch settles it on first use: let that not be under the limit
        with threadpool_limits(1, user_api="openmp"):  # of this thread alone, until the end of it
            found = train_perceptron(
                (values[train], targets[train]),
                (values[self.dev_], targets[self.dev_]),
                weights.astype(np.float32),
                hidden=self.hidden,
                dropout=self.dropout,
                learning_rate=self.learning_rate,
                batch_size=self.batch_size,
                epochs=self.epochs,
                patience=self.patience,
                seed=self.seed,
            )
        self.coefs_, self.intercepts_ = found.parameters[::2], found.parameters[1::2]
        self.chosen_, self.inner_scores_ = {"epoch": found.epoch}, found.scores
        return self

    def describe(self) -> str:
        """Say how it was trained, for the protocol beside a score."""
        check_is_fitted(self)
        layers = " and ".join(f"a hidden layer of {width}" for width in self.hidden)
        weights = f"class weights {self.class_weight}" if self.class_weight else "no class weights"
        layers = layers or "no hidden layer"
        return f"DNN: {layers}, {weights}, epoch chosen by UA on {self.chosen_on_}"

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return logits ``(rows, classes)``; for two classes their difference ``(rows,)``.

        With two classes a positive value speaks for ``classes_[1]``, as everywhere in
        scikit-learn.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the network's class probabilities ``(rows, classes)``, not calibrated."""
        probabilities: NDArray[np.float64] = softmax(self._logits(X), axis=1)
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each row, ``(rows,)``."""
        logits = self._logits(X)
        predicted: NDArray[Any] = self.classes_[logits.argmax(axis=1)]
        return predicted

    def _logits(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return ``(rows, classes)`` in float64: a row scores the same alone and in a batch."""
        check_is_fitted(self)
        features = validate_data(self, X, dtype=np.float64, reset=False)
        values: NDArray[np.float64] = self.scaler_.transform(features)
        for layer, (weight, bias) in enumerate(zip(self.coefs_, self.intercepts_, strict=True)):
            values = (np.maximum(values, 0) if layer else values) @ weight.astype(np.float64) + bias
        return values

    def _check_parameters(self) -> None:
        """Refuse impossible parameters, all together."""
        needs = {
            name: f"a whole number, at least {least}"
            for name, least in (("batch_size", 1), ("epochs", 1), ("patience", 1), ("seed", 0))
            if not _whole(getattr(self, name), least)
        }
        if not np.iterable(self.hidden) or not all(_whole(one, 1) for one in self.hidden):
            needs["hidden"] = "a sequence of whole numbers, each at least 1"
        if not isinstance(self.dropout, Real) or not 0 <= self.dropout < 1:
            needs["dropout"] = "0 <= dropout < 1"
        if not isinstance(self.learning_rate, Real) or not 0 < self.learning_rate < np.inf:
            needs["learning_rate"] = "a number above 0"
        wrong = [f"{name}={getattr(self, name)!r}, need {need}" for name, need in needs.items()]
        if wrong:
            raise ValueError(f"DNN: {'; '.join(wrong)}")


def _whole(value: Any, least: int) -> bool:
    """Tell whether a value is a whole number and large enough."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
