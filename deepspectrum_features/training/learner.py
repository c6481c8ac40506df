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
from deepspectrum_features.networks.encoding import Encoding, at_least_single, valid_steps
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
        self.front_end = make_front_end(recipe.front_end)
        longest = recipe.training.longest_seconds / self.front_end.step_seconds
        self.longest = int(round(longest, 6))
        self.label_sets = LabelSets(data.sizes)
        weights = self.label_sets.weights(data.train.classes)
        weights = weights if recipe.training.class_weights else np.ones_like(weights)
        self.loss = torch.nn.CrossEntropyLoss(torch.tensor(weights, dtype=torch.float32))
        self.distil = recipe.training.distil or 0.0
        self.descriptors = _descriptor_head(network, data.train) if data.train.targets else None
        self.predicted: list[NDArray[np.int64]] = []
        self.expected: list[NDArray[np.int64]] = []

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return class scores ``(batch, classes)``, -inf for classes of other label sets."""
        return self._scores(self.network.forward_features(batch.frames, batch.lengths), batch)

    def _scores(self, encoding: Encoding, batch: Batch) -> torch.Tensor:
        scores = self.network.forward_head(encoding.embedding)
        within: torch.Tensor = self.label_sets(at_least_single(scores), batch.label_set)
        return within

    def training_step(self, batch: Batch, number: int) -> torch.Tensor:
        """Return the weighted cross-entropy of a batch; its dropout depends on its number alone.

        Where descriptors are learned too, their weighted error is added.
        """
        seed = np.random.SeedSequence([self.recipe.training.seed, self.current_epoch, number])
        torch.manual_seed(int(seed.generate_state(1)[0]))
        encoding = self.network.forward_features(batch.frames, batch.lengths)
        scores, told = self._scores(encoding, batch), batch.classes >= 0
        loss = self.loss(scores[told], batch.classes[told]) if told.any() else scores.new_zeros(())
        if self.descriptors is not None:
            predicted = at_least_single(self.descriptors(encoding.frame_embedding))
            loss = loss + self.distil * self._descriptor_loss(predicted, encoding, batch)
        return loss

    def _descriptor_loss(
        self, predicted: torch.Tensor, encoding: Encoding, batch: Batch
    ) -> torch.Tensor:
        """Return the mean squared error of the descriptors at the centres of the valid steps."""
        clock, frames = self.network.clock(self.front_end), self.front_end
        first = clock.first_step_centre_seconds - frames.first_centre_seconds
        centres = first + clock.step_seconds * torch.arange(predicted.shape[1])
        at = (centres / frames.step_seconds).round().long().clamp(0, batch.targets.shape[1] - 1)
        targets = batch.targets[:, at]
        heard = valid_steps(encoding.steps, predicted.shape[1])[..., None] & targets.isfinite()
        squares = (predicted - targets.nan_to_num()).square()[heard]
        return squares.sum() / max(len(squares), 1)

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


def _descriptor_head(network: Network, examples: Examples) -> torch.nn.Linear:
    """Return a layer from frame embeddings to targets, that no encoder will hold."""
    frames = torch.from_numpy(examples.frames[0])[None]
    with torch.no_grad():
        encoding = network.eval().forward_features(frames, torch.tensor([frames.shape[1]]))
    network.train()
    return torch.nn.Linear(encoding.frame_embedding.shape[2], examples.targets[0].shape[1])
