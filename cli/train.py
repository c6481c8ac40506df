"""``dsf train``: fit an encoder on labelled corpora."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deepspectrum_features.cli.options import (
    corpus_options,
    examples,
    names,
    precision_option,
    preset_option,
    preset_recipe,
    pretrained_option,
    quiet_option,
    say,
    with_training,
)
from deepspectrum_features.errors import CorpusError, RecipeError, near_path
from deepspectrum_features.recipe import PRESETS, Recipe
from deepspectrum_features.run_folder import check_own
from deepspectrum_features.terminal import counted

if TYPE_CHECKING:
    from deepspectrum_features.corpus.corpus import Corpus

#: What may be said of the reading of several corpora: it means the same in each.
_OF_EVERY = ("labels_from", "limit")


def _some(context: click.Context, _: click.Parameter, sources: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a path alone: it is IN to whoever wrote it, and what is missing is RUN."""
    if not sources:
        raise click.MissingParameter(ctx=context, param_hint="'RUN'", param_type="argument")
    return sources


@click.command(
    "train",
    short_help="Train an encoder on labelled corpora.",
    epilog=examples(
        "dsf train nemo/ run/ --layout nemo --test-speakers MK0,WR0",
        "dsf train nemo/ run/ --layout nemo --preset paper      # as published; needs a GPU",
        "dsf train emodb/ nemo/ urdu/ run/ --test-speakers nemo/MK0,nemo/WR0",
        "dsf export run/ my-encoder.onnx",
    ),
)
@click.argument(
    "sources", metavar="IN...", nargs=-1, type=click.Path(readable=False), callback=_some
)
@click.argument("run", metavar="RUN", type=click.Path(readable=False, file_okay=False))
@corpus_options
@click.option("--system", type=click.Choice(list(PRESETS)), default=next(iter(PRESETS)))
@preset_option("compact")
@click.option(
    "--recipe", type=click.Path(readable=False), metavar="FILE", help="JSON recipe, in their place."
)
@pretrained_option
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Instead of the recipe's.")
@precision_option
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Instead of the recipe's.")
@click.option("--dev-speakers", callback=names, metavar="A,B", help="They choose the epoch.")
@click.option("--test-speakers", callback=names, metavar="C,D", help="They are only scored.")
@quiet_option
def command(
    sources: tuple[str, ...],
    run: str,
    system: str,
    preset: str,
    recipe: str | None,
    pretrained: str | None,
    epochs: int | None,
    precision: str | None,
    seed: int | None,
    dev_speakers: list[str] | None,
    test_speakers: list[str] | None,
    quiet: bool,
    **reading: Any,
) -> None:
    """Train a network on IN in the folder RUN; the same command continues an interrupted run.

    Speakers are kept apart: by default the last one in sorted order chooses the epoch. RUN gets
    a learning-curve picture, the scores on the test speakers and the weights for dsf export.

    Of several IN, each is read by its corpus.csv or as its names say, by default the last speaker
    of each chooses the epoch, and speakers are named CORPUS/SPEAKER. Corpora of the same labels
    share their classes, others are told apart for themselves.
    """
    tell = say(quiet)
    check_own(Path(run))
    chosen = with_training(
        _recipe(system, preset, recipe), epochs=epochs, seed=seed, precision=precision
    )
    if len(sources) > 1:
        _check_reading(reading, len(sources))
    corpora = [_read(source, reading, tell) for source in sources]
    length = counted(chosen.training.epochs, "epoch")
    told = f"{chosen.network.system}, {chosen.preset} size, {length}"
    labelled = [bool(one.label) for corpus in corpora for one in corpus.utterances]
    tell(f"{counted(sum(labelled), 'utterance')} to train {told}")
    if chosen.training.distil and (bare := labelled.count(False)):
        tell(f"{counted(bare, 'utterance')} without a label, to learn descriptors of")
    from deepspectrum_features.training.run import train

    result = train(
        corpora,
        Path(run),
        chosen,
        dev_speakers=dev_speakers or (),
        test_speakers=test_speakers or (),
        pretrained=pretrained,
        say=tell,
        bar=not quiet,
    )
    click.echo(result)


def _check_reading(reading: dict[str, Any], count: int) -> None:
    """Refuse options of reading that are of one corpus alone."""
    for name, value in reading.items():
        if value is not None and name not in _OF_EVERY:
            given = ",".join(value) if isinstance(value, list) else value
            raise CorpusError(
                f"--{name.replace('_', '-')} {given}: is of one corpus, {count} are given, need "
                "one (or a corpus.csv in each)"
            )


def _read(source: str, reading: dict[str, Any], tell: Callable[[str], None]) -> Corpus:
    """Read a corpus and its headers; say what is odd in it."""
    tell(f"reading {source}")
    from deepspectrum_features.corpus.several import recognised

    corpus = recognised(source, **reading).scan()
    for notice in (*corpus.notices, *(f"refused {one}" for one in corpus.refused)):
        tell(notice)
    return corpus


def _recipe(system: str, preset: str, file: str | None) -> Recipe:
    """Take a recipe from a file or by system and preset."""
    if file is None:
        return preset_recipe(system, preset)
    try:
        values = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RecipeError(
            f"{file}: not a readable JSON recipe ({error}){near_path(Path(file))}"
        ) from None
    return Recipe.from_dict(values, where=file)
