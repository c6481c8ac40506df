"""A multi-layer perceptron and its training: first weights, dropout, the best epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from deepspectrum_features.scores import score

Values = NDArray[np.float32]
Targets = NDArray[np.int64]


@dataclass(frozen=True)
class Trained:
    """A network as it was after its best epoch.

    Attributes
    ----------
    parameters : list of ndarray, float32
        Weight ``(inputs, outputs)`` and bias ``(outputs,)`` of every layer in turn.
    epoch : int
        The best, counted from 1.
    scores : dict of int to float
        UA on the held-out rows after every epoch.
    """

    parameters: list[NDArray[Any]]
    epoch: int
    scores: dict[int, float]


def train_perceptron(
    train: tuple[Values, Targets],
    dev: tuple[Values, Targets],
    weights: NDArray[np.float32],
    *,
    hidden: Sequence[int],
    dropout: float,
    learning_rate: float,
    batch_size: int,
    epochs: int,
    patience: int,
    seed: int,
) -> Trained:
    """Run the epochs; keep the parameters of the best.

    Parameters
    ----------
    train, dev : tuple of ndarray, (rows, dim) and (rows,)
        Values and the number of each row's class.
    weights : ndarray, (classes,)
        Of each class in the loss.
    hidden, dropout, learning_rate, batch_size, epochs, patience, seed
        As in `deepspectrum_features.baselines.classifiers.dnn.DNN`.
    """
    generator = np.random.default_rng([seed, 1])
    values, targets = (torch.from_numpy(one) for one in train)
    held_out, balance = torch.from_numpy(dev[0]), torch.from_numpy(weights)
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
    return Trained(kept, best_epoch, scores)


def _first_weights(sizes: Sequence[int], generator: np.random.Generator) -> list[Tensor]:
    """Draw weight ``(inputs, outputs)`` and bias of each layer, as wide as `torch.nn.Linear`'s."""
    drawn = []
    for inputs, outputs in pairwise(sizes):
        bound = 1 / np.sqrt(inputs)
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
