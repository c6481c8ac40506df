"""What several commands share: how a corpus is read, how an experiment is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deepspectrum_features.cli.completion import layouts
from deepspectrum_features.cli.screen import show
from deepspectrum_features.errors import RecipeError
from deepspectrum_features.recipe import PRESETS, Recipe

if TYPE_CHECKING:
    from deepspectrum_features.baselines.ablation import Ablation
    from deepspectrum_features.baselines.reproduction import Reproduction
    from deepspectrum_features.baselines.results import Results

Command = Callable[..., Any]
Option = Callable[[Command], Command]


def together(*options: Option) -> Option:
    """Return what adds several options, which the help then lists in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


layout_option = click.option(
    "--layout",
    metavar="NAME",
    shell_complete=layouts,
    help="Known corpus (NAME:VARIANT), or a .toml file.",
)

against_option = click.option(
    "--against",
    multiple=True,
    metavar="SET|ENCODER",
    help="Features to compare with (default: egemaps and compare, where openSMILE is installed).",
)

epochs_option = click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help="Instead of the preset's."
)

precision_option = click.option(
    "--precision",
    type=click.Choice(["32", "bf16-mixed", "16-mixed"]),
    help="Of the products of training; the encoder stays single. Default: the recipe's, 32.",
)

fold_option = click.option(
    "--fold", multiple=True, metavar="NAME", help="Compute this fold, score nothing."
)

jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Default: every CPU."
)

backend_options = together(
    click.option(
        "--backend",
        type=click.Choice(["local", "dask"]),
        default="local",
        show_default=True,
        help="Compute here, or by the workers of a Dask cluster.",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Of the cluster: tcp://HOST:PORT, tls://."),
)

quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")

pretrained_option = click.option(
    "--pretrained",
    type=click.Path(readable=False),
    metavar="FILE",
    help="Weights to begin with: torchvision's AlexNet (zhang2018-apsipa, paper).",
)


def names(_: click.Context, __: click.Parameter, value: str | None) -> list[str] | None:
    """Read names, divided by commas."""
    found = [] if value is None else [name.strip() for name in value.split(",") if name.strip()]
    return found or None


#: How a corpus is read.
corpus_options = together(
    layout_option,
    click.option(
        "--labels-from",
        type=click.Choice(["parent-folder"]),
        help="Label every recording by the folder it lies in.",
    ),
    click.option("--name", metavar="NAME", help="Name of the corpus."),
    click.option(
        "--root",
        type=click.Path(readable=False),
        metavar="FOLDER",
        help="Folder a manifest's paths are relative to (default: its own).",
    ),
    click.option(
        "--exclude",
        type=click.Path(readable=False),
        metavar="TABLE",
        help="CSV of what to leave out: file, (start, end, channel).",
    ),
    click.option("--speakers", callback=names, metavar="A,B", help="Take these speakers alone."),
    click.option(
        "--limit",
        type=click.IntRange(1),
        metavar="N",
        help="Take N utterances, in turn of every speaker and label.",
    ),
)


def preset_option(default: str) -> Option:
    """Return what adds ``--preset``, and names the presets there are."""
    return click.option(
        "--preset",
        default=default,
        show_default=True,
        metavar="NAME",
        help="compact, for a CPU, or paper, as published, for a GPU; zhao2018-interspeech and "
        "xie2019-taslp have compact-log-mel and paper-log-mel too.",
    )


#: Where an experiment finds its corpus and its folder, and how it is made.
experiment_options = together(
    click.argument("source", metavar="CORPUS", type=click.Path(readable=False)),
    click.argument("folder", metavar="FOLDER", type=click.Path(readable=False, file_okay=False)),
    corpus_options,
    preset_option("compact"),
    click.option(
        "--protocol",
        type=click.Choice(["loso", "grouped", "session", "split"]),
        help="Default: the split, else loso up to 20 speakers, grouped beyond.",
    ),
    epochs_option,
    precision_option,
    click.option(
        "--classifier",
        multiple=True,
        type=click.Choice(["svm", "dnn"]),
        default=["svm", "dnn"],
        show_default=True,
    ),
    click.option(
        "--seeds",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        metavar="N",
        help="Encoders for every fold; the mean of their scores is judged, each alone beside it.",
    ),
    fold_option,
    jobs_option,
    backend_options,
    quiet_option,
)


def tell_scores(
    found: Results | Ablation | Reproduction | None, folder: Path, tell: Callable[[str], None]
) -> None:
    """Print the table of an experiment and write its results; of single folds there are none."""
    if found is None:
        return
    results = folder / "results"
    try:
        show(found.markdown())
    finally:
        found.write(results)
    tell(f"{results}: written (dsf report {results} makes a page of it)")


def preset_recipe(system: str, preset: str, **training: Any) -> Recipe:
    """Return a system's recipe of one size, to be trained as it says or is told."""
    if preset not in PRESETS[system]:
        choices = ", ".join(PRESETS[system])
        raise RecipeError(f"--preset {preset}: unknown, {system} has {choices}")
    return with_training(PRESETS[system][preset], **training)


def with_training(recipe: Recipe, **told: Any) -> Recipe:
    """Return a recipe with those fields of its training that are not None; 32 is no precision."""
    changes = {name: value for name, value in told.items() if value is not None}
    if changes.get("precision") == "32":
        changes["precision"] = None
    return replace(recipe, training=replace(recipe.training, **changes))


def say(quiet: bool) -> Callable[[str], None]:
    """Return what prints an event to standard error, or nothing when quiet."""
    return (lambda _: None) if quiet else (lambda line: click.echo(line, err=True))


def examples(*lines: str) -> str:
    """Write examples so that click keeps their line ends."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
