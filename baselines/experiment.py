"""A whole experiment: for every fold train, export, extract, classify; predictions are pooled.

Each fold's encoder spans a space of its own, so features of different folds never meet: every fold
has its own feature file of all utterances, classifiers are fitted on its train rows, choose on its
dev rows (whose speakers gave the encoder no gradient), and predict its test rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

from deepspectrum_features.baselines.evaluation import Evaluation, check_choices
from deepspectrum_features.baselines.experiment_folds import FEATURES, TrainedSystem, plan_folds
from deepspectrum_features.baselines.experiment_sources import (
    default_sets,
    extract_sources,
    open_sources,
    refuse_heard,
)
from deepspectrum_features.baselines.leaks import check_folds, refuse_seen
from deepspectrum_features.baselines.limits import limits_of
from deepspectrum_features.baselines.normalisation import check_normalise
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.systems import Source, System
from deepspectrum_features.baselines.tables import Table, read_tables
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.stored_sound import store_sound
from deepspectrum_features.errors import CorpusError, DsfError
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.run_folder import claim, corpus_plan

_TRAINED = (
    "one encoder a fold, trained without its dev and test speakers, its epoch chosen on the dev "
    "rows; features of different folds are never in one fit"
)
_NESTED = (
    "nested: features that need no training once more, fitted on train and dev rows, C by inner "
    "folds of their speakers; what they reach where no encoder needs a speaker to choose on"
)

Say = Callable[[str], object]


def run_experiment(
    corpus: Corpus,
    folder: Path,
    recipe: Recipe | Mapping[str, Recipe],
    *,
    protocol: str | None = None,
    against: Sequence[str] | None = None,
    classifiers: Sequence[str] = ("svm", "dnn"),
    normalise: Sequence[str] | None = None,
    only: Sequence[str] = (),
    jobs: int | None = None,
    bar: bool = False,
    say: Say = lambda _: None,
) -> Results | None:
    """Train one encoder a fold, then score its features beside others on the same folds.

    Parameters
    ----------
    corpus : Corpus
        With labels, and speakers or a split.
    folder : Path
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
    only : sequence of str, optional
        Names of the folds to compute here, without scoring.
    jobs : int, optional
        Parts at a time when extracting.
    bar : bool, optional
        Show progress bars where standard error is a terminal.
    say : callable, optional
        Receives one line per event.

    Returns
    -------
    Results or None
        None where ``only`` is given.

    Raises
    ------
    CorpusError
        If labels or speakers are missing or too few.
    DsfError
        If the folder holds another experiment.
    ValueError
        If there is no classifier, normalisation or protocol of a name that is given.
    """
    corpus = corpus if corpus.headers else corpus.scan()
    corpus = replace(corpus, utterances=tuple(one for one in corpus.utterances if one.label))
    chosen = plan_folds(corpus, protocol)
    names = [fold.name for fold in chosen.folds]
    if unknown := [name for name in only if name not in names]:
        raise DsfError(f"--fold {unknown[0]}: no such fold, need one of {', '.join(names)}")
    recipes = {name_of(recipe): recipe} if isinstance(recipe, Recipe) else dict(recipe)
    sources = open_sources(default_sets(say) if against is None else against, taken=recipes)
    normalise = _normalise(corpus) if normalise is None else normalise
    check_choices(classifiers=classifiers, normalise=normalise)
    check_normalise(normalise, corpus.utterances, corpus.root)
    systems = [TrainedSystem.plan(name, one, chosen, folder) for name, one in recipes.items()]
    folder.mkdir(parents=True, exist_ok=True)
    corpus = _claim(folder, corpus, chosen, bar)
    paths = [] if only else list(extract_sources(sources, corpus, folder, jobs, bar, say))
    refuse_heard(chosen, corpus, [path for path in paths if sources[path.stem] is not None])
    for number, name in enumerate(names):
        for system in systems if not only or name in only else ():
            system.runs[number].compute(corpus, system.recipe, jobs, bar, say)
    if only:
        return None
    title = f"{corpus.name}: {', '.join([*recipes, *sources])}"
    evaluation = _evaluation(title, chosen, systems, paths, classifiers, normalise, say)
    return evaluation.run(bar, say)


def name_of(recipe: Recipe) -> str:
    """Name a system after its recipe.

    Examples
    --------
    >>> name_of(Recipe())
    'zhao2018-asmmc-paper'
    """
    return f"{recipe.network.system}-{recipe.preset}"


def _normalise(corpus: Corpus) -> list[str]:
    """Return every way to normalise: by speaker where each utterance has one."""
    return ["global", "speaker"] if all(one.speaker for one in corpus.utterances) else ["global"]


def _claim(folder: Path, corpus: Corpus, protocol: Protocol, bar: bool) -> Corpus:
    """Note what the experiment is about, or check that it is this one; return the kept sound."""
    keys = [
        (*one.planned, one.label, one.speaker, corpus.headers[one.file].bytes)
        for one in corpus.utterances
    ]
    plan = corpus_plan(corpus.name, keys) | {"protocol": protocol.name}
    differences = claim(folder, plan)
    if not differences:
        corpus = store_sound(corpus, folder / "sound", bar)
        if corpus.stored is not None:
            differences = claim(folder, {"sound_sha256": corpus.stored.digest}, "sound.json")
    if differences:
        raise DsfError(
            f"{folder}: holds an experiment of another corpus ({'; '.join(differences)}), need a "
            "new one"
        )
    return corpus


def _evaluation(
    title: str,
    protocol: Protocol,
    systems: Sequence[TrainedSystem],
    paths: Sequence[Path],
    classifiers: Sequence[str],
    normalise: Sequence[str],
    say: Say,
) -> Evaluation:
    """Put all systems on the same rows and folds; rows that one source lacks are left out."""
    runs = [run for system in systems for run in system.runs]
    tables = read_tables([*paths, *(run.folder / FEATURES for run in runs)], common=True, say=say)
    others = [replace(table, name=path.stem) for table, path in zip(tables, paths, strict=False)]
    every = len(protocol.folds)
    own = [tables[first : first + every] for first in range(len(paths), len(tables), every)]
    folds = [_rows_of(fold.name, table) for fold, table in zip(protocol.folds, own[0], strict=True)]
    protocol = replace(protocol, folds=tuple(folds))
    refuse_seen(protocol, others)
    for fold, table in zip(folds * len(systems), tables[len(paths) :], strict=True):
        check_folds(protocol, table)
        refuse_seen(replace(protocol, folds=(fold,)), [table])
    trained = [
        Source(system.name, tuple(sets), system.epochs)
        for system, sets in zip(systems, own, strict=True)
    ]
    shown = [
        replace(source.tables[0], name=f"{source.name}, fold {folds[0].name}") for source in trained
    ]
    names = ", ".join(system.name for system in systems)
    return Evaluation(
        title,
        protocol,
        list(_plans(trained, others, protocol, classifiers, normalise)),
        [*shown, *others],
        [f"{names}: {_TRAINED}", *([_NESTED] if others else [])],
        list(limits_of(protocol, tables[-1].utterances)),
        [run.curve() for run in runs],
    )


def _plans(
    trained: Sequence[Source],
    others: Sequence[Table],
    protocol: Protocol,
    classifiers: Sequence[str],
    normalise: Sequence[str],
) -> Iterator[tuple[System, Protocol]]:
    """Yield every system with its folds; what needs no training is scored nested too."""
    nested = replace(protocol, folds=tuple(map(_without_dev, protocol.folds)))
    for classifier, how in product(classifiers, normalise):
        kernel = "linear" if classifier == "svm" else ""
        make = partial(System, classifier=classifier, kernel=kernel, normalise=how)
        for table in others:
            yield make(Source(table.name, (table,))), protocol
            if classifier == "svm":
                yield make(Source(f"{table.name} nested", (table,))), nested
        yield from ((make(source), protocol) for source in trained)
    yield from ((System(source, "network", "", "none"), protocol) for source in trained)


def _rows_of(name: str, table: Table) -> Fold:
    """Return the fold that a fold's own feature file says: its rows' splits."""
    sides = {
        side: tuple(row for row, one in enumerate(table.utterances) if one.split == side)
        for side in ("train", "dev", "test")
    }
    for side, rows in sides.items():
        if not rows:
            raise CorpusError(f"fold {name}: no {side} row that all feature sets have, need some")
    return Fold(name, **sides)


def _without_dev(fold: Fold) -> Fold:
    """Give the dev rows to the train rows."""
    return replace(fold, train=tuple(sorted((*fold.train, *fold.dev))), dev=())
