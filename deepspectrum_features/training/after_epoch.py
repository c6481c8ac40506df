"""A training run's memory: checkpoint, best weights, history and learning curve."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
from safetensors.torch import save_file

from deepspectrum_features.files import whole_file, write_text
from deepspectrum_features.scores import score
from deepspectrum_features.terminal import progress_bar


class Journal(lightning.Callback):
    """After every epoch: score the dev speakers, keep the best weights, then the checkpoint.

    The checkpoint comes last: killed in between, the epoch is run again and writes the same.
    """

    def __init__(
        self,
        run: Path,
        epochs: int,
        checkpoint: str,
        weights: str,
        say: Callable[[str], object],
        bar: bool,
        watch: Callable[[], object] = lambda: None,
    ) -> None:
        self.run, self.epochs, self.say, self.watch = run, epochs, say, watch
        self.checkpoint, self.weights = run / checkpoint, run / weights
        self.history: list[dict[str, float]] = []
        self.losses: list[float] = []
        self.bar = bar

    def state_dict(self) -> dict[str, Any]:
        """Return what the checkpoint keeps of the journal."""
        return {"history": self.history}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the history back from a checkpoint."""
        self.history = list(state_dict["history"])

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        """Start the epoch's bar."""
        self.losses = []
        self.began = time.monotonic()
        self.shown = progress_bar(
            trainer.num_training_batches,
            "batches",
            self.bar,
            desc=f"epoch {trainer.current_epoch + 1}/{self.epochs}",
            leave=False,
        )

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
        """Collect the loss, unless who looks on ends the training."""
        self.watch()
        self.losses.append(float(outputs["loss"]))
        self.shown.update(1)

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        """Write everything down, unless who looks on ends the training."""
        self.watch()
        self.shown.close()
        names = [str(index) for index in range(module.loss.weight.numel())]
        dev = score(np.concatenate(module.expected), np.concatenate(module.predicted), names)
        module.expected.clear()
        module.predicted.clear()
        best = max((one["dev_ua"] for one in self.history), default=-1.0)
        epoch = trainer.current_epoch + 1
        self.history.append(
            {"epoch": epoch, "train_loss": float(np.mean(self.losses)), "dev_ua": dev.ua}
        )
        if dev.ua > best:
            tensors = {name: value.cpu() for name, value in module.network.state_dict().items()}
            with whole_file(self.weights) as draft:
                save_file(tensors, draft)
        self._write_history()
        with whole_file(self.checkpoint) as draft:
            trainer.save_checkpoint(draft)
        self.say(
            f"epoch {epoch}/{self.epochs}: loss {self.history[-1]['train_loss']:.3f}, dev UA "
            f"{dev.ua:.3f} (best {max(best, dev.ua):.3f}), {time.monotonic() - self.began:.0f} s"
        )

    def _write_history(self) -> None:
        columns = list(self.history[0])
        lines = [",".join(columns)]
        lines += [",".join(f"{row[name]:g}" for name in columns) for row in self.history]
        write_text(self.run / "history.csv", "\n".join(lines))
        with whole_file(self.run / "learning_curve.png") as draft:
            _draw(self.history, draft)


def _draw(history: list[dict[str, float]], path: Path) -> None:
    """Draw training loss and dev UA over epochs; a dot marks the epoch that was kept."""
    from matplotlib.figure import Figure

    epochs = [row["epoch"] for row in history]
    best = max(history, key=lambda row: row["dev_ua"])
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [row["train_loss"] for row in history], color="tab:blue")
    left.set(xlabel="epoch", ylabel="training loss")
    right.plot(epochs, [row["dev_ua"] for row in history], color="tab:orange")
    right.plot(best["epoch"], best["dev_ua"], "o", color="tab:red")
    right.set_title(f"best {best['dev_ua']:.3f} at epoch {best['epoch']:.0f}", fontsize=10)
    right.set(xlabel="epoch", ylabel="UA on the dev speakers", ylim=(0, 1))
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120, format="png")
