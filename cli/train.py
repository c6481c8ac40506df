"""``dsf train``: fit an encoder on a labelled corpus."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from deepspectrum_features.cli.options import (
    corpus_options,
    examples,
    names,
    preset_option,
    preset_recipe,
    pretrained_option,
    quiet_option,
    say,
)
from deepspectrum_features.errors import RecipeError, TrainingError
from deepspectrum_features.files import check_folder
from deepspectrum_features.recipe import PRESETS, Recipe
from deepspectrum_features.terminal import counted


@click.command(
    "train",
    short_help="Train an encoder on a labelled corpus.",
    epilog=examples(
        "dsf train nemo/ run/ --layout nemo --test-speakers MK0,WR0",
        "dsf train nemo/ run/ --layout nemo --preset paper      # as published; needs a GPU",
        "dsf export run/ my-encoder.onnx",
    ),
)
@click.argument("source", metavar="IN", type=click.Path(readable=False))
@click.argument("run", metavar="RUN", type=click.Path(readable=False, file_okay=False))
@corpus_options
@click.option("--system", type=click.Choice(list(PRESETS)), default=next(iter(PRESETS)))
@preset_option("compact")
@click.option(
    "--recipe", type=click.Path(readable=False), metavar="FILE", help="JSON recipe, in their place."
)
@pretrained_option
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Instead of the recipe's.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Instead of the recipe's.")
@click.option("--dev-speakers", callback=names, metavar="A,B", help="They choose the epoch.")
@click.option("--test-speakers", callback=names, metavar="C,D", help="They are only scored.")
@quiet_option
def command(
    source: str,
    run: str,
    system: str,
    preset: str,
    recipe: str | None,
    pretrained: str | None,
    epochs: int | None,
    seed: int | None,
    dev_speakers: list[str] | None,
    test_speakers: list[str] | None,
    quiet: bool,
    **reading: Any,
) -> None:
    """Train a network on IN in the folder RUN; the same command continues an interrupted run.

    Speakers are kept apart: by default the last one in sorted order chooses the epoch. RUN gets
    a learning-curve picture, the scores on the test speakers and the weights for dsf export.
    """
    tell = say(quiet)
    tell(f"reading {source}")
    from deepspectrum_features.corpus.corpus import Corpus

    check_folder(Path(run), TrainingError)
    chosen = _recipe(system, preset, recipe)
    training = dataclasses.replace(
        chosen.training,
        epochs=chosen.training.epochs if epochs is None else epochs,
        seed=chosen.training.seed if seed is None else seed,
    )
    chosen = dataclasses.replace(chosen, training=training)
    corpus = Corpus.read(source, **reading).scan()
    for notice in (*corpus.notices, *(f"refused {one}" for one in corpus.refused)):
        tell(notice)
    told = f"{chosen.network.system}, {chosen.preset} size, {counted(training.epochs, 'epoch')}"
    tell(f"{counted(len(corpus.utterances), 'utterance')} to train {told}")
    from deepspectrum_features.training.run import train

    result = train(
        corpus,
        Path(run),
        chosen,
        dev_speakers=dev_speakers or (),
        test_speakers=test_speakers or (),
        pretrained=pretrained,
        say=tell,
        bar=not quiet,
    )
    click.echo(result)


def _recipe(system: str, preset: str, file: str | None) -> Recipe:
    """Take a recipe from a file or by system and preset."""
    if file is None:
        return preset_recipe(system, preset)
    try:
        values = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(f"{file}: not a readable JSON recipe ({error})") from None
    return Recipe.from_dict(values, where=file)
