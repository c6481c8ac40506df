"""Classes of label sets that know nothing of one another, side by side in one network's scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class LabelSets(nn.Module):
    """Each utterance's scores within its own label set.

    Parameters
    ----------
    sizes : sequence of int
        Classes of each label set; their numbers follow on from set to set.
    """

    apart: Tensor

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.set_of_class = np.repeat(np.arange(len(sizes)), sizes)
        apart = torch.from_numpy(np.arange(len(sizes))[:, None] != self.set_of_class)
        self.register_buffer("apart", apart, persistent=False)

    def forward(self, scores: Tensor, label_set: Tensor) -> Tensor:
        """Take other sets' classes out of the race: ``scores (batch, classes)`` of them are -inf.

        ``label_set (batch,)`` numbers the set of each utterance.
        """
        return scores.masked_fill(self.apart[label_set], float("-inf"))

    def weights(self, classes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``N / (K N_k)`` of every class, of the examples and classes of its label set.

        ``classes (examples,)`` are the class numbers of all examples, -1 of those without.

        Examples
        --------
        >>> LabelSets([2, 1]).weights(np.array([0, 0, 0, 1, 2])).round(2).tolist()
        [0.67, 2.0, 1.0]
        """
        counts = np.bincount(classes[classes >= 0], minlength=len(self.set_of_class))
        sizes = np.bincount(self.set_of_class)
        examples = np.bincount(self.set_of_class, weights=counts)
        found: NDArray[np.float64] = examples[self.set_of_class] / (
            sizes[self.set_of_class] * counts
        )
        return found
