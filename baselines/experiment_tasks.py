"""Folds to compute: one after the other here, or side by side by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from deepspectrum_features.baselines.experiment_folds import FEATURES, FoldRun
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extraction.cluster import Dask
from deepspectrum_features.extraction.executors import ProcessDiedError, Progress
from deepspectrum_features.extraction.shared_task import run_shared
from deepspectrum_features.files.locks import alone
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.terminal import counted

#: What a trained network, and what it gives, depends on besides what reads the sound.
_TRAINING = ("torch", "pytorch-lightning", "librosa", "onnx", "onnxruntime")

Say = Callable[[str], object]


@dataclass(frozen=True)
class FoldTask:
    """One system on one fold, with all that it takes; it can be sent to another process.

    Attributes
    ----------
    run : FoldRun
    corpus : Corpus
        With its stored sound.
    recipe : Recipe
    weights : Path or None
        A file to begin with, where the recipe names one.
    """

    run: FoldRun
    corpus: Corpus
    recipe: Recipe
    weights: Path | None

    @property
    def path(self) -> Path:
        """The features that are written in the end."""
        return self.run.folder / FEATURES

    def packages(self) -> Iterable[str]:
        """Return the names of the packages that only this work uses."""
        return (*_TRAINING, *make_front_end(self.recipe.front_end).versions())

    def compute(
        self,
        jobs: int | None,
        bar: bool,
        say: Say,
        notice: Say,
        watch: Callable[[], object] | None = None,
    ) -> None:
        """Train, export and extract; see `FoldRun.compute`."""
        weights = self.weights if self.recipe.training.pretrained else None
        self.run.compute(self.corpus, self.recipe, weights, jobs, bar, say, notice, watch)

    def __call__(self, progress: Progress) -> tuple[list[str], list[str]]:
        """Compute the fold, a part at a time; return what there is to say of it, and to notice."""
        said: list[str] = []
        noticed: list[str] = []
        self.compute(1, False, said.append, noticed.append, watch=lambda: progress(1, 0.0))
        return said, noticed


def compute_here(
    tasks: Iterable[FoldTask], jobs: int | None, bar: bool, say: Say, notice: Say
) -> None:
    """Compute folds one after the other, each by so many jobs."""
    for task in tasks:
        task.compute(jobs, bar, say, notice)


def compute_by(
    cluster: Dask, tasks: Sequence[FoldTask], folder: Path, say: Say, notice: Say
) -> None:
    """Let the workers of a cluster compute folds; say what there is to say of each when it is done.

    Parameters
    ----------
    cluster : Dask
    tasks : sequence of FoldTask
        Their paths absolute.
    folder : Path
        Of the experiment, which all machines share.
    say, notice : callable
        Receive a line each.

    Raises
    ------
    DsfError
        If another cluster computes in the folder, one worker after another is lost at a fold, or as
        `run_shared` does.
    """
    count = counted(len(tasks), "fold")
    say(f"{count} by the workers of {cluster.scheduler}: {folder / 'folds'}")
    try:
        with (
            alone(folder / "lock"),
            closing(run_shared(tasks, cluster, folder, alone=True)) as ended,
        ):
            for number, ((said, noticed), *_) in enumerate(ended, start=1):
                for line in said:
                    say(line)
                for line in noticed:
                    notice(line)
                say(f"{number} of {count} done")
    except ProcessDiedError:
        raise DsfError(
            f"{folder}: workers at work on a fold died one after the other, need another run (the "
            "same command continues; fewer workers on a machine leave each more memory)"
        ) from None
