"""Systems that are trained for every fold: each trains, exports and extracts in its own folder."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.baselines.experiment_sources import is_of_another
from deepspectrum_features.baselines.records import Curve
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol, make_protocol
from deepspectrum_features.corpus.sides import check_classes
from deepspectrum_features.corpus.spelling import check_speakers
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.run import extract
from deepspectrum_features.files import folder_names
from deepspectrum_features.files.locks import alone
from deepspectrum_features.recipe import Recipe

FEATURES, ENCODER = "features.h5", "encoder.onnx"

Say = Callable[[str], object]


@dataclass(frozen=True)
class FoldRun:
    """One system on one fold, and the folder that keeps its run, encoder and features.

    Attributes
    ----------
    fold : Fold
        Row numbers among the labelled utterances of the corpus.
    folder : Path
    name : str
        Of the system, and of its seed where it has several.
    """

    fold: Fold
    folder: Path
    name: str

    def compute(
        self,
        corpus: Corpus,
        recipe: Recipe,
        pretrained: str | Path | None,
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

        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder / "lock", watch):
            names = {side: self._speakers(corpus, side) for side in ("test", "dev")}
            say(f"fold {self.fold.name}, {self.name}: test {names['test']}, dev {names['dev']}")
            named = f"dev speakers {names['dev']}; test speakers {names['test']}"
            fold = replace(self.fold, name=named)
            run = self.folder / "run"
            train(
                corpus, run, recipe,
                fold=fold, pretrained=pretrained, say=say, bar=bar, watch=watch or (lambda: None),
            )  # fmt: skip
            encoder, out = self._exported(), self.folder / FEATURES
            stale = is_of_another(encoder, out)
            done = extract(
                self._with_sides(corpus), out,
                encoder=encoder, jobs=jobs, overwrite=stale, bar=bar, say=notice,
            )  # fmt: skip
            say(done.summary)

    def curve(self) -> Curve:
        """Read the learning curve of the fold's run."""
        with (self.folder / "run" / "history.csv").open(encoding="utf-8", newline="") as stream:
            history = list(csv.DictReader(stream))
        ua = [float(row["dev_ua"]) for row in history]
        return Curve(
            name=f"{self.name}, fold {self.fold.name}",
            epochs=tuple(int(row["epoch"]) for row in history),
            train_loss=tuple(float(row["train_loss"]) for row in history),
            dev_ua=tuple(ua),
            best=int(history[ua.index(max(ua))]["epoch"]),
        )

    def _exported(self) -> Encoder:
        """Return the encoder of the fold's run, written anew where the run is another."""
        from deepspectrum_features.training.exporting import export, weights_digest

        path = self.folder / ENCODER
        if path.exists():
            encoder = Encoder.open(path)
            if encoder.metadata.get("weights_sha256") == weights_digest(self.folder / "run"):
                return encoder
        return export(self.folder / "run", path)

    def _with_sides(self, corpus: Corpus) -> Corpus:
        """Return the corpus with the fold's sides as its split."""
        sides = {row: side for side in ("train", "dev", "test") for row in getattr(self.fold, side)}
        rows = enumerate(corpus.utterances)
        divided = tuple(replace(one, split=sides.get(row, "")) for row, one in rows)
        return replace(corpus, utterances=divided)

    def _speakers(self, corpus: Corpus, side: str) -> str:
        rows = getattr(self.fold, side)
        return ", ".join(sorted({corpus.utterances[row].speaker for row in rows} - {""}))


@dataclass(frozen=True)
class TrainedSystem:
    """A recipe that is trained for every fold of a protocol, from one seed.

    Attributes
    ----------
    name : str
        What the results call its features, and its folder below each fold's.
    recipe : Recipe
    runs : tuple of FoldRun
        One a fold.
    """

    name: str
    recipe: Recipe
    runs: tuple[FoldRun, ...]

    @classmethod
    def plan(
        cls, name: str, recipe: Recipe, protocol: Protocol, folder: Path, number: int = 0
    ) -> TrainedSystem:
        """Give every fold a place in the folder of an experiment.

        The first seed is the recipe's and its place is the system's own; those of a higher number
        come after it, each in a folder in there.
        """
        training = replace(recipe.training, seed=recipe.training.seed + number)
        called_after = folder_names([fold.name for fold in protocol.folds])
        places = [folder / "folds" / one / name for one in called_after]
        called = name
        if number:
            called = f"{name}, seed {training.seed}"
            places = [place / f"seed-{training.seed}" for place in places]
        runs = zip(protocol.folds, places, strict=True)
        return cls(
            name,
            replace(recipe, training=training),
            tuple(FoldRun(fold, place, called) for fold, place in runs),
        )

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epoch that each fold's network was kept at."""
        return tuple(run.curve().best or 0 for run in self.runs)


def plan_folds(corpus: Corpus, protocol: str | None) -> Protocol:
    """Divide a corpus whose utterances all have a label; every fold has dev rows.

    Raises
    ------
    CorpusError
        With too few speakers, utterances without one, two names for one
        speaker, or a class that the training speakers of a fold never utter.
    """
    if not any(one.speaker or one.split for one in corpus.utterances):
        raise CorpusError(
            f"{corpus.root}: speakers unknown, need three or more: one to test on, one to choose "
            "on, the others to train on"
        )
    chosen = make_protocol(corpus.utterances, protocol, dev=True)
    check_speakers(corpus.utterances, "a corpus.csv")
    check_classes(chosen, corpus.utterances)
    return chosen
