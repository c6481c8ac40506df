"""``dsf reproduce``: a paper's study, from its corpus to its table."""

from __future__ import annotations

from pathlib import Path

import click

from deepspectrum_features.cli.options import (
    against_option,
    backend_options,
    epochs_option,
    examples,
    fold_option,
    jobs_option,
    preset_option,
    preset_recipe,
    pretrained_option,
    quiet_option,
    say,
    tell_scores,
)
from deepspectrum_features.recipe import SYSTEMS


@click.command(
    "reproduce",
    short_help="Do a published study again, from its corpus to its table.",
    epilog=examples(
        "dsf reproduce zhao2018-asmmc IEMOCAP_full_release/ run/",
        "dsf reproduce zhao2018-interspeech IEMOCAP_full_release/ run/ --study iemocap-set-1",
        "dsf reproduce zhao2018-asmmc IEMOCAP_full_release/ run/ --preset compact --epochs 5",
    ),
)
@click.argument("system", metavar="SYSTEM", type=click.Choice(list(SYSTEMS)))
@click.argument("source", metavar="CORPUS", type=click.Path(readable=False))
@click.argument("folder", metavar="FOLDER", type=click.Path(readable=False, file_okay=False))
@click.option("--study", metavar="NAME", help="Which, where the paper has several.")
@preset_option("paper")
@pretrained_option
@epochs_option
@against_option
@click.option("--seeds", type=click.IntRange(1), default=1, metavar="N", help="Encoders a fold.")
@fold_option
@jobs_option
@backend_options
@quiet_option
def command(
    system: str,
    source: str,
    folder: str,
    study: str | None,
    preset: str,
    pretrained: str | None,
    epochs: int | None,
    against: tuple[str, ...],
    seeds: int,
    fold: tuple[str, ...],
    jobs: int | None,
    backend: str,
    scheduler: str | None,
    quiet: bool,
) -> None:
    """Train SYSTEM on CORPUS by its paper's protocol; put the paper's scores beside those found.

    CORPUS is the folder as the corpus's authors give it. Labels, folds and sizes are the paper's;
    what differs from it, or what it leaves open, is listed under the table. FOLDER is that of an
    experiment, which the same command continues; results/reproduction.md holds the table.
    """
    tell, place = say(quiet), Path(folder)
    tell(f"reading {source}")
    from deepspectrum_features.baselines.experiment import check_results
    from deepspectrum_features.baselines.reproduction import reproduce

    check_results(place)
    found = reproduce(
        source,
        place,
        preset_recipe(system, preset, epochs=epochs),
        study=study,
        against=list(dict.fromkeys(against)) or None,
        seeds=seeds,
        only=fold,
        pretrained=pretrained,
        jobs=jobs,
        backend=backend,
        scheduler=scheduler,
        bar=not quiet,
        say=tell,
    )
    tell_scores(found, place, tell)
