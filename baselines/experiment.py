"""A whole experiment: for every fold train, export, extract, classify; predictions are pooled.

Each fold's encoder spans a space of its own, so features of different folds never meet: every fold
has its own feature file of all utterances, classifiers are fitted on its train rows, choose on its
dev rows (whose speakers gave the encoder no gradient), and predict its test rows. All that can be
refused is refused before anything is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deepspectrum_features import arguments
from deepspectrum_features.baselines.experiment_folds import TrainedSystem, plan_folds
from deepspectrum_features.baselines.experiment_scores import evaluation_of
from deepspectrum_features.baselines.experiment_sound import (
    check_sound,
    keep_frames,
    keep_sound,
    set_aside_short,
)
from deepspectrum_features.baselines.experiment_sources import (
    default_sets,
    extract_sources,
    noticing,
    open_sources,
    refuse_heard,
)
from deepspectrum_features.baselines.experiment_tasks import TrainingTask, compute_by
from deepspectrum_features.baselines.normalisation import check_normalise
from deepspectrum_features.baselines.plans import check_choices
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_document import check_place
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.keywords import corpus_of
from deepspectrum_features.corpus.sources.python_lists import Source
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.files import check_folder
from deepspectrum_features.recipe import SYSTEMS, Recipe
from deepspectrum_features.training.labelled import labelled_utterances

Say = Callable[[str], object]


@naming_extras()
def run_experiment(
    corpus: Corpus | Source,
    folder: str | Path,
    recipe: Recipe | Mapping[str, Recipe],
    *,
    protocol: str | None = None,
    against: Sequence[str] | None = None,
    classifiers: Sequence[str] = ("svm", "dnn"),
    normalise: Sequence[str] | None = None,
    seeds: int = 1,
    only: Sequence[str] = (),
    readable_by: Sequence[Recipe] = (),
    reference: str = "",
    pretrained: str | Path | None = None,
    jobs: int | None = None,
    backend: str = "local",
    scheduler: str | None = None,
    bar: bool = False,
    say: Say = lambda _: None,
) -> Results | None:
    """Train one encoder a fold, then score its features beside others on the same folds.

    Parameters
    ----------
    corpus : Corpus, str, Path, list or DataFrame
        A corpus, or what `Corpus.read` reads, with labels, and speakers or a split.
    folder : str or Path
        Of the experiment; the same call continues it.
    recipe : Recipe, or mapping of str to Recipe
        What to train, or several systems under the names that the results give them; one alone is
        named after its system and preset.
    protocol : str, optional
        See `deepspectrum_features.corpus.make_protocol`; every fold has dev rows.
    against : sequence of str, optional
        Features to compare with: ``egemaps``, ``compare``, or encoders by name or path. Default
        both of openSMILE's sets, where openSMILE is installed.
    classifiers, normalise : sequence of str
        As in `deepspectrum_features.evaluate`; default all, ``speaker`` where all are known.
    seeds : int, optional
        Encoders to train for every fold, each from a seed of its own: the mean of their scores is
        judged, and each seed alone beside it.
    only : sequence of str, optional
        Names of the folds to compute here, without scoring.
    readable_by : sequence of Recipe, optional
        Further systems that must be able to read every utterance: an utterance that is long enough
        for some of all systems alone is left out of training and test.
    reference : str, optional
        Name of a recipe: all others are compared with it. Default every pair is.
    pretrained : str or Path, optional
        A file of weights to begin with, for the systems among these that take some: see
        `deepspectrum_features.training.train`.
    jobs : int, optional
        Parts at a time when extracting, and fits; of a cluster, folds at a time.
    backend, scheduler : str, optional
        As of `ExtractionOptions`: ``dask`` has a cluster compute the folds.
    bar : bool, optional
        Show progress bars at a terminal or in a notebook.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    Results or None
        None where ``only`` is given.

    Raises
    ------
    CorpusError
        If labels or speakers are missing or too few, or a recording is on both sides of a fold.
    DsfError
        If the folder holds another experiment, or cannot be written.
    TypeError, ValueError
        If an argument does not fit, naming it: there is no classifier, normalisation or protocol of
        a name that is given.
    """
    seeds, folder = arguments.whole_number("seeds", seeds) or 1, arguments.path("folder", folder)
    how = ExtractionOptions(jobs=jobs, backend=backend, scheduler=scheduler, bar=bar)
    jobs, cluster = how.jobs, how.cluster
    check_folders(folder)
    corpus = corpus_of(corpus)
    corpus = corpus if corpus.headers else corpus.scan()
    kept = folder
    if cluster:  # relative paths mean nothing elsewhere; results tell the one that was given
        kept, corpus = folder.absolute(), replace(corpus, root=corpus.root.absolute())
    notice = noticing(corpus, say)
    unlabelled = [one for one in corpus.utterances if not one.label]
    corpus = replace(corpus, utterances=labelled_utterances(corpus))
    chosen = plan_folds(corpus, protocol)
    names = [fold.name for fold in chosen.folds]
    if unknown := [name for name in only if name not in names]:
        raise DsfError(f"--fold {unknown[0]}: no such fold, need one of {', '.join(names)}")
    recipes = {name_of(recipe): recipe} if isinstance(recipe, Recipe) else dict(recipe)
    weights = arguments.optional_path("pretrained", pretrained)
    if weights is not None:
        recipes, weights = _begun(recipes, weights), weights.absolute()
    sources = open_sources(default_sets(say) if against is None else against, taken=recipes)
    normalise = _normalise(corpus) if normalise is None else normalise
    check_choices(classifiers=classifiers, normalise=normalise)
    check_normalise(normalise, corpus.utterances, corpus.root)
    if cluster:
        list(cluster.run(()))  # that it is missing is better known before any work
    folder.mkdir(parents=True, exist_ok=True)
    corpus = keep_sound(corpus, chosen, kept, bar, say)
    corpus, short = set_aside_short(corpus, [*recipes.values(), *readable_by])
    if short:
        say(f"left out: {_left_out(short)}")
        chosen = plan_folds(corpus, protocol)
    check_sound(corpus, chosen)
    systems = [
        TrainedSystem.plan(name, one, chosen, kept, number)
        for name, one in recipes.items()
        for number in range(seeds)
    ]
    corpus = keep_frames(corpus, recipes.values(), kept / "frames", jobs, bar, say)
    paths = [] if only else list(extract_sources(sources, corpus, folder, replace(how, say=notice)))
    refuse_heard(chosen, corpus, [path for path in paths if sources[path.stem] is not None])
    tasks = [
        TrainingTask(system.runs[number], corpus, system.recipe, weights)
        for number, fold in enumerate(chosen.folds)
        for system in (systems if not only or fold.name in only else ())
    ]
    if cluster:
        compute_by(cluster, tasks, kept, say, notice)
    else:
        for task in tasks:
            task.compute(jobs, bar, say, notice)
    if only:
        return None
    title = f"{corpus.name}: {', '.join([*recipes, *sources])}"
    evaluation = evaluation_of(title, chosen, systems, paths, classifiers, normalise, say)
    left_out = [_left_out(short), LeftOut("utterances without a label", len(unlabelled))]
    left_out = [*evaluation.left_out, *(one for one in left_out if one.rows)]
    evaluation = replace(evaluation, left_out=left_out, reference=reference)
    return evaluation.run(folder / "fits", jobs, bar)


def _begun(recipes: Mapping[str, Recipe], weights: Path) -> dict[str, Recipe]:
    """Let the systems that take weights begin with those of a file; one of them must."""
    from deepspectrum_features.training.pretrained import PretrainedWeights

    brought = PretrainedWeights.read(weights)
    takers = [name for name, one in recipes.items() if SYSTEMS[one.network.system].for_pretrained]
    begun = {name: brought.recipe(recipes[name]) for name in takers or recipes}
    return {**recipes, **begun}


def check_folders(folder: Path) -> None:
    """Refuse an experiment's folder that cannot be written, or one of those in it."""
    for name in ("", "sound", "frames", "folds", "fits", "results"):
        check_folder(folder / name, DsfError)


def check_results(folder: Path) -> None:
    """Refuse an experiment's folder that its results cannot be written into, before any work."""
    check_folders(folder)
    if (folder / "results").exists():
        check_place(folder / "results", overwrite=True)


def name_of(recipe: Recipe) -> str:
    """Name a system after its recipe.

    Examples
    --------
    >>> name_of(Recipe())
    'zhao2018-asmmc-paper'
    """
    return f"{recipe.network.system}-{recipe.preset}"


def _left_out(short: Sequence[Utterance]) -> LeftOut:
    return LeftOut.of("utterances too short for the longest window", [one.label for one in short])


def _normalise(corpus: Corpus) -> list[str]:
    """Return every way to normalise: by speaker where each utterance has one."""
    return ["global", "speaker"] if all(one.speaker for one in corpus.utterances) else ["global"]
