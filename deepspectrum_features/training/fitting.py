"""Epochs of a network until the last, and its scores on one side of a fold."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import pytorch_lightning as lightning
import torch

from deepspectrum_features.errors import TrainingError, first_line
from deepspectrum_features.networks import Network
from deepspectrum_features.processes.allocation import memory_kept
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.scores import Scores, score
from deepspectrum_features.training.after_epoch import Journal
from deepspectrum_features.training.epochs import Epoch, Examples
from deepspectrum_features.training.fold_data import FoldData
from deepspectrum_features.training.label_sets import LabelSets
from deepspectrum_features.training.learner import Learner
from deepspectrum_features.training.pool import Pool


@memory_kept()
def fit(
    network: Network, recipe: Recipe, data: FoldData, checkpoint: Path, journal: Journal
) -> None:
    """Run the epochs that are still to run, from the checkpoint where there is one."""
    module = Learner(network, recipe, data)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        warnings.filterwarnings("ignore", module="lightning_fabric")
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel")
        trainer = lightning.Trainer(
            max_epochs=recipe.training.epochs,
            devices=1,
            precision=recipe.training.precision or "32-true",  # type: ignore[arg-type]
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            reload_dataloaders_every_n_epochs=1,
            callbacks=[journal],
            default_root_dir=checkpoint.parent,
        )
        ckpt = checkpoint if checkpoint.exists() else None
        if ckpt:
            _check_readable(ckpt)
        try:
            trainer.fit(module, ckpt_path=ckpt, weights_only=True)
        except SystemExit as error:  # what Lightning makes of Ctrl-C
            if isinstance(error.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            raise


def score_network(network: Network, recipe: Recipe, examples: Examples, pool: Pool) -> Scores:
    """Score the network on one side of the fold, utterances whole."""
    network.eval().cpu()
    label_sets = LabelSets(pool.sizes)
    predicted = np.zeros(len(examples.frames), np.int64)
    epoch = Epoch(examples, recipe.training, 0, 0, augment=False)
    with torch.no_grad():
        for index, chosen in enumerate(epoch.batches):
            batch = epoch[index]
            encoding = network.forward_features(batch.frames, batch.lengths)
            scores = label_sets(network.forward_head(encoding.embedding), batch.label_set)
            predicted[chosen] = scores.argmax(dim=1).numpy()
    return score(examples.classes, predicted, pool.classes)


def _check_readable(checkpoint: Path) -> None:
    """Refuse a damaged checkpoint in one line."""
    try:
        torch.load(checkpoint, weights_only=True)
    except Exception as error:  # what it meets in a damaged file has no base class but this
        reason = first_line(error)[:80]
        raise TrainingError(f"{checkpoint}: damaged ({reason}), need a new folder") from None
