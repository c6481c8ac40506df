"""Results that the program made, and what else may stand in some."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features.baselines.records import Curve, Point, ProtocolCard
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.testing import tiny_features

SPEAKERS, CLASSES = "abcdefg", ("Ärger", "fear", "neutral", "sadness")
SHAKY = ProtocolCard(
    "random split",
    speaker_independent=False,
    lines=("10 folds at random",),
    warnings=(
        "SPEAKER-DEPENDENT: speakers stand on both sides, scores do not carry over to others",
        "CONTAMINATED: egemaps was trained on 12 of 300 test rows: Zoë1 (12)",
    ),
)


def feature_files(folder: Path) -> list[Path]:
    """Write three feature sets, the second the best, of classes that are not equally large."""
    own = ["Ärger"] * 4 + ["fear"] * 3 + ["neutral"] * 7 + ["sadness"] * 2
    facts = {"corpus": "tones", "licence": "openSMILE research licence", "encoder": "test"}
    rate = {"recipe": '{"sample_rate": "as recorded"}', "encoder_sha256": "9f" * 32}
    made = (
        ("egemaps", 0.4, facts),
        ("compare", 2.5, facts),
        ("deep", 0.8, facts | rate),
    )
    return [
        tiny_features(
            folder / f"{name}.h5",
            strength=strength,
            seed=seed,
            speakers=SPEAKERS,
            classes=CLASSES,
            label=own * len(SPEAKERS),
            attributes=attributes,
        )
        for seed, (name, strength, attributes) in enumerate(made)
    ]


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Return results, or a part of them, with other names wherever they stand."""
    if isinstance(value, str):
        return names.get(value, value)
    if is_dataclass(value) and not isinstance(value, type):
        found = {one.name: renamed(getattr(value, one.name), names) for one in fields(value)}
        return replace(value, **found)
    if isinstance(value, dict):
        return {renamed(key, names): renamed(one, names) for key, one in value.items()}
    if isinstance(value, tuple):
        items = [renamed(one, names) for one in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value


def doubled(results: Results) -> Results:
    """Return results with every system there twice, the second time by another classifier."""
    others = renamed(results, {one.name: one.name.replace("svm", "dnn") for one in results.systems})
    systems = (replace(one, classifier="dnn", kernel=None) for one in others.systems)
    return replace(
        results,
        systems=(*results.systems, *systems),
        comparisons=(*results.comparisons, *others.comparisons),
        predictions=(*results.predictions, *others.predictions),
    )


def learning_curve(name: str) -> Curve:
    """Make up 20 epochs of a training run."""
    generator = np.random.default_rng(sum(name.encode()))
    epochs = np.arange(1, 21)
    ua = 0.17 + 0.3 * (1 - np.exp(-epochs / 5)) + generator.normal(0, 0.02, 20)
    return Curve(
        name=f"fold {name}",
        epochs=tuple(epochs.tolist()),
        train_loss=tuple((1.8 * np.exp(-epochs / 9)).tolist()),
        dev_ua=tuple(ua.tolist()),
        best=int(epochs[ua.argmax()]),
    )


def points(count: int, features: str = "egemaps") -> tuple[Point, ...]:
    """Make up a map: every class around a centre of its own."""
    generator = np.random.default_rng(0)
    label = generator.integers(0, len(CLASSES), count)
    places = generator.normal(0, 2, (len(CLASSES), 2))[label] + generator.normal(0, 3, (count, 2))
    return tuple(
        Point(features, f"{row}.wav", 0.0, 1.0, CLASSES[label[row]], "a", float(x), float(y))
        for row, (x, y) in enumerate(places)
    )
