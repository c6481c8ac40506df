"""A system on a fold: trained, exported and extracted by, here or by a worker of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.baselines.experiment_folds import ENCODER, FEATURES, RUN, FoldRun
from deepspectrum_features.baselines.experiment_sources import is_of_another
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import SIDES
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extraction.cluster import Dask
from deepspectrum_features.extraction.executors import ProcessDiedError, Progress
from deepspectrum_features.extraction.run import extract
from deepspectrum_features.extraction.shared_task import run_shared
from deepspectrum_features.files.locks import alone
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.terminal import counted

#: What a trained network, and what it gives, depends on besides what reads the sound.
_TRAINING = ("torch", "pytorch-lightning", "librosa", "onnx", "onnxruntime")

Say = Callable[[str], object]


@dataclass(frozen=True)
class TrainingTask:
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
        """Train, export and extract, or continue where it was left.

        The folder may come from another machine: what is finished in it is not done again. What
        extraction says goes to ``notice``: it says much the same for every fold. Where ``watch`` is
        given, another process that is at work on the fold is waited for; it is called meanwhile,
        and by the training, and what it raises ends the work.
        """
        from deepspectrum_features.training.run import train

        fold, place = self.run.fold, self.run.folder
        place.mkdir(parents=True, exist_ok=True)
        with alone(place / "lock", watch):
            names = {side: self._speakers(side) for side in ("test", "dev")}
            say(f"fold {fold.name}, {self.run.name}: test {names['test']}, dev {names['dev']}")
            named = f"dev speakers {names['dev']}; test speakers {names['test']}"
            train(
                self.corpus, place / RUN, self.recipe,
                fold=replace(fold, name=named),
                pretrained=self.weights if self.recipe.training.pretrained else None,
                say=say, bar=bar, watch=watch or (lambda: None),
            )  # fmt: skip
            encoder = self._exported()
            done = extract(
                self._divided(), self.path,
                encoder=encoder, jobs=jobs, overwrite=is_of_another(encoder, self.path),
                bar=bar, say=notice,
            )  # fmt: skip
            say(done.summary)

    def __call__(self, progress: Progress) -> tuple[list[str], list[str]]:
        """Compute the fold, a part at a time; return what there is to say of it, and to notice."""
        said: list[str] = []
        noticed: list[str] = []
        self.compute(1, False, said.append, noticed.append, watch=lambda: progress(1, 0.0))
        return said, noticed

    def _speakers(self, side: str) -> str:
        rows = getattr(self.run.fold, side)
        return ", ".join(sorted({self.corpus.utterances[row].speaker for row in rows} - {""}))

    def _exported(self) -> Encoder:
        """Return the encoder of the fold's run, written anew where the run is another."""
        from deepspectrum_features.training.exporting import export, weights_digest

        run, path = self.run.folder / RUN, self.run.folder / ENCODER
        if path.exists():
            encoder = Encoder.open(path)
            if encoder.metadata.get("weights_sha256") == weights_digest(run):
                return encoder
        return export(run, path)

    def _divided(self) -> Corpus:
        """Return the corpus with the fold's sides as its split."""
        sides = {row: side for side in SIDES for row in getattr(self.run.fold, side)}
        rows = enumerate(self.corpus.utterances)
        divided = tuple(replace(one, split=sides.get(row, "")) for row, one in rows)
        return replace(self.corpus, utterances=divided)


def compute_by(
    cluster: Dask, tasks: Sequence[TrainingTask], folder: Path, say: Say, notice: Say
) -> None:
    """Let the workers of a cluster compute folds; say what there is to say of each when it is done.

    Parameters
    ----------
    cluster : Dask
    tasks : sequence of TrainingTask
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
    try:
        with (
            alone(folder / "lock"),
            closing(run_shared(tasks, cluster, folder, alone=True)) as ended,
        ):
            say(f"{count} by the workers of {cluster.scheduler}: {folder / 'folds'}")
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
