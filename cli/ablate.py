"""``dsf ablate``: one system at many resolutions of its spectrogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from deepspectrum_features.cli.options import (
    examples,
    experiment_options,
    preset_recipe,
    say,
    tell_scores,
)
from deepspectrum_features.recipe.resolution import grid, spectral_systems

_SYSTEMS = spectral_systems()


def _numbers(_: click.Context, param: click.Parameter, value: str | None) -> list[float] | None:
    """Read numbers above zero, divided by commas."""
    if value is None:
        return None
    try:
        found = [float(one) for one in value.split(",") if one.strip()]
    except ValueError:
        found = [math.nan]
    if not all(0 < one < math.inf for one in found):
        raise click.BadParameter(f"{value!r}, need numbers such as 20,40", param=param)
    return found


def _bands(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    """Read whole numbers above zero, divided by commas."""
    found = _numbers(ctx, param, value)
    if found is None:
        return None
    if any(one != round(one) for one in found):
        raise click.BadParameter(f"{value!r}, need whole numbers", param=param)
    return [round(one) for one in found]


@click.command(
    "ablate",
    short_help="Train a system at many resolutions of its spectrogram.",
    epilog=examples(
        "dsf ablate emodb/ ablation/ --layout emodb",
        "dsf ablate emodb/ ablation/ --layout emodb --bands 20,40,64 --windows 25,32",
        "dsf ablate emodb/ ablation/ --layout emodb --cells 25ms-40mel,25ms-20hz",
    ),
)
@click.option("--system", type=click.Choice(_SYSTEMS), default=_SYSTEMS[0], show_default=True)
@click.option("--bands", callback=_bands, metavar="N,N", help="Mel bands, in windows of 25 ms.")
@click.option("--windows", callback=_numbers, metavar="MS,MS", help="Windows, with 40 mel bands.")
@click.option(
    "--bins", callback=_numbers, metavar="HZ,HZ", help="Bins of equal width, in windows of 25 ms."
)
@click.option("--cells", default="", metavar="NAME,NAME", help="Of the grid these alone.")
@experiment_options
def command(
    source: str,
    folder: str,
    system: str,
    preset: str,
    bands: list[int] | None,
    windows: list[float] | None,
    bins: list[float] | None,
    cells: str,
    protocol: str | None,
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
    """Train a system at every resolution of a grid, and score each as dsf experiment does.

    Default is the grid of Zhao et al. 2018: 30, 40, 60, 80, 100 mel bands in windows of 25 ms, 40
    bands in windows of 15, 25, 50, 100, 200 ms, and bins of 10, 20, 40 Hz: 12 cells, named as
    25ms-40mel or 25ms-20hz. Of --bands, --windows and --bins, what is given makes the grid. Every
    cell is compared with 25ms-40mel, on rows that all can read. The same command continues, and
    another grid in the same FOLDER keeps the cells that are done. FOLDER/results gets ablation.md,
    ablation.png and what dsf report reads.
    """
    tell, place = say(quiet), Path(folder)
    tell(f"reading {source}")
    from deepspectrum_features.baselines.ablation import run_ablation
    from deepspectrum_features.baselines.experiment import check_results
    from deepspectrum_features.corpus.corpus import Corpus

    check_results(place)
    found = run_ablation(
        Corpus.read(source, **reading).scan(),
        place,
        preset_recipe(system, preset, epochs=epochs, precision=precision),
        _grid(bands=bands, windows_ms=windows, bins_hz=bins),
        chosen=[name.strip() for name in cells.split(",") if name.strip()],
        protocol=protocol,
        classifiers=list(dict.fromkeys(classifier)),
        seeds=seeds,
        only=fold,
        jobs=jobs,
        backend=backend,
        scheduler=scheduler,
        bar=not quiet,
        say=tell,
    )
    tell_scores(found, place, tell)


def _grid(**axes: Sequence[Any] | None) -> Any:
    """Make the grid of what is given; of nothing the paper's."""
    given = any(values is not None for values in axes.values())
    return grid(**{name: values or () for name, values in axes.items()}) if given else grid()
