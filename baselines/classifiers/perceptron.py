"""A multi-layer perceptron and its training: first weights, dropout, the best epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor
from torch.nn.functional import cross_entropy

from deepspectrum_features.baselines.classifiers.z_norm import Features, ZNorm
from deepspectrum_features.scores import score

Targets = NDArray[np.int64]


@dataclass(frozen=True)
class Network:
    """A network as it was after its best epoch.

    Attributes
    ----------
    z_norm : ZNorm
        By the rows it was trained on.
    parameters : list of ndarray, float32
        Weight ``(inputs, outputs)`` and bias ``(outputs,)`` of every layer in turn.
    epoch : int
        The best, counted from 1.
    scores : dict of int to float
        UA on the held-out rows after every epoch.
    """

    z_norm: ZNorm
    parameters: list[NDArray[Any]]
    epoch: int
    scores: dict[int, float]

    def log_probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return logarithms ``(rows, classes)`` in float64: alone a row scores as in a batch."""
        values = self.z_norm.place(features).astype(np.float64, copy=False)
        layers = zip(self.parameters[::2], self.parameters[1::2], strict=True)
        for layer, (weight, bias) in enumerate(layers):
            values = (np.maximum(values, 0) if layer else values) @ weight.astype(np.float64) + bias
        logarithms: NDArray[np.float64] = log_softmax(values, axis=1)
        return logarithms


def loss_weights(
    class_weight: str | Mapping[Any, float] | None, classes: NDArray[Any], targets: Targets
) -> NDArray[np.float32]:
    """Weigh every class by the rows trained on; one without rows weighs 1.

    Parameters
    ----------
    class_weight : "balanced", dict of class to float, or None
        As in scikit-learn.
    classes : ndarray, (classes,)
    targets : ndarray, (rows,)
        The number of each row's class.

    Raises
    ------
    ValueError
        If all rows are of one class.
    """
    trained = np.unique(targets)
    if len(trained) < 2:
        raise ValueError(
            f"y: 1 class ({classes[trained[0]]}) among the {len(targets)} rows to train "
            f"on, need at least 2 classes (hold out other rows)"
        )
    weights = np.ones(len(classes), dtype=np.float32)
    weights[trained] = compute_class_weight(
        class_weight, classes=classes[trained], y=classes[targets]
    )
    return weights


def train_perceptron(
    train: tuple[Features, Targets],
    dev: tuple[Features, Targets],
    weights: NDArray[np.float32],
    *,
    hidden: Sequence[int],
    dropout: float,
    learning_rate: float,
    batch_size: int,
    epochs: int,
    patience: int,
    seed: int,
    families: Sequence[str] | None = None,
) -> Network:
    """Run the epochs; keep the parameters of the best.

    Parameters
    ----------
    train, dev : tuple of ndarray, (rows, dim) and (rows,)
        Features and the number of each row's class.
    weights : ndarray, (classes,)
        Of each class in the loss.
    hidden, dropout, learning_rate, batch_size, epochs, patience, seed, families
        As in `deepspectrum_features.baselines.classifiers.dnn.DNN`.
    """
    generator = np.random.default_rng([seed, 1])
    z_norm = ZNorm(train[0], families)
    values, held_out = (
        torch.from_numpy(z_norm.place(one).astype(np.float32, copy=False))
        for one in (train[0], dev[0])
    )
    targets, balance = torch.from_numpy(train[1]), torch.from_numpy(weights)
    sizes = [values.shape[1], *hidden, len(weights)]
    parameters = [one.requires_grad_() for one in _first_weights(sizes, generator)]
    adam = torch.optim.Adam(parameters, lr=learning_rate, fused=True)
    best, best_epoch, scores = -1.0, 0, {}
    for epoch in range(1, epochs + 1):
        order = torch.from_numpy(generator.permutation(len(values)))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            logits = _forward(values[rows], parameters, dropout, generator)
            # divided by rows, not by their weights: a batch of rare rows counts for more
            loss = cross_entropy(logits, targets[rows], balance, reduction="sum") / len(rows)
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
        with torch.no_grad():
            predicted = _forward(held_out, parameters).argmax(dim=1).numpy()
        ua = scores[epoch] = score(dev[1], predicted, [str(n) for n in range(len(weights))]).ua
        if ua > best + 1e-9:  # the same recalls summed in another order are no better
            best, best_epoch = ua, epoch
            kept = [parameter.detach().numpy().copy() for parameter in parameters]
        elif epoch - best_epoch >= patience:
            break
    return Network(z_norm, kept, best_epoch, scores)


def _first_weights(sizes: Sequence[int], generator: np.random.Generator) -> list[Tensor]:
    """Draw weight ``(inputs, outputs)`` and bias of each layer, as wide as `torch.nn.Linear`'s."""
    drawn = []
    for inputs, outputs in pairwise(sizes):
        bound = 1 / np.sqrt(max(1, inputs))
        drawn += [generator.uniform(-bound, bound, shape) for shape in ((inputs, outputs), outputs)]
    return [torch.from_numpy(one.astype(np.float32)) for one in drawn]


def _forward(
    values: Tensor,
    parameters: Sequence[Tensor],
    dropout: float = 0.0,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Return logits ``(rows, classes)``; with a generator, hidden units are dropped."""
    for layer in range(0, len(parameters), 2):
        if layer:
            values = values.relu()
            if generator is not None and dropout:
                kept = generator.random(values.shape, np.float32) >= dropout
                values = values * torch.from_numpy(kept) / (1 - dropout)
        values = torch.addmm(parameters[layer + 1], values, parameters[layer])
    return values
