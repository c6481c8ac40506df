"""Fields and presets of the system of Zhang et al. 2018, arXiv 1806.01506.

Grades of choices: **[A]** legible in the paper, **[C]** as a re-implementation by others has it,
**[I]** our choice where no source says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from deepspectrum_features.recipe.front_ends import PowerSpectrogram
from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.recipe.study import Study, network_scores
from deepspectrum_features.recipe.system import Preset, System
from deepspectrum_features.recipe.training import Augmentation, Training
from deepspectrum_features.recipe.views import LogBins, LogMel

#: AlexNet's convolutions, and those of the variant whose weights torchvision publishes.
ORIGINAL_FILTERS, TORCHVISION_FILTERS = (96, 256, 384, 384, 256), (64, 192, 384, 256, 256)


@dataclass(frozen=True, kw_only=True)
class Zhang2018Apsipa:
    """AlexNet's convolutions, attention over time and frequency (Zhang et al. 2018, 1806.01506).

    Attributes
    ----------
    view : LogBins or LogMel
        The lowest 200 bins of 20 Hz, 0 to 4 kHz [C]; z-normed per bin on the training set [I].
    filters : tuple of int
        Of the five convolutions: 96-256-384-384-256 [C], torchvision's 64-192-384-256-256 where
        training begins with its weights.
    norm : str
        ``"response"``, local response normalisation behind the first two convolutions [C];
        ``"none"`` as torchvision's variant; ``"batch"``, batch normalisation in all of them, with
        which few utterances teach more [I].
    channels : int
        How often the spectrogram is repeated as a picture's colours: 1 [I], 3 where training begins
        with weights of ImageNet [C].
    attention_scale : float
        Factor of the attention's scores, lambda, 0.3 [A].
    dropout : float
        Of the pooled vector on its way to the classes, which are a linear map of it [C]; 0.5 [I].
    """

    system: str = "zhang2018-apsipa"
    view: LogBins | LogMel = field(default_factory=lambda: LogBins(high_hz=4000.0))
    filters: tuple[int, ...] = limited(ORIGINAL_FILTERS, at_least=1)
    norm: str = limited("response", choices=("response", "none", "batch"))
    channels: int = limited(1, choices=(1, 3))
    attention_scale: float = limited(0.3, more_than=0)
    dropout: float = limited(0.5, at_least=0, less_than=1)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if len(self.filters) != len(ORIGINAL_FILTERS):
            yield f"filters: {len(self.filters)}, need {len(ORIGINAL_FILTERS)} as AlexNet has"


def for_torchvision(recipe: Zhang2018Apsipa) -> Zhang2018Apsipa:
    """Return the fields of the variant whose weights torchvision publishes.

    It takes the place of the original convolutions; others stay as they are.
    """
    if recipe.filters != ORIGINAL_FILTERS:
        return recipe
    return replace(recipe, filters=TORCHVISION_FILTERS, norm="none", channels=3)


#: 40 ms Hamming windows every 10 ms, DFT of 800 points at 16 kHz [C].
_FRONT_END = PowerSpectrogram(window_samples=640, n_fft=800)

SYSTEM = System(
    recipe=Zhang2018Apsipa,
    network="deepspectrum_features.networks.zhang2018_apsipa:Zhang2018ApsipaNetwork",
    for_pretrained=for_torchvision,
    presets={
        "paper": Preset(network=Zhang2018Apsipa(), front_end=_FRONT_END),
        # About a tenth of the paper network's cost: a third of its filters, with what helps it to
        # learn from few utterances: centring, batch normalisation, small batches, augmentation.
        "compact": Preset(
            network=Zhang2018Apsipa(
                view=LogBins(high_hz=4000.0, centre=True),
                filters=(32, 80, 128, 128, 80),
                norm="batch",
                dropout=0.1,
            ),
            front_end=_FRONT_END,
            training=Training(
                epochs=30,
                batch_size=16,
                anneal=True,
                augmentation=Augmentation(stretch=0.2, masked_bands=30, masked_frames=30),
            ),
        ),
    },
    studies=(
        Study(
            name="iemocap",
            layout="iemocap:improvised-4-without-excitement",
            protocol="session",
            reported=network_scores(ua=0.639, wa=0.704, grade="A"),
            notes=("the other speaker of the test session chooses the epoch [I]",),
        ),
    ),
)
