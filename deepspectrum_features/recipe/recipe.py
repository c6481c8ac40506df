"""Everything that changes a number, as frozen dataclasses that travel as JSON.

A recipe is written whole into every training run, exported encoder and feature file.
Defaults live here and nowhere else. Grades follow the sources: **[A]** legible in the paper,
**[B]** read off low-resolution page images, **[I]** our choice where the paper is silent.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from deepspectrum_features.errors import RecipeError
from deepspectrum_features.recipe.document import build
from deepspectrum_features.recipe.front_ends import PowerSpectrogram
from deepspectrum_features.recipe.zhao2018_asmmc import Zhao2018Asmmc


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random changes to the log mel frames of training utterances; all off by default [I].

    Attributes
    ----------
    stretch : float
        Tempo and mel axis each scaled by a factor from ``[1 - stretch, 1 + stretch]``.
    masked_bands, masked_frames : int
        Widest band and frame stretch replaced by the utterance's mean (SpecAugment).
    """

    stretch: float = 0.0
    masked_bands: int = 0
    masked_frames: int = 0


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is fitted.

    Attributes
    ----------
    epochs, batch_size, learning_rate : int, int, float
        Adam at 0.001, at most 100 epochs, batches of 32; the epoch with the best UA on the
        validation speakers is kept [B].
    anneal : bool
        Let the learning rate fall to zero along half a cosine; off in the paper network [I].
    class_weights : bool
        Weigh class ``k`` by ``N / (K N_k)`` in the loss [I].
    longest_seconds : float, s
        Longer training utterances are cut at random to this length [I].
    seed : int
        With epoch and utterance it fixes every random draw.
    """

    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 0.001
    anneal: bool = False
    class_weights: bool = True
    longest_seconds: float = 8.0
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The whole road from waveform to embedding, and how its weights came about."""

    preset: str = "paper"
    front_end: PowerSpectrogram = field(default_factory=PowerSpectrogram)
    network: Zhao2018Asmmc = field(default_factory=Zhao2018Asmmc)
    training: Training = field(default_factory=Training)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any], where: str = "recipe") -> Recipe:
        """Build a recipe from JSON values; fields left out keep their defaults.

        Raises
        ------
        RecipeError
            Naming every unknown field and every value of a wrong type at once.
        """
        problems: list[str] = []
        if not isinstance(values, dict):
            raise RecipeError(f"{where}: {type(values).__name__}, need a JSON object")
        recipe: Recipe = build(cls, values, "", problems)
        problems.extend(_impossible(recipe))
        if problems:
            raise RecipeError(f"{where}: " + "; ".join(problems))
        return recipe


def _impossible(recipe: Recipe) -> Iterator[str]:
    """Yield every value that no network could be built or trained with."""
    front_end, network, training = recipe.front_end, recipe.network, recipe.training
    choices = (
        ("front_end.kind", front_end.kind, ("power-spectrogram",)),
        ("network.system", network.system, ("zhao2018-asmmc",)),
        ("network.global_pooling", network.global_pooling, ("max", "average")),
    )
    for name, value, known in choices:
        if value not in known:
            yield f"{name}: {value!r}, need {' or '.join(known)}"
    at_least = (
        ("front_end.sample_rate", front_end.sample_rate, 1),
        ("front_end.window_samples", front_end.window_samples, 1),
        ("front_end.hop_samples", front_end.hop_samples, 1),
        ("front_end.n_fft", front_end.n_fft, front_end.window_samples),
        ("network.mel.bands", network.mel.bands, 1),
        ("network.lstm_units", network.lstm_units, 1),
        ("network.lstm_layers", network.lstm_layers, 1),
        ("network.head_units", network.head_units, 1),
        ("network.filters", min(network.filters, default=0), 1),
        ("network.kernels", min(network.kernels, default=0), 1),
        ("training.epochs", training.epochs, 1),
        ("training.batch_size", training.batch_size, 1),
        ("training.seed", training.seed, 0),
    )
    for name, number, least in at_least:
        if number < least:
            yield f"{name}: {number}, need at least {least}"
    shares = (
        ("network.conv_dropout", network.conv_dropout),
        ("network.lstm_dropout", network.lstm_dropout),
        ("training.augmentation.stretch", training.augmentation.stretch),
    )
    for name, share in shares:
        if not 0 <= share < 1:
            yield f"{name}: {share}, need 0 or more and less than 1"
    if not 0 <= network.mel.low_hz < network.mel.high_hz <= front_end.sample_rate / 2:
        yield (
            f"network.mel: {network.mel.low_hz:g} to {network.mel.high_hz:g} Hz, need a rising "
            f"range up to at most {front_end.sample_rate / 2:g} Hz"
        )
    if not 0 < training.learning_rate < math.inf:
        yield f"training.learning_rate: {training.learning_rate}, need a positive number"
    if len(network.filters) != len(network.kernels):
        yield "network: filters and kernels must have the same length"
