"""Machines of pairs of classes: made, fed, and asked about rows that they were not fitted on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from deepspectrum_features.baselines.classifiers.gram import Space
from deepspectrum_features.baselines.classifiers.held_out import Rows
from deepspectrum_features.baselines.classifiers.pairs import (
    PairwisePrimal,
    class_scores,
    sole_class_scores,
)
from deepspectrum_features.baselines.classifiers.z_norm import Features


@dataclass(frozen=True)
class Machines:
    """Which machines are fitted: libsvm's on products of rows, or the primal's on rows.

    Attributes
    ----------
    kernel : {"linear", "rbf"}
    class_weight : "balanced", dict or None
        As in `sklearn.svm.SVC`.
    primal : bool
    families : sequence of str or None
        Of the columns, where families are to weigh the same.
    """

    kernel: str
    class_weight: str | Mapping[Hashable, float] | None
    primal: bool
    families: Sequence[str] | None = None

    def unfitted(self, c: float) -> SVC | PairwisePrimal:
        """Return an unfitted machine for each pair of classes."""
        if self.primal:
            return PairwisePrimal(c, self.class_weight)
        return SVC(
            kernel="precomputed",
            C=c,
            class_weight=self.class_weight,
            decision_function_shape="ovo",
        )

    def space(self, features: Features) -> Space:
        """Place training rows."""
        return Space(features, self.kernel, self.families)

    def inputs(self, space: Space, features: Features | None = None) -> NDArray[Any]:
        """Return what a machine gets of rows, by default of those that it is fitted on."""
        return space.scaled(features) if self.primal else space.products(features)

    def held_out_scores(
        self,
        features: Features,
        labels: NDArray[Any],
        fitted: Rows,
        held: Rows,
        cs: Sequence[float],
        classes: NDArray[Any],
    ) -> NDArray[np.float64]:
        """Score the rows held out, once per C, as `class_scores` does.

        Returns
        -------
        array (cs, held, classes), or (cs, held) of two classes
        """
        known = np.unique(labels[fitted])
        if len(known) == 1:
            return np.array([sole_class_scores(known[0], held.sum(), classes)] * len(cs))
        space = self.space(features[fitted])
        among, across = self.inputs(space), self.inputs(space, features[held])
        machines = (self.unfitted(c).fit(among, labels[fitted]) for c in cs)
        margins = (machine.decision_function(across) for machine in machines)
        return np.array([class_scores(one, known, classes) for one in margins])
