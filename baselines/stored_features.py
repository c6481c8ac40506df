"""What a feature file says of its rows, in the words of an evaluation."""

from __future__ import annotations

import json
import math
from pathlib import Path

from deepspectrum_features.corpus.columns import FACTS, KEYS
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.finite import rows_not_finite
from deepspectrum_features.terminal import counted


def open_features(path: Path) -> FeatureFile:
    """Open one file.

    Raises
    ------
    FeatureFileError
        If no classifier should be given it: a shard, or features that are not all numbers.
    """
    stored = FeatureFile.open(path)
    known = stored.attributes
    if "shard" in known:
        raise FeatureFileError(f"{path}: shard {known['shard']} alone, need all (dsf merge)")
    if bad := rows_not_finite(stored.features):
        place = stored.file[bad[0]]
        raise FeatureFileError(
            f"{path}: NaN or infinite in {counted(len(bad), 'row')}, the first is {place}, need "
            "numbers"
        )
    if stored.features.shape != (len(stored.file), len(stored.feature_name)):
        raise FeatureFileError(
            f"{path}: {stored.features.shape} features for {len(stored.file)} rows"
        )
    return stored


def utterances_of(stored: FeatureFile) -> tuple[Utterance, ...]:
    """Return what the file says of every row."""
    facts = (column.filled(getattr(stored, column.name), len(stored.file)) for column in FACTS)
    names = [column.name for column in (*KEYS, *FACTS)]
    return tuple(
        Utterance(**dict(zip(names, (*stretch, *row), strict=True)), targets=targets)
        for stretch, targets, *row in zip(stored.stretches, _targets(stored), *facts, strict=True)
    )


def _targets(stored: FeatureFile) -> list[tuple[tuple[str, float], ...]]:
    """Return the numbers that the file has of every row."""
    return [
        tuple(
            (name, float(values[row]))
            for name, values in stored.targets.items()
            if not math.isnan(values[row])
        )
        for row in range(len(stored.file))
    ]


def refused_of(stored: FeatureFile) -> tuple[Utterance, ...]:
    """Return what the file says of inputs that gave no row."""
    return tuple(
        Utterance(one.file, one.start, one.end, one.label, one.speaker, channel=one.channel)
        for one in stored.refused
    )


def sample_rate_of(stored: FeatureFile) -> str:
    """Say at which rate the features were computed, as far as the recipe tells."""
    try:
        known = json.loads(stored.attributes.get("recipe", "{}"))
        if "front_end" in known:
            rate = known["front_end"].get("sample_rate")
            return "as recorded" if rate is None else f"{rate} Hz"
        return str(known.get("sample_rate", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
