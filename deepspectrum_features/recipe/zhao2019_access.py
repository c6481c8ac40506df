"""Fields and presets of the system of Zhao et al. 2019, doi 10.1109/ACCESS.2019.2928625.

Grades of choices: **[A]** legible in the paper, **[B]** read off low-resolution page images,
**[C]** as a re-implementation by others has it, **[I]** our choice where no source says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deepspectrum_features.recipe.convolutions import block_problems
from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.recipe.study import Reported, Study, network_scores
from deepspectrum_features.recipe.system import Preset, System
from deepspectrum_features.recipe.training import SPECTRAL_AUGMENTATION, Training
from deepspectrum_features.recipe.views import LogBins, LogMel


@dataclass(frozen=True, kw_only=True)
class Zhao2019Access:
    """FCN with attention beside attention-BLSTM (Zhao et al. 2019, 10.1109/ACCESS.2019.2928625).

    Attributes
    ----------
    view : LogMel or LogBins
        What it sees of the spectrogram: 40 log mel bands [B], z-normed per band on the training
        set [I].
    filters, kernels : tuple of int
        Convolution blocks of the FCN: 64, 128 and 128 filters [B], of 8x8, 5x5 and 3x3 [I, C].
    conv_dropout : float
        Dropout after each convolution block, 0.25 as in zhao2018-asmmc [I].
    attention_scale : float
        Lambda: what scores of cells are multiplied by before the softmax, 0.3 [B].
    lstm_units, lstm_layers, lstm_dropout : int, int, float
        Two BLSTM layers of 128 cells a direction [B], dropout 0.2 between them [I].
    head_units : int
        Hidden ReLU layer of the classifier, 128 [I].
    """

    system: str = "zhao2019-access"
    view: LogMel | LogBins = field(default_factory=LogMel)
    filters: tuple[int, ...] = limited((64, 128, 128), at_least=1)
    kernels: tuple[int, ...] = limited((8, 5, 3), at_least=1)
    conv_dropout: float = limited(0.25, at_least=0, less_than=1)
    attention_scale: float = limited(0.3, more_than=0)
    lstm_units: int = limited(128, at_least=1)
    lstm_layers: int = limited(2, at_least=1)
    lstm_dropout: float = limited(0.2, at_least=0, less_than=1)
    head_units: int = limited(128, at_least=1)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        yield from block_problems(self.filters, self.kernels)


SYSTEM = System(
    recipe=Zhao2019Access,
    network="deepspectrum_features.networks.zhao2019_access:Zhao2019AccessNetwork",
    presets={
        # 500 frames are cut out of longer utterances [B], in training alone; shorter ones are not
        # padded to that length, which would change no number. Classes weigh N / N_k [B], as they
        # do here: the loss is a mean by weights, in which the classes' number K cancels out.
        "paper": Preset(network=Zhao2019Access(), training=Training(longest_seconds=5.0)),
        # About a tenth of the paper network's cost, trained as the compact size of zhao2018-asmmc.
        "compact": Preset(
            network=Zhao2019Access(
                view=LogMel(centre=True),
                filters=(16, 32, 64),
                conv_dropout=0.1,
                lstm_units=64,
                head_units=64,
            ),
            training=Training(
                epochs=25,
                batch_size=16,
                learning_rate=0.002,
                anneal=True,
                longest_seconds=5.0,
                augmentation=SPECTRAL_AUGMENTATION,
            ),
        ),
    },
    studies=(
        Study(
            name="iemocap",
            layout="iemocap:improvised-4",
            protocol="session",
            reported=(
                *network_scores(ua=0.670, wa=0.681, grade="A"),
                Reported("svm", "ua", 0.665, "B"),
                Reported("svm", "wa", 0.667, "B"),
            ),
            notes=("kernels of the convolutions are not in the sources [I]",),
        ),
        Study(
            name="fau-aibo",
            layout="fau-aibo",
            protocol="split",
            reported=network_scores(ua=0.454, grade="A"),
            notes=(
                "kernels of the convolutions are not in the sources [I]",
                "one in ten children of the training school chooses the epoch [I]",
            ),
        ),
    ),
)
