"""From predictions to results: scores with intervals, comparisons, the map of the features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.comparisons import Comparison, compare_ua
from deepspectrum_features.baselines.families import adjust
from deepspectrum_features.baselines.intervals import speaker_interval
from deepspectrum_features.baselines.metrics import confusion, evaluate, recalls
from deepspectrum_features.baselines.ratios import CLASS_RATIOS
from deepspectrum_features.baselines.records import (
    ClassScores,
    Curve,
    FoldChoice,
    FoldSides,
    Point,
    Prediction,
    ProtocolCard,
    Score,
    SpeakerScore,
    SystemResult,
)
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.systems import Outcome
from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.provenance import READING, software_versions, this_command

Strings = NDArray[np.str_]

#: What makes a score, besides what makes features.
_SCORING = ("scikit-learn", "scipy", "torch", "onnxruntime", "opensmile")


def score(
    title: str,
    protocol: Protocol,
    outcomes: Sequence[Outcome],
    shown: Sequence[Table],
    lines: Sequence[str],
    warnings: Sequence[str],
    curves: Sequence[Curve],
) -> Results:
    """Score what systems predict on the rows of the tables; `Results` tells the fields."""
    rows = shown[0].utterances
    classes = sorted({one.label for one in rows})
    return Results(
        title=title,
        corpus=shown[0].corpus,
        task="classification",
        protocol=ProtocolCard(
            protocol.name, protocol.speaker_independent, tuple(lines), tuple(warnings)
        ),
        utterances=len(rows),
        speakers=tuple(sorted({one.speaker for one in rows} - {""})),
        classes=tuple(classes),
        folds=tuple(_sides(fold, rows) for fold in protocol.folds),
        systems=tuple(_system(outcome, rows, classes) for outcome in outcomes),
        comparisons=tuple(_comparisons(outcomes, rows, classes)),
        curves=tuple(curves),
        versions=software_versions([*READING, *_SCORING]),
        **this_command(),
        predictions=tuple(one for outcome in outcomes for one in _predictions(outcome, rows)),
        points=tuple(point for table in shown for point in _points(table)),
    )


def _sides(fold: Fold, rows: Sequence[Utterance]) -> FoldSides:
    """Count the rows on each side of a fold, and name their speakers."""
    train, dev, test = fold.train, fold.dev, fold.test
    whose = (
        tuple(sorted({rows[row].speaker for row in side} - {""})) for side in (train, dev, test)
    )
    return FoldSides(fold.name, len(train), len(dev), len(test), *whose)


def _system(outcome: Outcome, rows: Sequence[Utterance], classes: list[str]) -> SystemResult:
    """Score one system on all rows that its folds tested, pooled."""
    tested = sorted(outcome.predicted)
    reference = np.array([rows[row].label for row in tested])
    predicted = np.array([outcome.predicted[row] for row in tested])
    speakers = np.array([rows[row].speaker for row in tested])
    folds = np.array([outcome.fold[row] for row in tested])

    def of(chosen: NDArray[np.bool_]) -> dict[str, float | None]:
        found = evaluate(reference[chosen], predicted[chosen], classes)
        return {name: _number(value) for name, value in found.items()}

    found = recalls(reference, predicted, classes)
    return SystemResult(
        name=outcome.system.name,
        **_facts(outcome),
        scores={
            name: _score(name, value, reference, predicted, speakers, classes)
            for name, value in evaluate(reference, predicted, classes).items()
        },
        by_class=ClassScores(
            dict(zip(classes, map(_number, found), strict=True)),
            tuple(map(tuple, confusion(reference, predicted, classes).tolist())),
        ),
        speakers={
            name: SpeakerScore(int((speakers == name).sum()), of(speakers == name))
            for name in sorted(set(speakers.tolist()) - {""})
        },
        folds=tuple(
            FoldChoice(name, of(folds == name), chosen) for name, chosen in outcome.chosen.items()
        ),
    )


def _facts(outcome: Outcome) -> dict[str, Any]:
    """Say what a system is made of, and where its features come from."""
    system = outcome.system
    tables = system.source.tables
    table, several = tables[0], len(tables) > 1
    own = system.classifier == "network"
    return {
        "features": system.source.name,
        "classifier": system.classifier,
        "kernel": system.kernel or None,
        "normalise": system.normalise,
        "chosen_on": outcome.chosen_on,
        "columns": len(table.class_name) if own else table.features.shape[1],
        "file": f"folds/*/{system.source.name}/features.h5" if several else str(table.path),
        "encoder": table.encoder,
        "encoder_sha256": None if several else table.encoder_sha256 or None,
        "licence": table.licence,
        "sample_rates": table.sample_rate or None,
    }


def _score(
    name: str,
    value: float,
    reference: Strings,
    predicted: Strings,
    speakers: Strings,
    classes: list[str],
) -> Score:
    """Give a score its 95 % interval over speakers, within 0 and 1; none where they are unknown."""
    low, high, _ = speaker_interval(CLASS_RATIOS[name](reference, predicted, classes), speakers)
    return Score(_number(value), _number(low), _number(high))


def _comparisons(
    outcomes: Sequence[Outcome], rows: Sequence[Utterance], classes: list[str]
) -> list[Comparison]:
    """Compare feature sets under the same classifier, normalisation and choice: a family each."""
    families: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        system = outcome.system
        alike = (system.classifier, system.kernel, system.normalise, outcome.chosen_on)
        families.setdefault(alike, []).append(outcome)
    return [
        one for family in families.values() for one in adjust(list(_pairs(family, rows, classes)))
    ]


def _pairs(
    family: Sequence[Outcome], rows: Sequence[Utterance], classes: list[str]
) -> Iterator[Comparison]:
    """Compare the outcomes of a family in pairs, on the rows that they all predict."""
    for first, second in combinations(family, 2):
        tested = sorted(first.predicted)
        found = compare_ua(
            [rows[row].label for row in tested],
            [first.predicted[row] for row in tested],
            [second.predicted[row] for row in tested],
            [rows[row].speaker for row in tested],
            classes,
            (first.system.name, second.system.name),
        )
        if found is not None:
            yield found


def _predictions(outcome: Outcome, rows: Sequence[Utterance]) -> Iterator[Prediction]:
    """Yield what a system says of every row it was asked for."""
    for row, said in sorted(outcome.predicted.items()):
        one = rows[row]
        place = (one.file, one.start, one.end or 0.0)
        fold = outcome.fold[row]
        yield Prediction(outcome.system.name, fold, *place, one.speaker, one.label, said)


def _points(table: Table) -> Iterator[Point]:
    """Place every row on the first two principal components of its features."""
    for one, (x, y) in zip(table.utterances, _components(table.features), strict=True):
        place = (one.file, one.start, one.end or 0.0, one.label, one.speaker)
        yield Point(table.name, *place, float(f"{x:.4g}"), float(f"{y:.4g}"))


def _components(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first two principal components of z-normed features, ``(rows, 2)``."""
    from sklearn.decomposition import PCA

    deviation = features.std(axis=0)
    normed = (features - features.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    if min(normed.shape) < 2:
        return np.zeros((len(normed), 2))
    principal = PCA(2, svd_solver="randomized", random_state=0)
    found: NDArray[np.float64] = principal.fit_transform(normed)
    return found


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
