"""Fields and presets of the system of Zhao et al. 2018, doi 10.21437/Interspeech.2018-1477.

Grades of choices: **[A]** legible in the paper, **[B]** read off low-resolution page images,
**[C]** as the template that the paper names has it (Karim et al. 2018, LSTM-FCN), **[I]** our
choice where no source says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deepspectrum_features.recipe.convolutions import block_problems
from deepspectrum_features.recipe.descriptors import Descriptors
from deepspectrum_features.recipe.front_ends import OpensmileLld
from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.recipe.study import Study, network_scores
from deepspectrum_features.recipe.system import Preset, System
from deepspectrum_features.recipe.training import SPECTRAL_AUGMENTATION, Augmentation, Training
from deepspectrum_features.recipe.views import LogBins, LogMel


@dataclass(frozen=True, kw_only=True)
class Zhao2018Interspeech:
    """Temporal FCN and attention-BLSTM side by side (doi 10.21437/Interspeech.2018-1477).

    Attributes
    ----------
    view : Descriptors, LogMel or LogBins
        What the network sees of a frame. The paper's frame-level features, of 1024 samples at
        16 kHz, come from a toolbox that is no longer maintained, and are whitened by PCA [B];
        ComParE's descriptors with their deltas stand in for them [I].
    filters : tuple of int
        Two convolution blocks along time, over all features, then the average over time [A]; 128
        and 64 filters [B].
    kernels : tuple of int
        Frames that each block spans: 8 and 5 [I], the first two of the template [C].
    lstm_units : int
        One BLSTM layer [A] of 64 cells a direction [B]; it reads frames, as in the figure [I].
    dropout : float
        0.5 [B], of what the attention gives, as the template drops out what its LSTM gives [C].
    head_units : int
        Hidden ReLU layer of the classifier, 128 [I].
    """

    system: str = "zhao2018-interspeech"
    view: Descriptors | LogMel | LogBins = field(default_factory=Descriptors)
    filters: tuple[int, ...] = limited((128, 64), at_least=1)
    kernels: tuple[int, ...] = limited((8, 5), at_least=1)
    lstm_units: int = limited(64, at_least=1)
    dropout: float = limited(0.5, at_least=0, less_than=1)
    head_units: int = limited(128, at_least=1)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        yield from block_problems(self.filters, self.kernels)


_DESCRIPTORS = (
    "frames are openSMILE's ComParE descriptors, in place of those of a toolbox that is no longer "
    "maintained [I]"
)

SYSTEM = System(
    recipe=Zhao2018Interspeech,
    network="deepspectrum_features.networks.zhao2018_interspeech:Zhao2018InterspeechNetwork",
    presets={
        "paper": Preset(front_end=OpensmileLld(), network=Zhao2018Interspeech()),
        # About a tenth of the paper network's cost (half the components, a quarter of filters and
        # cells), centred and masked for speakers it never saw.
        "compact": Preset(
            front_end=OpensmileLld(),
            network=Zhao2018Interspeech(
                view=Descriptors(components=64, centre=True),
                filters=(32, 16),
                lstm_units=16,
                head_units=64,
            ),
            training=Training(epochs=40, anneal=True, augmentation=Augmentation(masked_frames=30)),
        ),
        "paper-log-mel": Preset(network=Zhao2018Interspeech(view=LogMel())),
        "compact-log-mel": Preset(
            network=Zhao2018Interspeech(
                view=LogMel(centre=True), filters=(32, 16), lstm_units=16, head_units=64
            ),
            training=Training(
                epochs=40,
                anneal=True,
                augmentation=SPECTRAL_AUGMENTATION,
            ),
        ),
    },
    studies=(
        Study(
            name="iemocap-set-1",
            layout="iemocap:set-1",
            protocol="session",
            reported=network_scores(ua=0.560, wa=0.640, grade="B"),
            notes=(_DESCRIPTORS,),
        ),
        Study(
            name="iemocap-set-2",
            layout="iemocap:set-2",
            protocol="session",
            reported=network_scores(ua=0.601, wa=0.597, grade="B"),
            notes=(_DESCRIPTORS,),
        ),
        Study(
            name="cheavd",
            layout="cheavd2",
            protocol="split",
            scored="dev",
            reported=network_scores(ua=0.318, wa=0.463, grade="B"),
            notes=(
                _DESCRIPTORS,
                "the paper trains on the whole training set; here a tenth chooses the epoch [I]",
            ),
        ),
    ),
)
