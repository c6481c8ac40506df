"""What a classifier's file says of itself: what it takes, what it tells, what that is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deepspectrum_features.baselines.fitted.reliability import Reliability
from deepspectrum_features.baselines.records import ProtocolCard, Score
from deepspectrum_features.encoder.heard import Heard

#: What is written, and what is read.
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class FeatureIdentity:
    """The features that a classifier takes, and how they are made of recordings.

    Attributes
    ----------
    encoder : str
        What made them, by name.
    encoder_sha256 : str
        Of the encoder's file; empty where none made them.
    encoder_file : str
        Where that stood at fitting, if it was told.
    level : str
        What of the encoder they are.
    feature_set, opensmile : str
        openSMILE's set, by its own name, and the version; empty where an encoder made them.
    licence, sample_rate : str
        Of the encoder, or of openSMILE; ``as recorded`` where nothing is resampled.
    channel : int or None
        Channel that is read, counted from 1; None is the mean of all.
    chunk_seconds : float, s
        Length of the chunks that the rows are; 0.0 where they are none.
    recipe : dict
        Everything else that the numbers depend on, as feature files hold it.
    columns : list of str
        Those that the classifier takes, in its order.
    """

    encoder: str
    encoder_sha256: str = ""
    encoder_file: str = ""
    level: str = ""
    feature_set: str = ""
    opensmile: str = ""
    licence: str = ""
    sample_rate: str = ""
    channel: int | None = None
    chunk_seconds: float = 0.0
    recipe: dict[str, Any]
    columns: list[str]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What to expect of a classifier on speakers it never heard, and what that rests on.

    Attributes
    ----------
    title, corpus, unit : str
        ``unit`` is what a row is: an ``utterance``, or a ``chunk`` of one.
    utterances, speakers : int
    chance : float
        UA of guessing.
    scores : dict of str to Score
        Of the nested evaluation, with 95 % intervals over speakers.
    protocol : ProtocolCard
        How the scores came about, and what limits them.
    left_out : list of str
        What is not in them.
    """

    title: str
    corpus: str
    unit: str
    utterances: int
    speakers: int
    chance: float
    scores: dict[str, Score]
    protocol: ProtocolCard
    left_out: list[str]


@dataclass(frozen=True, kw_only=True)
class Card:
    """Everything that stands in a classifier's file beside its graph.

    Attributes
    ----------
    format : int
    classifier, normalise, weights : str
        As of ``dsf fit``.
    classes : list of str
        In the order of scores and probabilities.
    features : FeatureIdentity
    fitted : str
        How, in words.
    chosen : dict
        What was chosen, such as C.
    training : Heard
        The rows it was fitted on.
    expected : Expected
    reliability : Reliability or None
        Of probabilities for speakers held out; None where there is one alone.
    versions : dict of str to str
        Of the software that fitted it.
    command, created : str
    """

    format: int
    classifier: str
    normalise: str
    weights: str
    classes: list[str]
    features: FeatureIdentity
    fitted: str
    chosen: dict[str, Any]
    training: Heard
    expected: Expected
    reliability: Reliability | None
    versions: dict[str, str]
    command: str
    created: str

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        for name, values in (("classes", self.classes), ("columns", self.features.columns)):
            if not values or len({*values}) < len(values):
                yield f"{name}: none, or one stands there twice"
        if self.normalise not in ("global", "speaker"):
            yield f"normalise: {self.normalise!r}, need global or speaker"
