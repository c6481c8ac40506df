"""One system at many resolutions of its spectrogram, all on the same folds and rows.

Every cell of the grid is a recipe, and the ablation an experiment with these: the sound is decoded
once, every cell and fold is kept as soon as it is done. The longest window of the grid, and of the
paper's, decides which utterances are long enough before anything is trained, so that another grid
in the same folder finds cells that fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deepspectrum_features.baselines.ablation.ablation import Ablation
from deepspectrum_features.baselines.experiment import name_of, run_experiment
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.errors import RecipeError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.recipe.resolution import REFERENCE, Resolution, choose, grid
from deepspectrum_features.terminal import counted

Say = Callable[[str], object]


@naming_extras()
def run_ablation(
    corpus: Corpus | Source,
    folder: str | Path,
    recipe: Recipe,
    cells: Sequence[Resolution] | None = None,
    *,
    chosen: Sequence[str] = (),
    protocol: str | None = None,
    classifiers: Sequence[str] = ("svm", "dnn"),
    normalise: Sequence[str] | None = None,
    seeds: int = 1,
    only: Sequence[str] = (),
    jobs: int | None = None,
    backend: str = "local",
    scheduler: str | None = None,
    bar: bool = False,
    say: Say = lambda _: None,
) -> Ablation | None:
    """Train a system at every resolution, and compare each with 25 ms and 40 mel bands.

    Parameters
    ----------
    corpus : Corpus, str, Path, list or DataFrame
        A corpus, or what `Corpus.read` reads, with labels, and speakers or a split.
    folder : str or Path
        Of the ablation; the same call continues it, and another grid finds the cells that are
        there.
    recipe : Recipe
        Of a system that takes a spectrogram; what it sees of it is replaced.
    cells : sequence of Resolution, optional
        Default the grid of Zhao et al. 2018, see `deepspectrum_features.recipe.resolution.grid`.
    chosen : sequence of str, optional
        Names of the cells to compute; default all.
    protocol, classifiers, normalise, seeds, only, jobs, backend, scheduler, bar, say
        As of `deepspectrum_features.run_experiment`.

    Returns
    -------
    Ablation or None
        None where ``only`` is given.

    Raises
    ------
    RecipeError
        If there is no cell of a name, or the system cannot take one.
    CorpusError, DsfError, TypeError, ValueError
        As of `deepspectrum_features.run_experiment`.
    """
    import matplotlib  # noqa: F401  # that it is missing is better known before all training

    cells = grid() if cells is None else cells
    wanted = choose(cells, chosen)
    recipes = {one.name: one.of(recipe) for one in wanted}
    _check_networks(recipes)
    widest = [one.of(recipe) for one in (*cells, *grid(bands=(), bins_hz=()))]
    results = run_experiment(
        corpus, folder, recipes,
        protocol=protocol, against=[], classifiers=classifiers, normalise=normalise, seeds=seeds,
        only=only, readable_by=widest, reference=REFERENCE.name, jobs=jobs, backend=backend,
        scheduler=scheduler, bar=bar, say=say,
    )  # fmt: skip
    if results is None:
        return None
    title = f"{results.corpus}: {name_of(recipe)} at {counted(len(wanted), 'resolution')}"
    return Ablation(replace(results, title=title), tuple(wanted))


def _check_networks(recipes: Mapping[str, Recipe]) -> None:
    """Build every network once: some spectrograms are too coarse for their bands."""
    from deepspectrum_features.networks import build_network

    for name, recipe in recipes.items():
        try:
            build_network(recipe, classes=2)
        except RecipeError as error:
            raise RecipeError(f"cell {name}: {error}") from None
