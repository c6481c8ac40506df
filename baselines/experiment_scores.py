"""Scores of an experiment: all systems on the same folds, each fold's features for itself."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features.baselines.evaluation import (
    Evaluation,
    Outcome,
    System,
    run_system,
)
from deepspectrum_features.baselines.leaks import check_folds, seen_warnings
from deepspectrum_features.baselines.protocol_lines import DEV, describe, warnings_of
from deepspectrum_features.baselines.tables import Table, read_tables
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.utterance import join_key
from deepspectrum_features.errors import CorpusError, DsfError
from deepspectrum_features.features.feature_file import FeatureFile

FEATURES, ENCODER = "features.h5", "encoder.onnx"

Say = Callable[[str], object]


@dataclass(frozen=True)
class SpeakerFold:
    """One fold of a leave-one-speaker-out experiment.

    Attributes
    ----------
    test, dev : str
        Speakers; dev is the next one in sorted order, cyclic.
    folder : Path
    """

    test: str
    dev: str
    folder: Path

    def side(self, speaker: str) -> str:
        """Say on which side a speaker is: train, dev or test."""
        return {self.test: "test", self.dev: "dev"}.get(speaker, "train")


def score(
    folds: Sequence[SpeakerFold],
    sets: Sequence[Path],
    classifiers: Sequence[str],
    normalise: Sequence[str],
    say: Say,
) -> Evaluation:
    """Score all systems on the folds; rows that a feature set lacks are left out everywhere."""
    paths = [*sets, *(fold.folder / FEATURES for fold in folds)]
    tables = read_tables(paths, common=True, say=say)
    smile = [replace(table, name=path.stem) for table, path in zip(tables, sets, strict=False)]
    deep = tables[len(sets) :]
    speakers = np.array([one.speaker for one in deep[0].utterances])
    labels = np.array([one.label for one in deep[0].utterances])
    rows = [_rows(fold, speakers) for fold in folds]
    protocol = Protocol("leave one speaker out, the next one chooses", tuple(rows), True)
    for table in deep:
        check_folds(protocol, table)
    outcomes: list[Outcome] = []
    warnings = list(warnings_of(protocol, smile, False))
    for one, table in zip(rows, deep, strict=True):
        warnings += seen_warnings(replace(protocol, folds=(one,)), [table], False)
    systems = [
        (replace(table, name=name), classifier, how)
        for classifier in classifiers
        for how in normalise
        for table, name in [*((one, one.name) for one in smile), (deep[0], "deep spectrum")]
    ]
    nested = replace(protocol, folds=tuple(map(_nested, rows)))
    for table, classifier, how in systems:
        system = System(table, classifier, "linear" if classifier == "svm" else "", how)
        say(f"scoring {system.name}")
        if table.name != "deep spectrum":
            outcomes.append(run_system(system, protocol, labels, speakers))
            if classifier == "svm":
                again = replace(system, table=replace(table, name=f"{table.name} nested"))
                outcomes.append(run_system(again, nested, labels, speakers))
            continue
        parts = [
            run_system(
                replace(system, table=replace(own, name="deep spectrum")),
                replace(protocol, folds=(one,)),
                labels,
                speakers,
            )
            for one, own in zip(rows, deep, strict=True)
        ]
        outcomes.append(_pooled(parts))
    outcomes.append(_own_scores(folds, rows, deep))
    lines = describe(protocol, speakers, classifiers, normalise)
    lines.append(
        "deep spectrum: one encoder a fold, trained without its dev and test speakers, its epoch "
        "chosen on the dev speaker; features of different folds are never in one fit"
    )
    lines.append(
        "nested: openSMILE's sets once more, fitted on train and dev rows, C by an inner grouped "
        "5-fold on their speakers; what they reach where no encoder needs a speaker to choose on"
    )
    shown = replace(deep[0], name=f"deep spectrum, fold {folds[0].test}")
    return Evaluation([shown, *smile], protocol, outcomes, lines, warnings)


def _pooled(parts: Sequence[Outcome]) -> Outcome:
    """Put the predictions of all folds together."""
    pooled = replace(parts[0], predicted={}, fold={}, chosen={})
    pooled.facts["file"] = "folds/*/features.h5"
    pooled.facts["encoder_sha256"] = None
    for part in parts:
        pooled.predicted |= part.predicted
        pooled.fold |= part.fold
        pooled.chosen |= part.chosen
    return pooled


def _own_scores(
    folds: Sequence[SpeakerFold], rows: Sequence[Fold], deep: Sequence[Table]
) -> Outcome:
    """Take the networks' own class scores as one more system."""
    facts = {
        "features": "deep spectrum", "file": "folds/*/features.h5", "classifier": "network",
        "kernel": None, "normalise": "none", "chosen_on": DEV, "columns": 0,
        "encoder": deep[0].encoder, "encoder_sha256": None, "licence": deep[0].licence,
        "sample_rates": deep[0].sample_rate or None,
    }  # fmt: skip
    outcome = Outcome("network end to end", "deep spectrum", facts)
    for fold, one, table in zip(folds, rows, deep, strict=True):
        stored = FeatureFile.open(fold.folder / FEATURES)
        if stored.scores is None:
            raise DsfError(f"{fold.folder / FEATURES}: no class scores")
        best = {
            join_key(*place): stored.class_name[index]
            for *place, index in zip(
                stored.file,
                stored.start.tolist(),
                stored.end.tolist(),
                stored.scores.argmax(axis=1).tolist(),
                strict=True,
            )
        }
        facts["columns"] = len(stored.class_name)
        tested = [table.utterances[row] for row in one.test]
        said = [best[join_key(row.file, row.start, row.end)] for row in tested]
        outcome.add(one, said, _epoch(fold))
    return outcome


def _rows(fold: SpeakerFold, speakers: Any) -> Fold:
    sides = np.array([fold.side(speaker) for speaker in speakers.tolist()])
    numbers = {side: tuple(np.flatnonzero(sides == side).tolist()) for side in set(sides.tolist())}
    for side, names in (("test", fold.test), ("dev", fold.dev), ("train", "the others")):
        if side not in numbers:
            raise CorpusError(
                f"fold {fold.test}: no {side} row ({names}) that all feature sets have, need some"
            )
    return Fold(fold.test, numbers["train"], numbers["dev"], numbers["test"])


def _nested(fold: Fold) -> Fold:
    """Give the dev rows to the train rows."""
    return replace(fold, train=tuple(sorted((*fold.train, *fold.dev))), dev=())


def curve(fold: SpeakerFold) -> dict[str, Any]:
    """Read the learning curve of a fold."""
    with (fold.folder / "run" / "history.csv").open(encoding="utf-8", newline="") as stream:
        history = list(csv.DictReader(stream))
    ua = [float(row["dev_ua"]) for row in history]
    return {
        "name": f"fold {fold.test}",
        "epochs": [int(row["epoch"]) for row in history],
        "train_loss": [float(row["train_loss"]) for row in history],
        "dev_ua": ua,
        "best": int(history[ua.index(max(ua))]["epoch"]),
    }


def _epoch(fold: SpeakerFold) -> dict[str, Any]:
    return {"epoch": curve(fold)["best"]}
