"""A network with its loss, optimiser and the data of every epoch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from deepspectrum_features.networks import Network
from deepspectrum_features.networks.encoding import at_least_single
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.training.epochs import Batch, Epoch, Examples
from deepspectrum_features.training.fold_data import FoldData
from deepspectrum_features.training.label_sets import LabelSets


class Learner(lightning.LightningModule):
    """The network with its loss, optimiser and data of every epoch."""

    def __init__(self, network: Network, recipe: Recipe, data: FoldData) -> None:
        super().__init__()
        self.network, self.recipe, self.data = network, recipe, data
        step_seconds = make_front_end(recipe.front_end).step_seconds
        self.longest = int(round(recipe.training.longest_seconds / step_seconds, 6))
        self.label_sets = LabelSets(data.sizes)
        weights = self.label_sets.weights(data.train.classes)
        weights = weights if recipe.training.class_weights else np.ones_like(weights)
        self.loss = torch.nn.CrossEntropyLoss(torch.tensor(weights, dtype=torch.float32))
        self.predicted: list[NDArray[np.int64]] = []
        self.expected: list[NDArray[np.int64]] = []

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return class scores ``(batch, classes)``, -inf for classes of other label sets."""
        encoding = self.network.forward_features(batch.frames, batch.lengths)
        scores = self.network.forward_head(encoding.embedding)
        within: torch.Tensor = self.label_sets(at_least_single(scores), batch.label_set)
        return within

    def training_step(self, batch: Batch, number: int) -> torch.Tensor:
        """Return the weighted cross-entropy of a batch; its dropout depends on its number alone."""
        seed = np.random.SeedSequence([self.recipe.training.seed, self.current_epoch, number])
        torch.manual_seed(int(seed.generate_state(1)[0]))
        loss: torch.Tensor = self.loss(self(batch), batch.classes)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Keep predictions for the end of the epoch, in single precision as the encoder will be."""
        with torch.autocast(self.device.type, enabled=False):
            scores = self(batch)
        self.predicted.append(scores.argmax(dim=1).cpu().numpy())
        self.expected.append(batch.classes.cpu().numpy())

    def configure_optimizers(self) -> Any:
        """Return Adam, with its learning rate annealed if the recipe says so."""
        training = self.recipe.training
        adam = torch.optim.Adam(self.parameters(), lr=training.learning_rate)
        if not training.anneal:
            return adam
        steps = training.epochs * math.ceil(len(self.data.train.frames) / training.batch_size)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
        return {"optimizer": adam, "lr_scheduler": {"scheduler": cosine, "interval": "step"}}

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return this epoch's batches."""
        return self._loader(self.data.train, augment=True)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the dev utterances."""
        return self._loader(self.data.dev, augment=False)

    def _loader(self, examples: Examples, augment: bool) -> DataLoader[Batch]:
        training = self.recipe.training
        epoch = Epoch(examples, training, self.longest, self.current_epoch, augment)
        return DataLoader(epoch, batch_size=None)
