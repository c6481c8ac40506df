"""Small neural networks on utterance vectors, as a scikit-learn classifier.

The papers put one hidden ReLU layer of 128 behind their features and train it with Adam; the epoch
is the one with the best UA on speakers that gave no gradient. What one network says hangs on its
first weights and on who stopped it, so several are trained, and the mean of their probabilities
counts. Every random draw (first weights, dropout, order of the rows, rows held out) comes from
numpy generators made from a network's seed: torch's own random state is neither read nor changed.
Training runs on one thread: a network is too small to gain from more, and no result depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from deepspectrum_features.baselines.classifiers.held_out import Rows
from deepspectrum_features.baselines.classifiers.network_parameters import check_network
from deepspectrum_features.baselines.classifiers.pairs import named
from deepspectrum_features.baselines.classifiers.perceptron import (
    Network,
    loss_weights,
    train_perceptron,
)
from deepspectrum_features.baselines.classifiers.stopping import hold_out
from deepspectrum_features.baselines.classifiers.z_norm import ROWS_AT_ONCE, Features, weighting


class DNN(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify rows with multi-layer perceptrons, each stopped early by UA.

    The class probabilities are the mean over the networks, the prediction is the class with the
    highest. For each network rows are z-normed with mean and standard deviation of the rows it is
    trained on, and a column that is constant among these is dropped. Loss is the cross-entropy,
    each row weighted by its class; the weights of the epoch with the highest UA on the held-out
    rows are kept, the earliest among equals, and nothing is refitted on the held-out rows.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden ReLU layers; empty for linear models.
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
    seeds : int
        Number of networks.
    seed : int
        Of the first network; the others have the numbers that follow. The same seed and rows in
        the same order give the same network on one machine. Which speakers are held out depends on
        the seed, their names and what they utter alone.
    families : sequence of str, (dim,), optional
        The family of every column: all are to weigh the same (`ZNorm`).

    Attributes
    ----------
    classes_ : ndarray, (classes,)
        Sorted; those of all rows given, held out or not.
    networks_ : list of Network
        In the order of seeds.
    dev_ : ndarray, (seeds, rows), bool
        Rows that chose each network's epoch and gave it no gradient.
    chosen_on_ : str
        The same in words, with ``{groups}`` for what the groups are.
    chosen_ : dict of str to list of int
        ``{"epoch": [...]}`` of each network, counted from 1.
    inner_scores_ : list of dict of int to float
        For each network the UA on its held-out rows after every epoch.

    Notes
    -----
    A stopping score on few held-out speakers is noisy, and `inner_scores_` holds the score of the
    best of many epochs: it is no estimate of the UA on new speakers.

    References
    ----------
    Zhao et al., ASMMC-MMAC 2018, doi 10.1145/3267935.3267948: Adam with 0.001, batches of 32, at
    most 100 epochs, epoch by UA on a validation speaker (read off low-resolution pages). Hidden
    layer, dropout, patience and the number of networks are our reading, where no source says.

    Examples
    --------
    >>> corner = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (40, 1))
    >>> speaker = np.repeat(["ann", "bob", "eve", "joe"], 40)
    >>> differ = np.where(corner[:, 0] != corner[:, 1], "yes", "no")
    >>> model = DNN(learning_rate=0.01, seeds=2).fit(corner, differ, groups=speaker)
    >>> print(model.predict([[0, 0], [0, 1], [1, 0], [1, 1]]))
    ['no' 'yes' 'yes' 'no']
    >>> [np.unique(speaker[rows]).tolist() for rows in model.dev_]  # chose the epochs
    [['eve'], ['ann']]
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
        seeds: int = 5,
        seed: int = 0,
        families: Sequence[str] | None = None,
    ) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.class_weight = class_weight
        self.seeds = seeds
        self.seed = seed
        self.families = families

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        groups: ArrayLike | None = None,
        dev: ArrayLike | None = None,
    ) -> DNN:
        """Train every network on all rows but those that choose its epoch.

        Parameters
        ----------
        X : array-like, (rows, dim)
        y : array-like, (rows,)
            Classes.
        groups : array-like, (rows,), optional
            Speakers or recordings. About a fifth of them is held out, drawn by the network's seed
            so that every class keeps rows to train on (`stopping.spare`); without groups and dev
            it is a fifth of each class's rows.
        dev : array-like, (rows,), bool, optional
            Rows to hold out, of every network; with it `groups` is not asked.

        Raises
        ------
        ValueError
            If a parameter is impossible, if there is one class or one speaker only, or if nothing
            is left to train on or to choose the epoch on.
        """
        check_network(self.get_params())
        features, labels = validate_data(self, X, y, dtype=(np.float64, np.float32))
        check_classification_targets(labels)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y: 1 class ({self.classes_[0]}), need at least 2 classes")
        seeds = range(self.seed, self.seed + self.seeds)
        self.dev_, self.chosen_on_ = hold_out(targets, groups, dev, seeds)
        torch.get_num_threads()  # torch settles it on first use: let that not be under the limit
        with threadpool_limits(1, user_api="openmp"):  # of this thread alone, until the end of it
            self.networks_ = [
                self._trained(features, targets, held, seed)
                for held, seed in zip(self.dev_, seeds, strict=True)
            ]
        self.chosen_ = {"epoch": [network.epoch for network in self.networks_]}
        self.inner_scores_ = [network.scores for network in self.networks_]
        return self

    def describe(self, groups: str = "speakers") -> str:
        """Say how it was trained, for the protocol beside a score.

        Parameters
        ----------
        groups : str
            What the groups are: speakers, or recordings.
        """
        check_is_fitted(self)
        layers = " and ".join(f"a hidden layer of {width}" for width in self.hidden)
        weights = f"class weights {self.class_weight}" if self.class_weight else "no class weights"
        seeds = f"mean probabilities of {self.seeds} networks (seeds from {self.seed})"
        return (
            f"DNN: {seeds}{weighting(self.families)}, {layers or 'no hidden layer'}, {weights}, "
            f"epoch chosen by UA on {self.chosen_on_.format(groups=groups)}"
        )

    def bytes_needed(self, rows: int, columns: int) -> int:
        """Estimate the memory that a fit takes beside the features given, in bytes.

        Parameters
        ----------
        rows, columns : int
            Of the features given, in float32.
        """
        deviations = 2 * 8 * min(rows, ROWS_AT_ONCE) * columns
        return 2 * 4 * rows * columns + deviations  # rows trained on, z-normed; a network at a time

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return logarithms of the mean probabilities ``(rows, classes)``.

        With two classes it is their difference ``(rows,)``: a positive value speaks for
        ``classes_[1]``, as everywhere in scikit-learn.
        """
        logarithms = self._log_probabilities(X)
        mean: NDArray[np.float64] = logsumexp(logarithms, axis=0) - np.log(len(logarithms))
        return mean[:, 1] - mean[:, 0] if len(self.classes_) == 2 else mean

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return class probabilities ``(rows, classes)``, mean of the networks, not calibrated."""
        mean: NDArray[np.float64] = np.exp(self._log_probabilities(X)).mean(axis=0)
        return mean

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each row, ``(rows,)``."""
        return named(self.decision_function(X), self.classes_)

    def member_predictions(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class by every network alone, ``(seeds, rows)``."""
        return named(self._log_probabilities(X), self.classes_)

    def _trained(
        self, features: Features, targets: NDArray[np.int64], held: Rows, seed: int
    ) -> Network:
        """Train one network on the rows that are not held out."""
        return train_perceptron(
            (features[~held], targets[~held]),
            (features[held], targets[held]),
            loss_weights(self.class_weight, self.classes_, targets[~held]),
            hidden=self.hidden,
            dropout=self.dropout,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            epochs=self.epochs,
            patience=self.patience,
            seed=seed,
            families=self.families,
        )

    def _log_probabilities(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return what each network says, (seeds, rows, classes)."""
        check_is_fitted(self)
        features = validate_data(self, X, dtype=np.float64, reset=False)
        return np.array([network.log_probabilities(features) for network in self.networks_])
