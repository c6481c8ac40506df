"""What systems say of every row that was tested: folds put together, several systems averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.family_weights import FamilyWeight, family_weights
from deepspectrum_features.baselines.fold_fits import FoldFit
from deepspectrum_features.baselines.rows import Rows
from deepspectrum_features.baselines.systems import Plan


@dataclass(frozen=True)
class Answers:
    """What is said of rows, or of recordings.

    Attributes
    ----------
    reference, predicted : ndarray, (rows,), str or float64
    scores, probabilities : ndarray, (rows, classes), float64
        NaN of a class that cannot be named; no columns where numbers are told.
    speakers : ndarray, (rows,), str
    """

    reference: NDArray[Any]
    predicted: NDArray[Any]
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    speakers: NDArray[np.str_]

    def take(self, chosen: NDArray[Any]) -> Answers:
        """Return those of some rows."""
        return Answers(*(value[chosen] for value in vars(self).values()))

    def saying(self, predicted: NDArray[Any]) -> Answers:
        """Return other predictions for the same rows, without scores."""
        nothing = np.zeros((len(predicted), 0))
        return Answers(self.reference, predicted, nothing, nothing, self.speakers)

    def averaged(
        self, first: NDArray[np.intp], group: NDArray[np.intp], classes: Sequence[str]
    ) -> Answers:
        """Return the means of groups of rows that have one reference and one speaker.

        Parameters
        ----------
        first : ndarray, (groups,)
            A row of each group.
        group : ndarray, (rows,)
            The group of each row.
        classes : sequence of str
            Of the columns of scores: that with the highest mean is predicted. None of numbers.
        """

        def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
            total = np.zeros((len(first), values.shape[1]))
            np.add.at(total, group, values)
            return total / np.bincount(group)[:, None]

        scores = mean(self.scores)
        told = _highest(scores, classes) if classes else mean(self.predicted[:, None])[:, 0]
        return Answers(
            self.reference[first], told, scores, mean(self.probabilities), self.speakers[first]
        )


@dataclass(frozen=True)
class Outcome:
    """What a plan gives.

    Attributes
    ----------
    plan : Plan
    chosen_on : str
        On which rows its systems chose C or epoch, such as ``training speakers``.
    rows, fold : ndarray, (tested,), int64 and str
        Rows that were tested, ascending, and the name of the fold of each.
    answers : Answers
    members : dict of str to ndarray, (tested,)
        What each seed says, where the outcome is a mean over seeds.
    chosen : dict of str to dict
        What was chosen in every fold, such as C.
    families : dict of str to FamilyWeight
        What each family of columns has in the weights of a linear SVM.
    lines : tuple of str
        What the fitted systems say of themselves.
    """

    plan: Plan
    chosen_on: str
    rows: NDArray[np.int64]
    fold: NDArray[np.str_]
    answers: Answers
    members: dict[str, NDArray[Any]]
    chosen: dict[str, dict[str, Any]]
    families: dict[str, FamilyWeight]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan, fits: Sequence[Sequence[FoldFit]], rows: Rows) -> Outcome:
        """Put the folds of a plan's systems together; of several systems take the mean."""
        folds = plan.protocol.folds
        tested = np.concatenate([np.array(fold.test, np.int64) for fold in folds])
        order = np.argsort(tested)
        names = np.concatenate([[fold.name] * len(fold.test) for fold in folds])
        said = [_pooled(system, order) for system in fits]
        predicted, scores, probabilities = _mean(said, rows.classes)
        tested = tested[order]
        dev = any(fold.dev for fold in folds)
        alone = fits[0] if len(fits) == 1 else ()
        return cls(
            plan,
            chosen_on="dev rows" if dev else f"training {rows.grouped_by}",
            rows=tested,
            fold=names[order],
            answers=Answers(
                rows.targets[tested], predicted, scores, probabilities, rows.speakers[tested]
            ),
            members=_members(plan, fits, order),
            chosen={fold.name: one.chosen for fold, one in zip(folds, alone, strict=False)},
            families=_family_weights(plan, alone),
            lines=tuple(dict.fromkeys(one.line for system in fits for one in system)),
        )

    def by_recording(self, rows: Rows) -> Answers | None:
        """Average over the chunks of every recording, channel by channel.

        Returns
        -------
        Answers or None
            None where every recording has one row, or one of several has more than one answer to
            give: other labels, or speakers, for some of its rows.
        """
        recordings = np.char.add(rows.recordings, rows.channels.astype(np.str_))
        names, first, group = np.unique(
            recordings[self.rows], return_index=True, return_inverse=True
        )
        whole = (self.answers.reference, self.answers.speakers)
        if len(names) == len(group) or any((one[first][group] != one).any() for one in whole):
            return None
        return self.answers.averaged(first, group, rows.classes)


Said = tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]


def _pooled(fits: Sequence[FoldFit], order: NDArray[np.int64]) -> Said:
    """Put what a system says on its folds into the order of the rows."""
    predicted = np.concatenate([one.predicted for one in fits])[order]
    scores = np.concatenate([one.scores for one in fits])[order]
    return predicted, scores, np.concatenate([one.probabilities for one in fits])[order]


def _mean(said: Sequence[Said], classes: Sequence[str]) -> Said:
    """Average what several systems say; the class with the highest mean score is predicted."""
    if len(said) == 1:
        return said[0]
    predicted, scores, probabilities = (list(one) for one in zip(*said, strict=True))
    mean = np.mean(scores, axis=0)
    if not classes:
        return np.mean(predicted, axis=0), mean, mean
    return _highest(mean, classes), mean, np.mean(probabilities, axis=0)


def _highest(scores: NDArray[np.float64], classes: Sequence[str]) -> NDArray[np.str_]:
    """Name the class with the highest score of those that have one, row by row."""
    named: NDArray[np.str_] = np.array(classes)[np.nanargmax(scores, axis=1)]
    return named


def _family_weights(plan: Plan, alone: Sequence[FoldFit]) -> dict[str, FamilyWeight]:
    """Weigh the families of columns of a system that stands alone."""
    if not alone:
        return {}
    source = plan.systems[0].source
    families = [source.table(number).family for number in range(len(alone))]
    return family_weights([one.squared_weights for one in alone], families)


def _members(
    plan: Plan, fits: Sequence[Sequence[FoldFit]], order: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Return what each seed says: of several encoders, or of the networks of a DNN."""
    if plan.mean_of == "seeds":
        return {
            f"encoder {number}": _pooled(system, order)[0] for number, system in enumerate(fits)
        }
    if plan.mean_of or not len(fits[0][0].members):
        return {}
    seeds = np.concatenate([one.members for one in fits[0]], axis=1)[:, order]
    return {f"seed {plan.systems[0].seed + number}": own for number, own in enumerate(seeds)}
