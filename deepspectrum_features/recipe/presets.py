"""The recipes that come with the package, by system and size."""

from __future__ import annotations

from deepspectrum_features.recipe.recipe import Augmentation, Recipe, Training
from deepspectrum_features.recipe.zhao2018_asmmc import LogMel, Zhao2018Asmmc

PRESETS: dict[str, dict[str, Recipe]] = {
    "zhao2018-asmmc": {
        "paper": Recipe(),
        # About a tenth of the paper network's cost (a quarter of the filters, half the cells), with
        # what helped it on speakers it never saw: centring, average pooling, augmentation.
        "compact": Recipe(
            preset="compact",
            network=Zhao2018Asmmc(
                mel=LogMel(centre=True),
                filters=(16, 32, 64),
                conv_dropout=0.1,
                global_pooling="average",
                lstm_units=64,
                head_units=64,
            ),
            training=Training(
                epochs=20,
                anneal=True,
                augmentation=Augmentation(stretch=0.2, masked_bands=8, masked_frames=30),
            ),
        ),
    },
}
