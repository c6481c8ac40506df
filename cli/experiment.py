"""``dsf experiment``: train, export, extract and score, fold by fold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from deepspectrum_features.cli.options import (
    against_option,
    examples,
    experiment_options,
    preset_recipe,
    pretrained_option,
    say,
    tell_scores,
)
from deepspectrum_features.cli.options_file import config_option, write_options
from deepspectrum_features.recipe import PRESETS


@click.command(
    "experiment",
    short_help="Compare a system with openSMILE, one encoder a fold.",
    epilog=examples(
        "dsf experiment emodb/ run/ --layout emodb --preset compact",
        "dsf experiment nemo/ run/ --layout nemo --fold EB0   # this fold alone, on a GPU machine",
        "dsf experiment --config run/experiment.toml   # what run/ was made with",
    ),
)
@click.option(
    "--system",
    multiple=True,
    type=click.Choice(list(PRESETS)),
    default=[next(iter(PRESETS))],
    show_default=True,
)
@against_option
@pretrained_option
@experiment_options
@config_option
def command(
    source: str,
    folder: str,
    system: tuple[str, ...],
    preset: str,
    pretrained: str | None,
    protocol: str | None,
    against: tuple[str, ...],
    epochs: int | None,
    precision: str | None,
    classifier: tuple[str, ...],
    seeds: int,
    fold: tuple[str, ...],
    jobs: int | None,
    backend: str,
    scheduler: str | None,
    quiet: bool,
    **reading: Any,
) -> None:
    """Leave speakers of CORPUS out in turn: train, export, extract, fit SVM and DNN, score.

    Other features (openSMILE's, or those of encoders that are there already) go through the same
    folds into the same table. FOLDER keeps every fold (folds/NAME/SYSTEM, of a speaker left out
    the speaker's name), the decoded sound and results/; the same command continues after an
    interruption, and folds that another machine computed with --fold can be copied in. The options
    stand in FOLDER/experiment.toml in the end.
    """
    tell, place = say(quiet), Path(folder)
    tell(f"reading {source}")
    from deepspectrum_features.baselines.experiment import check_results, name_of, run_experiment
    from deepspectrum_features.corpus.corpus import Corpus

    check_results(place)
    recipes = [preset_recipe(name, preset, epochs=epochs, precision=precision) for name in system]
    corpus = Corpus.read(source, **reading).scan()
    results = run_experiment(
        corpus,
        place,
        {name_of(recipe): recipe for recipe in recipes},
        protocol=protocol,
        against=list(dict.fromkeys(against)) or None,
        classifiers=list(dict.fromkeys(classifier)),
        seeds=seeds,
        only=fold,
        pretrained=pretrained,
        jobs=jobs,
        backend=backend,
        scheduler=scheduler,
        bar=not quiet,
        say=tell,
    )
    write_options(click.get_current_context(), place / "experiment.toml")
    tell_scores(results, place, tell)
