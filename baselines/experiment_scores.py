"""What an experiment scores: every source of features under every classifier, on the same folds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, product
from pathlib import Path

from deepspectrum_features.baselines.evaluation_run import Evaluation
from deepspectrum_features.baselines.experiment_folds import FEATURES, TrainedSystem
from deepspectrum_features.baselines.leaks import refuse_seen, seen_warnings
from deepspectrum_features.baselines.limits import limits_of
from deepspectrum_features.baselines.normalisation import normalisation_warnings
from deepspectrum_features.baselines.systems import Plan, Source, System
from deepspectrum_features.baselines.table import Table
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.errors import CorpusError

_TRAINED = (
    "one encoder a fold, trained without its dev and test speakers, its epoch chosen on the dev "
    "rows; features of different folds are never in one fit"
)
_NESTED = (
    "nested: features that need no training once more, fitted on train and dev rows, C by inner "
    "folds of their speakers; what they reach where no encoder needs a speaker to choose on"
)

Say = Callable[[str], object]


def evaluation_of(
    title: str,
    protocol: Protocol,
    systems: Sequence[TrainedSystem],
    paths: Sequence[Path],
    classifiers: Sequence[str],
    normalise: Sequence[str],
    say: Say,
) -> Evaluation:
    """Put all systems on the same rows and folds; rows that one source lacks are left out.

    Parameters
    ----------
    title : str
    protocol : Protocol
        Over the utterances of the corpus.
    systems : sequence of TrainedSystem
        Seeds of one system behind each other.
    paths : sequence of Path
        Feature files that serve every fold.
    classifiers, normalise : sequence of str
    say : callable

    Raises
    ------
    CorpusError
        If a side of a fold has no row left, or an encoder that was there already has heard what
        is tested.
    """
    runs = [run for system in systems for run in system.runs]
    files = [*paths, *(run.folder / FEATURES for run in runs)]
    read = read_tables(files, common=True, differing=["split"], say=say)
    tables = read.tables
    others = [replace(table, name=path.stem) for table, path in zip(tables, paths, strict=False)]
    every = len(protocol.folds)
    own = [tables[first : first + every] for first in range(len(paths), len(tables), every)]
    folds = [_rows_of(fold.name, table) for fold, table in zip(protocol.folds, own[0], strict=True)]
    protocol = replace(protocol, folds=tuple(folds))
    refuse_seen(protocol, others)
    trained = [
        [Source(name, tuple(sets), system.epochs) for system, sets in alike]
        for name, alike in groupby(zip(systems, own, strict=True), lambda pair: pair[0].name)
    ]
    shown = [
        replace(seeds[0].tables[0], name=f"{seeds[0].name}, fold {folds[0].name}")
        for seeds in trained
    ]
    rows = tables[-1].utterances
    by_speaker = normalisation_warnings(rows) if "speaker" in normalise else ()
    names = ", ".join(seeds[0].name for seeds in trained)
    return Evaluation(
        title,
        protocol,
        list(_plans(trained, others, protocol, classifiers, normalise)),
        [*shown, *others],
        lines=[f"{names}: {_TRAINED}", *([_NESTED] if others else [])],
        warnings=[*seen_warnings(protocol, others), *limits_of(protocol, rows), *by_speaker],
        left_out=read.left_out,
        curves=[run.curve() for run in runs],
    )


def _plans(
    trained: Sequence[Sequence[Source]],
    others: Sequence[Table],
    protocol: Protocol,
    classifiers: Sequence[str],
    normalise: Sequence[str],
) -> Iterator[Plan]:
    """Yield every system with its folds; what needs no training is scored nested too."""
    nested = replace(protocol, folds=tuple(map(_without_dev, protocol.folds)))
    for classifier, how in product(classifiers, normalise):
        manner = (classifier, "linear" if classifier == "svm" else "", how)
        for table in others:
            yield Plan((System(Source(table.name, (table,)), *manner),), protocol)
            if classifier == "svm":
                source = Source(f"{table.name} nested", (table,))
                yield Plan((System(source, *manner),), nested)
        yield from (_over_seeds(seeds, manner, protocol) for seeds in trained)
    own = ("network", "", "none")
    yield from (_over_seeds(seeds, own, protocol) for seeds in trained)


def _over_seeds(seeds: Sequence[Source], manner: tuple[str, str, str], protocol: Protocol) -> Plan:
    """Plan the mean over the seeds of a trained system."""
    systems = tuple(System(source, *manner) for source in seeds)
    return Plan(systems, protocol, "seeds" if len(systems) > 1 else "")


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
