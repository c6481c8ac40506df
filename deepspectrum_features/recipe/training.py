"""How a network is fitted: what a recipe says of it.

Grades of choices: **[B]** read off low-resolution page images, **[I]** our choice where the paper
is silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deepspectrum_features.recipe.limits import limited


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random changes to what a network sees of training utterances; all off by default [I].

    Attributes
    ----------
    stretch : float
        Tempo and frequency axis each scaled by a factor from ``[1 - stretch, 1 + stretch]``.
    masked_bands, masked_frames : int
        Widest band and frame stretch replaced by the utterance's mean (SpecAugment).
    """

    stretch: float = limited(0.0, at_least=0, less_than=1)
    masked_bands: int = limited(0, at_least=0)
    masked_frames: int = limited(0, at_least=0)


#: What the compact sizes do to spectra, so that they learn of speakers they never hear.
SPECTRAL_AUGMENTATION = Augmentation(stretch=0.2, masked_bands=8, masked_frames=30)


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
    speakers_alike : bool
        Draw as many utterances of every speaker in an epoch, however many each has [I].
    longest_seconds : float, s
        Longer training utterances are cut at random to this length [I].
    seed : int
        With epoch and utterance it fixes every random draw.
    precision : str or None
        ``bf16-mixed`` or ``16-mixed``: products of the training steps in half precision, weights,
        sums over time and all that is scored or exported in single. None is single throughout.
    distil : float or None
        Weight of a second loss: of openSMILE's descriptors as a linear layer predicts them from
        each frame embedding, of utterances without a label too. None or 0 is off.
    pretrained : str
        sha256 of the file of weights that training begins with; empty where they are fresh.
    """

    epochs: int = limited(100, at_least=1)
    batch_size: int = limited(32, at_least=1)
    learning_rate: float = limited(0.001, more_than=0)
    anneal: bool = False
    class_weights: bool = True
    speakers_alike: bool = False
    longest_seconds: float = limited(8.0, more_than=0)
    seed: int = limited(0, at_least=0)
    precision: str | None = limited(None, choices=("bf16-mixed", "16-mixed"))
    distil: float | None = limited(None, at_least=0)
    pretrained: str = ""
    augmentation: Augmentation = field(default_factory=Augmentation)
