"""From predictions to results: scores with intervals, comparisons, the map of the features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.corpus_scores import CorpusScores
from deepspectrum_features.baselines.feature_points import FeatureMap
from deepspectrum_features.baselines.intervals import speaker_interval
from deepspectrum_features.baselines.outcomes import Answers, Outcome
from deepspectrum_features.baselines.pairing import compare_all
from deepspectrum_features.baselines.ratios import Ratio
from deepspectrum_features.baselines.records import (
    FoldChoice,
    FoldSides,
    Prediction,
    ProtocolCard,
    RecordingScores,
    Score,
    SpeakerScore,
    SystemResult,
)
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head
from deepspectrum_features.baselines.rows import Rows
from deepspectrum_features.baselines.spoken import spoken
from deepspectrum_features.baselines.systems import together
from deepspectrum_features.baselines.tasks import Task, task_of
from deepspectrum_features.corpus.folds import Fold
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.provenance import READING, software_versions, this_command

if TYPE_CHECKING:
    from deepspectrum_features.baselines.evaluation_run import Evaluation

#: What makes a score, besides what makes features.
_SCORING = ("scikit-learn", "scipy", "torch", "onnxruntime", "opensmile")


def score(evaluation: Evaluation, rows: Rows, outcomes: Sequence[Outcome]) -> Results:
    """Score what systems predict on the rows of an evaluation; `Results` tells the fields."""
    protocol, shown = evaluation.protocol, evaluation.shown
    utterances, task = shown[0].utterances, task_of(rows)
    notes: list[str] = []
    systems = tuple(_system(outcome, rows, task, notes) for outcome in outcomes)
    comparisons = compare_all(outcomes, task, evaluation.reference)
    warnings = dict.fromkeys([*evaluation.warnings, *notes])
    lines = evaluation.protocol_lines(outcomes)
    maps = {table.name: FeatureMap.of(table) for table in shown if rows.classes}
    trained = {label for fold in protocol.folds for label in rows.targets[list(fold.train)]}
    return Results(
        title=evaluation.title,
        corpus=shown[0].corpus,
        task=task.name,
        target=evaluation.target or "label",
        unit="chunk" if shown[0].chunk_seconds else "utterance",
        protocol=ProtocolCard(
            protocol.name, protocol.speaker_independent, tuple(lines), tuple(warnings)
        ),
        utterances=len(utterances),
        left_out=tuple(evaluation.left_out),
        speakers=tuple(sorted(set(rows.speakers.tolist()) - {""})),
        classes=tuple(rows.classes),
        trained=tuple(sorted(map(str, trained))) if rows.classes else (),
        folds=tuple(_sides(fold, utterances) for fold in protocol.folds),
        systems=systems,
        comparisons=tuple(comparisons),
        curves=tuple(evaluation.curves),
        versions=software_versions([*READING, *_SCORING]),
        **this_command(),
        predictions=tuple(one for each in outcomes for one in _predictions(each, utterances)),
        points=tuple(point for one in maps.values() for point in one.points),
        explained={name: one.explained for name, one in maps.items()},
        spoken=tuple(spoken(utterances, labelled=bool(rows.classes))),
        corpora=tuple(
            _corpus(fold, rows, task, outcomes) for fold in protocol.folds if protocol.by_corpus
        ),
    )


def _sides(fold: Fold, rows: Sequence[Utterance]) -> FoldSides:
    """Count the rows on each side of a fold, and name their speakers."""
    train, dev, test = fold.train, fold.dev, fold.test
    whose = (
        tuple(sorted({rows[row].speaker for row in side} - {""})) for side in (train, dev, test)
    )
    return FoldSides(fold.name, len(train), len(dev), len(test), *whose)


def _corpus(fold: Fold, rows: Rows, task: Task, outcomes: Sequence[Outcome]) -> CorpusScores:
    """Score every system on the one corpus of a fold."""
    test = list(fold.test)
    return CorpusScores(
        fold.name,
        tuple(sorted({str(name) for name in rows.corpora[list(fold.train)]})),
        len(set(rows.speakers[test].tolist()) - {""}),
        dict(sorted(Counter(rows.targets[test].tolist()).items())),
        {
            one.plan.name: _scores(task, one.answers.take(one.fold == fold.name), [])
            for one in outcomes
        },
    )


def _system(outcome: Outcome, rows: Rows, task: Task, notes: list[str]) -> SystemResult:
    """Score one system on all rows that its folds tested, pooled."""
    answers, speakers = outcome.answers, outcome.answers.speakers

    def of(chosen: NDArray[np.bool_]) -> dict[str, float | None]:
        return _values(task.ratios(answers.take(chosen)))

    return SystemResult(
        name=outcome.plan.name,
        **_facts(outcome),
        scores=_scores(task, answers, notes),
        by_class=task.by_class(answers),
        recordings=_recordings(outcome.by_recording(rows), task),
        seeds={
            name: _values(task.ratios(answers.saying(own))) for name, own in outcome.members.items()
        },
        speakers={
            name: SpeakerScore(int((speakers == name).sum()), of(speakers == name))
            for name in sorted(set(speakers.tolist()) - {""})
        },
        families=outcome.families,
        folds=tuple(
            FoldChoice(fold.name, of(outcome.fold == fold.name), outcome.chosen.get(fold.name, {}))
            for fold in outcome.plan.protocol.folds
        ),
    )


def _facts(outcome: Outcome) -> dict[str, Any]:
    """Say what a system is made of, and where its features come from."""
    plan, first = outcome.plan, outcome.plan.systems[0]
    sources = [system.source for system in plan.systems]
    tables = [table for source in sources for table in source.parts or source.tables[:1]]
    trained = len(first.source.tables) > 1
    widths = [system.columns for system in plan.systems]
    file = f"folds/*/{plan.features}/features.h5"
    return {
        "features": plan.features,
        "classifier": first.classifier,
        "kernel": first.kernel or None,
        "normalise": first.normalise,
        "weights": first.weights,
        "mean_of": plan.mean_of or None,
        "chosen_on": outcome.chosen_on,
        "columns": sum(widths) if plan.mean_of == "features" else widths[0],
        "file": file if trained else together(table.files for table in tables),
        "encoder": together(table.encoder for table in tables),
        "encoder_sha256": None if trained else together(one.encoder_sha256 for one in tables),
        "licence": together(table.licence for table in tables),
        "sample_rates": together(table.sample_rate for table in tables) or None,
    }


def _scores(task: Task, answers: Answers, notes: list[str]) -> dict[str, Score]:
    """Give every score its 95 % interval over speakers; note what the first's rests on."""
    found = task.ratios(answers)
    scores = {}
    for name, ratio in found.items():
        low, high, note = speaker_interval(ratio, answers.speakers)
        scores[name] = Score(_number(ratio.value()), _number(low), _number(high))
        if note and len(scores) == 1:
            notes.append(f"{head(name)}: {note}")
    return scores


def _recordings(answers: Answers | None, task: Task) -> RecordingScores | None:
    """Score whole recordings."""
    if answers is None:
        return None
    return RecordingScores(len(answers.reference), _scores(task, answers, []))


def _values(ratios: dict[str, Ratio]) -> dict[str, float | None]:
    """Return every score without its interval."""
    return {name: _number(ratio.value()) for name, ratio in ratios.items()}


def _predictions(outcome: Outcome, rows: Sequence[Utterance]) -> Iterator[Prediction]:
    """Yield what a system says of every row it was asked for."""
    answers = outcome.answers
    for place, row in enumerate(outcome.rows.tolist()):
        one = rows[row]
        yield Prediction(
            outcome.plan.name,
            str(outcome.fold[place]),
            one.file,
            one.start,
            one.end or 0.0,
            one.channel,
            one.speaker,
            str(answers.reference[place]),
            str(answers.predicted[place]),
            tuple(map(_number, answers.scores[place].tolist())),
            tuple(map(_number, answers.probabilities[place].tolist())),
        )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
