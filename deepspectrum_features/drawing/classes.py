"""Where an encoder looks in utterances of every class, on average."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.encoder.bundled import ATTENTIVE
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.steps import Steps

#: Stretches that every utterance is divided into.
POSITIONS = 50

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class ClassAttention:
    """Mean attention of the utterances of every class.

    Attributes
    ----------
    title : str
    classes : dict of str to int
        Utterances of every class, by name.
    over_time : ndarray, (classes, POSITIONS)
        Share of the attention that lies in each stretch of an utterance; rows sum to 1.
    over_frequency : ndarray, (classes, cells_f)
        Share at each frequency; no columns where the encoder has no attention over frequency.
    hz : tuple of float, Hz
        Centres of these.
    """

    title: str
    classes: dict[str, int]
    over_time: Shares
    over_frequency: Shares
    hz: tuple[float, ...]

    @classmethod
    def of(cls, table: FeatureFile, path: Path) -> Self:
        """Average what a feature file keeps of attention, rows with a label alone.

        Raises
        ------
        FeatureFileError
            If it keeps no attention, or tells no label.
        """
        if table.attention is None:
            raise FeatureFileError(
                f"{path}: no attention, need a file of dsf extract --attention (by an encoder that "
                f"has some, such as {ATTENTIVE})"
            )
        labels = np.array(table.label or [""] * len(table.file))
        classes = sorted(set(labels.tolist()) - {""})
        if not classes:
            raise FeatureFileError(
                f"{path}: no labels, need some to average by (extract from a corpus that has them)"
            )
        rows = {name: np.flatnonzero(labels == name).tolist() for name in classes}
        time = _read(table.attention)
        over_time = [_mean(over_position(time[row]) for row in rows[name]) for name in classes]
        over_frequency, hz = [np.zeros(0)] * len(classes), ()
        if (kept := table.attention_tf) is not None and kept.hz is not None:
            cells, hz = _read(kept), tuple(kept.hz.tolist())
            over_frequency = [
                _mean(cells[row].sum(axis=0) for row in rows[name]) for name in classes
            ]
        return cls(
            title=f"{path.name}: mean attention of {table.attributes.get('encoder', 'an encoder')}",
            classes={name: len(rows[name]) for name in classes},
            over_time=np.array(over_time),
            over_frequency=np.array(over_frequency),
            hz=hz,
        )


def _read(steps: Steps) -> Steps:
    """Return the same, all of it read at once."""
    return replace(steps, values=steps.values[:])


def _mean(shares: Iterable[NDArray[np.floating[Any]]]) -> Shares:
    mean: Shares = np.mean([*shares], axis=0, dtype=np.float64)
    return mean


def over_position(weights: NDArray[np.floating[Any]]) -> Shares:
    """Share the attention of one utterance out among stretches of equal length.

    A step that lies in two stretches gives to each what lies in it.

    Parameters
    ----------
    weights : ndarray, (steps,)

    Returns
    -------
    ndarray, (POSITIONS,)
        Has the sum of the weights.

    Examples
    --------
    >>> shares = over_position(np.array([0.8, 0.2]))
    >>> shares[:25].sum().round(6).item(), shares[25:].sum().round(6).item()
    (0.8, 0.2)
    """
    so_far = np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)])
    ends = np.linspace(0, 1, len(weights) + 1)
    return np.diff(np.interp(np.linspace(0, 1, POSITIONS + 1), ends, so_far))
