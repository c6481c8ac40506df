"""The journal of a training run: which epoch's weights stay, and what is written down."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn


@pytest.mark.slow
def test_the_weights_of_the_best_epoch_stay(tmp_path: Path) -> None:
    # epoch        1    2    3    4
    # dev UA      0.5  1.0  0.5  1.0   a later equal one does not replace the first
    # weight       1    2*   3    4
    from deepspectrum_features.training.after_epoch import Journal  # brings Lightning, seconds

    said: list[str] = []
    journal = Journal(tmp_path, 4, "last.ckpt", "best.safetensors", said.append, bar=False)
    network = nn.Linear(1, 1, bias=False)
    module = SimpleNamespace(network=network, loss=nn.CrossEntropyLoss(torch.ones(2)))
    for epoch, right in enumerate([False, True, False, True]):
        trainer = SimpleNamespace(
            current_epoch=epoch,
            num_training_batches=1,
            save_checkpoint=lambda path: Path(path).write_bytes(b"checkpoint"),
        )
        journal.on_train_epoch_start(trainer, module)
        journal.on_train_batch_end(trainer, module, {"loss": torch.tensor(1.0 / (epoch + 1))})
        nn.init.constant_(network.weight, epoch + 1)
        module.expected, module.predicted = [np.array([0, 1])], [np.array([0, int(right)])]
        journal.on_train_epoch_end(trainer, module)
    assert load_file(tmp_path / "best.safetensors")["weight"].item() == 2.0
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[:3] == ["epoch,train_loss,dev_ua", "1,1,0.5", "2,0.5,1"]
    assert said[-1].startswith("epoch 4/4: loss 0.250, dev UA 1.000 (best 1.000), ")
    assert (tmp_path / "last.ckpt").read_bytes() == b"checkpoint"
