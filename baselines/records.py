"""What results are made of: systems and their scores, folds, curves, predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from deepspectrum_features.baselines.family_weights import FamilyWeight
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
class RecordingScores:
    """What a system reaches on whole recordings, the scores of their chunks averaged."""

    recordings: int
    scores: dict[str, Score]


@dataclass(frozen=True)
class ClassScores:
    """What a classification says of every class.

    Attributes
    ----------
    recall, precision : dict of str to float or None
        None of a class that does not occur, or that is never predicted.
    confusion : tuple of tuple of int, (classes, classes)
        Rows of each class (first axis) that were taken for each (second).
    """

    recall: dict[str, float | None]
    precision: dict[str, float | None]
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
    weights : str
        ``columns`` or ``families``: which of them weigh the same.
    mean_of : str or None
        ``seeds`` or ``features``: what the systems differ in whose mean is judged.
    columns : int
    file, encoder, encoder_sha256, licence, sample_rates : str or None
        Where the features come from.
    scores : dict of str to Score
        By name of the metric; systems are compared by the first.
    by_class, recordings : ClassScores and RecordingScores, or None
        Of a classification, and where rows are chunks of recordings.
    seeds : dict of str to (dict of str to float or None)
        The scores of every seed alone, where the system is the mean over several.
    speakers : dict of str to SpeakerScore
    families : dict of str to FamilyWeight
        Of a linear SVM: what each family has in its squared weights, the mean of the folds.
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
    weights: str = "columns"
    mean_of: str | None = None
    file: str | None = None
    encoder: str | None = None
    encoder_sha256: str | None = None
    licence: str | None = None
    sample_rates: str | None = None
    by_class: ClassScores | None = None
    recordings: RecordingScores | None = None
    seeds: dict[str, dict[str, float | None]] = field(default_factory=dict)
    speakers: dict[str, SpeakerScore] = field(default_factory=dict)
    families: dict[str, FamilyWeight] = field(default_factory=dict)
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
        if self.recordings and set(self.recordings.scores) != set(self.scores):
            needed = ", ".join(self.scores)
            yield f"systems: recordings of {one_line(self.name)} have other scores, need {needed}"
        if self.by_class is None:
            return
        if [len(row) for row in self.by_class.confusion] != [len(classes)] * len(classes):
            size = len(classes)
            yield (
                f"systems: confusion of {one_line(self.name)}, need {size} rows of {size} counts, "
                "one a class"
            )
        if {*self.by_class.recall, *self.by_class.precision} - set(classes):
            yield f"systems: recall of {one_line(self.name)} names classes that are not listed"


@dataclass(frozen=True)
class LeftOut:
    """Rows, or inputs without one, that are not scored.

    Attributes
    ----------
    why : str
        What they are, in words that follow a number: ``rows without a label``.
    rows : int
    by_class : dict of str to int
        How many are of each class, sorted by name; of unknown class none.
    """

    why: str
    rows: int
    by_class: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, why: str, labels: Sequence[str]) -> LeftOut:
        """Count rows by their labels, empty where unknown."""
        return cls(why, len(labels), dict(sorted(Counter(filter(None, labels)).items())))

    def __str__(self) -> str:
        """Say how many, and of which classes where these are known."""
        noun, space, rest = self.why.partition(" ")
        why = (noun if self.rows != 1 else noun.removesuffix("s")) + space + rest
        classes = ", ".join(f"{name} {count}" for name, count in self.by_class.items())
        return f"{self.rows} {why}" + f" ({classes})" * bool(classes)


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
    """What a system says of one row.

    ``label`` and ``predicted`` are classes, or numbers as text; ``score`` and ``probability`` are
    of every class, None of one that the system cannot name; none where numbers are told.
    """

    system: str
    fold: str
    file: str
    start: float
    end: float
    channel: int
    speaker: str
    label: str
    predicted: str
    score: tuple[float | None, ...]
    probability: tuple[float | None, ...]


class Point(NamedTuple):
    """One utterance on the first two principal components of its features."""

    features: str
    file: str
    start: float
    end: float
    channel: int
    label: str
    speaker: str
    x: float
    y: float
