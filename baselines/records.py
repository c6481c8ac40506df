"""What results are made of: systems and their scores, folds, curves, predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from deepspectrum_features.terminal import one_line


@dataclass(frozen=True)
class Score:
    """A score of pooled rows, with its 95 % interval over speakers.

    Attributes
    ----------
    value, low, high : float or None
        None where there is none: no rows, or speakers that are unknown or too few.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SpeakerScore:
    """What a system reaches on one speaker's rows alone."""

    utterances: int
    scores: dict[str, float | None]


@dataclass(frozen=True)
class ClassScores:
    """What a classification says of every class.

    Attributes
    ----------
    recall : dict of str to float or None
    confusion : tuple of tuple of int, (classes, classes)
        Rows of each class (first axis) that were taken for each (second).
    """

    recall: dict[str, float | None]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class FoldChoice:
    """One fold of a system: its scores, and what was chosen in it, such as C."""

    name: str
    scores: dict[str, float | None]
    chosen: dict[str, Any]


@dataclass(frozen=True)
class SystemResult:
    """Features and a classifier, scored on all rows that the folds tested.

    Attributes
    ----------
    name : str
    features, classifier, normalise, chosen_on : str
        ``chosen_on`` says on which rows the classifier chose C or epoch.
    kernel : str or None
        Of an SVM.
    columns : int
    file, encoder, encoder_sha256, licence, sample_rates : str or None
        Where the features come from.
    scores : dict of str to Score
        By name of the metric, the first is the one that systems are compared by.
    by_class : ClassScores or None
        Of a classification.
    speakers : dict of str to SpeakerScore
    folds : tuple of FoldChoice
    """

    name: str
    features: str
    classifier: str
    normalise: str
    chosen_on: str
    columns: int
    scores: dict[str, Score]
    kernel: str | None = None
    file: str | None = None
    encoder: str | None = None
    encoder_sha256: str | None = None
    licence: str | None = None
    sample_rates: str | None = None
    by_class: ClassScores | None = None
    speakers: dict[str, SpeakerScore] = field(default_factory=dict)
    folds: tuple[FoldChoice, ...] = ()

    def counts(self, classes: Sequence[str]) -> Counter[tuple[str, str]]:
        """Count (label, predicted) as the confusion matrix says."""
        matrix = self.by_class.confusion if self.by_class else ()
        cells = {
            (label, predicted): count
            for label, row in zip(classes, matrix, strict=True)
            for predicted, count in zip(classes, row, strict=True)
        }
        return Counter({pair: count for pair, count in cells.items() if count})

    def misfits(self, classes: Sequence[str]) -> Iterator[str]:
        """Yield what cannot be of a system that tells these classes apart."""
        if self.by_class is None:
            return
        if [len(row) for row in self.by_class.confusion] != [len(classes)] * len(classes):
            size = len(classes)
            yield (
                f"systems: confusion of {one_line(self.name)}, need {size} rows of {size} counts, "
                "one a class"
            )
        if set(self.by_class.recall) - set(classes):
            yield f"systems: recall of {one_line(self.name)} names classes that are not listed"


@dataclass(frozen=True)
class ProtocolCard:
    """How the scores came about, and what limits them."""

    name: str
    speaker_independent: bool
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoldSides:
    """How many utterances, and whose, a fold has on each side."""

    name: str
    train: int
    dev: int
    test: int
    train_speakers: tuple[str, ...]
    dev_speakers: tuple[str, ...]
    test_speakers: tuple[str, ...]


@dataclass(frozen=True)
class Curve:
    """The learning curve of one training run; ``best`` is the epoch that was kept."""

    name: str
    epochs: tuple[int, ...]
    train_loss: tuple[float | None, ...]
    dev_ua: tuple[float | None, ...]
    best: int | None = None

    def problems(self) -> Iterator[str]:
        """Yield what cannot be of a curve."""
        if not len(self.epochs) == len(self.train_loss) == len(self.dev_ua):
            yield "epochs: need as many as losses and UAs"


class Prediction(NamedTuple):
    """What a system says of one row."""

    system: str
    fold: str
    file: str
    start: float
    end: float
    speaker: str
    label: str
    predicted: str


class Point(NamedTuple):
    """One utterance on the first two principal components of its features."""

    features: str
    file: str
    start: float
    end: float
    label: str
    speaker: str
    x: float
    y: float
