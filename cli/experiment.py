"""``dsf experiment``: train, export, extract and score, fold by fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from deepspectrum_features.cli.options import corpus_options, examples, preset_recipe, say
from deepspectrum_features.recipe import PRESETS


@click.command(
    "experiment",
    short_help="Compare a system with openSMILE, one encoder a fold.",
    epilog=examples(
        "dsf experiment emodb/ run/ --layout emodb --preset compact",
        "dsf experiment nemo/ run/ --layout nemo --fold EB0   # this fold alone, on a GPU machine",
    ),
)
@click.argument("source", metavar="CORPUS", type=click.Path(readable=False))
@click.argument("folder", metavar="FOLDER", type=click.Path(readable=False, file_okay=False))
@corpus_options
@click.option(
    "--system",
    multiple=True,
    type=click.Choice(list(PRESETS)),
    default=[next(iter(PRESETS))],
    show_default=True,
)
@click.option("--preset", default="compact", metavar="NAME", help="paper or compact (default).")
@click.option(
    "--protocol",
    type=click.Choice(["loso", "grouped", "session", "split"]),
    help="Default: the split, else loso up to 20 speakers, grouped beyond.",
)
@click.option(
    "--against",
    multiple=True,
    metavar="SET|ENCODER",
    help="Features to compare with (default: egemaps and compare, where openSMILE is installed).",
)
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Instead of the preset's.")
@click.option(
    "--classifier",
    multiple=True,
    type=click.Choice(["svm", "dnn"]),
    default=["svm", "dnn"],
    show_default=True,
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Encoders for every fold; the mean of their scores is judged, each alone beside it.",
)
@click.option("--fold", multiple=True, metavar="NAME", help="Compute this fold, score nothing.")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Default: every CPU.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    source: str,
    folder: str,
    system: tuple[str, ...],
    preset: str,
    protocol: str | None,
    against: tuple[str, ...],
    epochs: int | None,
    classifier: tuple[str, ...],
    seeds: int,
    fold: tuple[str, ...],
    jobs: int | None,
    quiet: bool,
    **reading: str | None,
) -> None:
    """Leave speakers of CORPUS out in turn: train, export, extract, fit SVM and DNN, score.

    Other features (openSMILE's, or those of encoders that are there already) go through the same
    folds into the same table. FOLDER keeps every fold (folds/NAME/SYSTEM, of a speaker left out
    the speaker's name), the decoded sound and results/; the same command continues after an
    interruption, and folds that another machine computed with --fold can be copied in.
    """
    tell, place = say(quiet), Path(folder)
    tell(f"reading {source}")
    from deepspectrum_features.baselines.experiment import check_folders, name_of, run_experiment
    from deepspectrum_features.baselines.results import check_place
    from deepspectrum_features.corpus.corpus import Corpus

    check_folders(place)
    if (place / "results").exists():
        check_place(place / "results", overwrite=True)
    recipes = [preset_recipe(name, preset) for name in system]
    if epochs is not None:
        recipes = [
            replace(recipe, training=replace(recipe.training, epochs=epochs)) for recipe in recipes
        ]
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
        jobs=jobs,
        bar=not quiet,
        say=tell,
    )
    if results is None:
        return
    try:
        click.echo(results.markdown())
    finally:
        results.write(place / "results")
