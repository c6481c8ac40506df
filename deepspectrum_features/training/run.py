"""Fit a network on a corpus; a run is a folder that the same command continues."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from safetensors.torch import load_file

from deepspectrum_features import arguments
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import SIDES, Fold
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import TrainingError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.files import write_text
from deepspectrum_features.files.locks import alone
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.run_folder import check_own, claim, corpus_plan
from deepspectrum_features.terminal import counted, first_few
from deepspectrum_features.training.after_epoch import Journal
from deepspectrum_features.training.fitting import fit, score_network
from deepspectrum_features.training.fold_data import read_fold
from deepspectrum_features.training.pool import Pool
from deepspectrum_features.training.pretrained import brought_weights

RESULT, WEIGHTS, CHECKPOINT = "training.json", "network.safetensors", "last.ckpt"


@naming_extras()
def train(
    corpus: Corpus | Sequence[Corpus],
    run: str | Path,
    recipe: Recipe,
    *,
    dev_speakers: Sequence[str] = (),
    test_speakers: Sequence[str] = (),
    fold: Fold | None = None,
    pretrained: str | Path | None = None,
    say: Callable[[str], object] = lambda _: None,
    bar: bool = False,
    watch: Callable[[], object] = lambda: None,
) -> Path:
    """Train a network and score it on speakers it never saw.

    The run folder holds ``plan.json``, ``last.ckpt`` (to resume), ``network.safetensors`` (best
    epoch so far by UA on the dev speakers), ``history.csv``, ``learning_curve.png`` and, once
    finished, ``training.json``. The same call on the same folder continues, and a continued run
    equals an uninterrupted one: every random draw comes from seed, epoch and utterance.

    Parameters
    ----------
    corpus : Corpus or sequence of Corpus
        With labels and, unless it has a split, speakers. Of several, see `Pool`.
    run : str or Path
        Folder of the run.
    recipe : Recipe
    dev_speakers, test_speakers : sequence of str, optional
        See `deepspectrum_features.corpus.hold_out`.
    fold : Fold, optional
        A division made already, in their place: row numbers among the labelled utterances.
    pretrained : str or Path, optional
        A file of weights to begin with, for the systems that take some: a state dict of
        torchvision's AlexNet. Its sha256 is kept in the recipe of the run.
    say : callable, optional
        Receives one line per event.
    bar : bool, optional
        Show a progress bar at a terminal or in a notebook.
    watch : callable, optional
        Called after every batch, and before an epoch is written down; what it raises ends the
        training, which the same call continues.

    Returns
    -------
    Path
        ``run / "training.json"``.

    Raises
    ------
    CorpusError
        If labels or speakers are missing or too few, one person may stand under two names, or a
        recording is trained on and scored.
    TrainingError
        If the folder holds a run of another plan, or cannot be written, the weights to begin with
        do not fit, or the precision needs a GPU.
    """
    run = arguments.path("run", run)
    _check_precision(recipe)
    weights = brought_weights(recipe, pretrained)
    recipe = weights.recipe(recipe) if weights else recipe
    corpora = [corpus] if isinstance(corpus, Corpus) else corpus
    pool = Pool.of(corpora, say, unlabelled=bool(recipe.training.distil) and fold is None)
    chosen = fold
    fold = chosen or pool.hold_out(dev_speakers, test_speakers)
    divided = {*fold.train, *fold.dev, *fold.test}
    rest = [one.label for row, one in enumerate(pool.utterances) if row not in divided]
    if left_out := sum(map(bool, rest)):
        say(f"{counted(left_out, 'utterance')} left out, without a split")
    if left_out := rest.count(""):
        say(f"{counted(left_out, 'utterance')} left out, without a label, held out or nameless")
    _claim(run, _plan(pool, recipe, fold))
    if (run / RESULT).exists():
        say(f"{run}: complete")
        return run / RESULT
    for line in _held_out(fold, pool.utterances) if chosen is None else ():
        say(line)
    with alone(run / "lock"):
        lightning.seed_everything(recipe.training.seed, verbose=False)
        network = build_network(recipe, len(pool.classes))
        if weights:
            weights.bring(network)
        data = read_fold(pool, network, recipe, fold, say, bar)
        network.fit_statistics([torch.from_numpy(frames) for frames in data.train.frames])
        journal = Journal(run, recipe.training.epochs, CHECKPOINT, WEIGHTS, say, bar, watch)
        fit(network, recipe, data, run / CHECKPOINT, journal)
        network.load_state_dict(load_file(run / WEIGHTS))
    scores: dict[str, Any] = {
        "protocol": f"{_independence(pool.utterances)}, {fold.name}; epoch chosen by UA on dev"
    }
    for side, examples in (("dev", data.dev), ("test", data.test)):
        if examples.frames:
            found = score_network(network, recipe, examples, pool)
            scores[side] = asdict(found)
            of = counted(found.utterances, "utterance")
            say(f"{side}: UA {found.ua:.3f}, WA {found.wa:.3f}, {of}")
    result = {
        "recipe": recipe.to_dict(),
        "classes": pool.classes,
        "training": data.provenance,
        "scores": scores,
    }
    write_text(run / RESULT, json.dumps(result, indent=1, ensure_ascii=False))
    return run / RESULT


def _held_out(fold: Fold, utterances: Sequence[Utterance]) -> Iterator[str]:
    """Yield who is held out, and which classes are then not asked for."""
    yield fold.name
    classes = {utterances[row].label for row in (*fold.train, *fold.dev, *fold.test)} - {""}
    for side in ("dev", "test"):
        held_out = {utterances[row].label for row in getattr(fold, side)}
        if held_out and (missing := sorted(classes - held_out)):
            named = first_few(missing)
            yield f"no {side} utterance of {named}: UA there is the mean of the other classes alone"


def _independence(utterances: Sequence[Utterance]) -> str:
    """Say what the protocol may claim: folds are checked only where speakers are known."""
    known = all(one.speaker for one in utterances)
    return "speaker-independent" if known else "speakers unknown and not checked"


def _plan(pool: Pool, recipe: Recipe, fold: Fold) -> dict[str, Any]:
    """Say what a run is about: two runs of one plan are the same run."""
    sides = {row: side for side in SIDES for row in getattr(fold, side)}
    keys = [
        (*one.planned, one.label, one.speaker, sides.get(row))
        for row, one in enumerate(pool.utterances)
    ]
    plan = corpus_plan(pool.name, keys)
    return plan | {"recipe": recipe.to_dict(), "fold": fold.name}


def _check_precision(recipe: Recipe) -> None:
    """Refuse what the trainer would replace on a processor by another precision."""
    if recipe.training.precision == "16-mixed" and not torch.accelerator.is_available():
        raise TrainingError(
            "precision 16-mixed: no GPU here, need one, or --precision bf16-mixed or 32"
        )


def _claim(run: Path, plan: dict[str, Any]) -> None:
    """Make the run's folder, or check that it holds this very plan."""
    check_own(run)
    run.mkdir(parents=True, exist_ok=True)
    if differences := claim(run, plan):
        system = [one for one in differences if one.startswith("recipe.network.system:")]
        differences = system or differences  # another system differs in all else too
        raise TrainingError(
            f"{run}: holds a run with another plan ({'; '.join(differences)}), need a new folder"
        )
