"""Systems that are trained for every fold, each in a folder of its own."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.baselines.records import Curve
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol, make_protocol
from deepspectrum_features.corpus.sides import check_classes
from deepspectrum_features.corpus.spelling import check_speakers
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.files import folder_names
from deepspectrum_features.recipe import Recipe

FEATURES, ENCODER, RUN = "features.h5", "encoder.onnx", "run"


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

    def curve(self) -> Curve:
        """Read the learning curve of the fold's run."""
        with (self.folder / RUN / "history.csv").open(encoding="utf-8", newline="") as stream:
            history = list(csv.DictReader(stream))
        ua = [float(row["dev_ua"]) for row in history]
        return Curve(
            name=f"{self.name}, fold {self.fold.name}",
            epochs=tuple(int(row["epoch"]) for row in history),
            train_loss=tuple(float(row["train_loss"]) for row in history),
            dev_ua=tuple(ua),
            best=int(history[ua.index(max(ua))]["epoch"]),
        )


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
