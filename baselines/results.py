"""What an evaluation is worth: scores with intervals, comparisons, the protocol beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.evaluation import Evaluation, Outcome
from deepspectrum_features.baselines.metrics import SCORES, confusion, evaluate, recalls, ua, wa
from deepspectrum_features.baselines.statistics import (
    EXACT_SPEAKERS,
    holm,
    jackknife_interval,
    sign_flip_test,
    smallest_p,
)
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.provenance import software_versions, this_command

FORMAT, VERSION = "deepspectrum-results", 1

Strings = NDArray[np.str_]


def results_of(evaluation: Evaluation, title: str, curves: Sequence[Any] = ()) -> dict[str, Any]:
    """Describe an evaluation as ``results.json`` has it; docs/evaluation.md explains the fields."""
    table = evaluation.tables[0]
    utterances = table.utterances
    classes = sorted({one.label for one in utterances})
    systems = [_system(outcome, utterances, classes) for outcome in evaluation.outcomes]
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": title,
        "protocol": {
            "name": evaluation.protocol.name,
            "speaker_independent": evaluation.protocol.speaker_independent,
            "lines": evaluation.lines,
            "warnings": evaluation.warnings,
        },
        "corpus": table.corpus,
        "classes": classes,
        "speakers": sorted({one.speaker for one in utterances} - {""}),
        "utterances": len(utterances),
        "folds": [
            {"name": fold.name}
            | {side: len(getattr(fold, side)) for side in ("train", "dev", "test")}
            | {
                f"{side}_speakers": sorted({utterances[r].speaker for r in getattr(fold, side)})
                for side in ("train", "dev", "test")
            }
            for fold in evaluation.protocol.folds
        ],
        "systems": systems,
        "comparisons": _comparisons(evaluation.outcomes, systems),
        "curves": list(curves),
        "versions": software_versions(),
        **this_command(),
    }


def _system(
    outcome: Outcome, utterances: Sequence[Utterance], classes: list[str]
) -> dict[str, Any]:
    """Score one system on all rows that its folds tested, pooled."""
    rows = sorted(outcome.predicted)
    reference = np.array([utterances[row].label for row in rows])
    predicted = np.array([outcome.predicted[row] for row in rows])
    speakers = np.array([utterances[row].speaker for row in rows])
    folds = np.array([outcome.fold[row] for row in rows])
    scores = {}
    for name, value in evaluate(reference, predicted, classes).items():
        low, high = _interval(name, reference, predicted, speakers, classes)
        scores[name] = {"value": value, "low": low, "high": high}
    found = recalls(reference, predicted, classes)
    return {
        "name": outcome.name,
        **outcome.facts,
        "scores": scores,
        "recall": dict(zip(classes, map(_number, found), strict=True)),
        "confusion": confusion(reference, predicted, classes).tolist(),
        "per_speaker": {
            speaker: _short(reference[speakers == speaker], predicted[speakers == speaker], classes)
            for speaker in sorted(set(speakers.tolist()) - {""})
        },
        "folds": [
            {"name": name, "ua": ua(reference[folds == name], predicted[folds == name], classes)}
            | {"chosen": chosen}
            for name, chosen in outcome.chosen.items()
        ],
    }


def _short(reference: Strings, predicted: Strings, classes: list[str]) -> dict[str, Any]:
    return {
        "ua": ua(reference, predicted, classes),
        "wa": wa(reference, predicted),
        "utterances": len(reference),
    }


def _interval(
    name: str, reference: Strings, predicted: Strings, speakers: Strings, classes: list[str]
) -> tuple[float | None, float | None]:
    """Return a 95 % interval over speakers, within 0 and 1; none where speakers are unknown."""
    if not speakers.all():
        return None, None

    def statistic(rows: NDArray[np.int64]) -> float:
        return SCORES[name](reference[rows], predicted[rows], classes)

    low, high = jackknife_interval(statistic, speakers)
    if np.isnan(low):
        return None, None
    return max(low, 0.0), min(high, 1.0)


def _comparisons(
    outcomes: Sequence[Outcome], systems: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Compare feature sets under the same classifier and normalisation, speaker by speaker."""
    found: list[dict[str, Any]] = []
    for first, second in combinations(range(len(systems)), 2):
        one, two = systems[first], systems[second]
        alike = ("classifier", "kernel", "normalise", "chosen_on")
        same = all(one[what] == two[what] for what in alike)
        speakers = sorted(one["per_speaker"].keys() & two["per_speaker"].keys())
        if not same or one["features"] == two["features"] or len(speakers) < 2:
            continue
        apart = [two["per_speaker"][s]["ua"] - one["per_speaker"][s]["ua"] for s in speakers]
        differing = sum(one != 0 for one in apart)
        exact = "exact " if differing <= EXACT_SPEAKERS else ""
        least = smallest_p(differing)
        hopeless = least > 0.05
        note = f"{differing} differing speakers cannot reach p < {least:.3g}" if hopeless else ""
        found.append(
            {
                "first": outcomes[first].name,
                "second": outcomes[second].name,
                "difference": float(np.mean(apart)),
                "p": sign_flip_test(np.array(apart)),
                "test": f"{exact}sign-flip test on the UA of {len(speakers)} speakers",
                "note": note,
            }
        )
    for one, adjusted in zip(found, holm([one["p"] for one in found]), strict=True):
        one["p_holm"] = adjusted
    return found


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
