"""A whole experiment: for every fold train, export, extract, classify; predictions are pooled.

Each fold's encoder spans a space of its own, so features of different folds never meet: every fold
has its own feature file of all utterances, classifiers are fitted on its train rows, choose on the
rows of its dev speaker (who gave the encoder no gradient), and predict its test rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from deepspectrum_features.baselines.evaluation import Evaluation
from deepspectrum_features.baselines.experiment_scores import (
    ENCODER,
    FEATURES,
    SpeakerFold,
    curve,
    score,
)
from deepspectrum_features.baselines.functionals import extract_functionals
from deepspectrum_features.baselines.leaks import check_names
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import CorpusError, DsfError
from deepspectrum_features.extraction.run import extract
from deepspectrum_features.files import alone
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.run_folder import claim, training_plan
from deepspectrum_features.sound.opensmile_engine import FEATURE_SETS, version

Say = Callable[[str], object]


def speaker_folds(corpus: Corpus, folder: Path) -> list[SpeakerFold]:
    """Plan one fold for every speaker of a corpus.

    Raises
    ------
    CorpusError
        With fewer than three speakers, utterances without one, two names for one speaker, or a
        class that the training speakers of a fold never utter.
    """
    speakers = sorted({one.speaker for one in corpus.utterances if one.label})
    if "" in speakers or len(speakers) < 3:
        raise CorpusError(
            f"{corpus.root}: speakers {', '.join(filter(None, speakers)) or 'unknown'}, need three "
            "or more: one to test on, one to choose on, the others to train on"
        )
    check_names(speakers)
    following = [*speakers[1:], speakers[0]]
    folds = [
        SpeakerFold(test, dev, folder / "folds" / _file_safe(test))
        for test, dev in zip(speakers, following, strict=True)
    ]
    uttered = {(one.speaker, one.label) for one in corpus.utterances if one.label}
    for fold, label in product(folds, sorted({label for _, label in uttered})):
        if not any((name, label) in uttered for name in set(speakers) - {fold.test, fold.dev}):
            raise CorpusError(
                f"fold {fold.test}: {label} is uttered by its test and dev speakers alone "
                f"({fold.test}, {fold.dev}), need each class from three speakers at least"
            )
    return folds


def compute_fold(
    fold: SpeakerFold, corpus: Corpus, recipe: Recipe, jobs: int | None, bar: bool, say: Say
) -> None:
    """Train, export and extract one fold, or continue where it was left.

    The fold's folder may come from another machine: what is finished in it is not done again.
    """
    from deepspectrum_features.training.exporting import export
    from deepspectrum_features.training.run import train

    fold.folder.mkdir(parents=True, exist_ok=True)
    with alone(fold.folder / "lock"):
        say(f"fold {fold.test}: test {fold.test}, dev {fold.dev}")
        sides = {"dev_speakers": [fold.dev], "test_speakers": [fold.test]}
        train(corpus, fold.folder / "run", recipe, say=say, bar=bar, **sides)
        encoder = fold.folder / ENCODER
        if not encoder.exists():
            export(fold.folder / "run", encoder)
        sided = replace(
            corpus,
            utterances=tuple(
                replace(one, split=fold.side(one.speaker)) for one in corpus.utterances if one.label
            ),
        )
        done = extract(sided, fold.folder / FEATURES, encoder=encoder, jobs=jobs, bar=bar, say=say)
        say(done.summary)


def run_experiment(
    corpus: Corpus,
    folder: Path,
    recipe: Recipe,
    *,
    classifiers: Sequence[str] = ("svm", "dnn"),
    normalise: Sequence[str] = ("global", "speaker"),
    only: Sequence[str] = (),
    jobs: int | None = None,
    bar: bool = False,
    say: Say = lambda _: None,
) -> tuple[Evaluation, list[dict[str, Any]]] | None:
    """Run every fold, then score deep spectrum and openSMILE features on the same folds.

    Parameters
    ----------
    corpus : Corpus
        Scanned, with labels and speakers.
    folder : Path
        Of the experiment; the same call continues it.
    recipe : Recipe
    classifiers, normalise : sequence of str
        As in `deepspectrum_features.baselines.evaluation.evaluate`.
    only : sequence of str, optional
        Test speakers of the folds to compute here, without scoring.
    jobs : int, optional
        Parts at a time when extracting.
    bar : bool, optional
        Show progress bars where standard error is a terminal.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    evaluation : Evaluation
    curves : list of dict
        The learning curve of every fold. Nothing is returned where ``only`` is given.

    Raises
    ------
    CorpusError
        If labels or speakers are missing or too few.
    DsfError
        If the folder holds another experiment.
    """
    folds = speaker_folds(corpus, folder)
    unknown = sorted(set(only) - {fold.test for fold in folds})
    if unknown:
        raise DsfError(f"--fold {unknown[0]}: no such speaker, need one of {_names(folds)}")
    version()  # says how to install openSMILE, before any work
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, corpus, recipe)
    for fold in folds:
        if not only or fold.test in only:
            compute_fold(fold, corpus, recipe, jobs, bar, say)
    if only:
        return None
    labelled = replace(corpus, utterances=tuple(one for one in corpus.utterances if one.label))
    sets = []
    for name in FEATURE_SETS:
        path = folder / f"{name}.h5"
        extract_functionals(labelled, path, feature_set=name, jobs=jobs, bar=bar, say=say)
        sets.append(path)
    return score(folds, sets, classifiers, normalise, say), [curve(fold) for fold in folds]


def _claim(folder: Path, corpus: Corpus, recipe: Recipe) -> None:
    """Note what the experiment is about, or check that it is this one."""
    keys = [(one.file, one.start, one.end, one.label, one.speaker) for one in corpus.utterances]
    if differences := claim(folder, training_plan(corpus.name, keys, recipe)):
        raise DsfError(
            f"{folder}: holds an experiment of another corpus or recipe "
            f"({'; '.join(differences)}), need a new one"
        )


def _file_safe(name: str) -> str:
    """Return a folder's name for a speaker, unlike that of any other speaker."""
    plain = re.sub(r"[^\w.-]", "_", name)
    if plain == name and not name.startswith("."):
        return name
    return f"{plain.lstrip('.')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _names(folds: Sequence[SpeakerFold]) -> str:
    return ", ".join(fold.test for fold in folds)
