"""Results that the program made, and what else may stand in some."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepspectrum_features import FeatureFile
from deepspectrum_features.baselines.records import Curve, Point, ProtocolCard
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.testing import tiny_features

SPEAKERS, CLASSES = "abcdefg", ("Ärger", "fear", "neutral", "sadness")
CALM_LOUD = ("calm", "loud")
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


def chunk_files(folder: Path) -> list[Path]:
    """Write two feature sets of chunks: 4 speakers, 5 recordings of 2 chunks each, two classes.

    One recording has no label, and one was refused.
    """
    generator = np.random.default_rng(1)
    recordings = [(who, take, CALM_LOUD[take % 2]) for who in "uvwx" for take in range(5)]
    rows = [(*one, chunk) for one in recordings for chunk in range(2)]
    common = {
        "file": [f"{who}/{take}.wav" for who, take, _, _ in rows],
        "start": np.array([4.0 * chunk for *_, chunk in rows]),
        "end": np.array([4.0 * chunk + 4 for *_, chunk in rows]),
        "label": ["" if (who, take) == ("u", 4) else label for who, take, label, _ in rows],
        "speaker": [who for who, *_ in rows],
        "refused": [Refusal("v/9.wav", 0.0, None, "decode", "damaged", label="loud")],
        "attributes": {"encoder": "test", "corpus": "calls", "chunk_seconds": "4.0"},
    }
    loud = np.array([label == "loud" for *_, label, _ in rows])
    paths = []
    for name, strength, columns in (("deep", 1.0, 4), ("egemaps", 0.6, 6)):
        features = generator.standard_normal((len(rows), columns)).astype(np.float32)
        features[:, 0] += strength * loud
        names = [f"x{column}" for column in range(columns)]
        FeatureFile(features=features, feature_name=names, **common).write(folder / f"{name}.h5")
        paths.append(folder / f"{name}.h5")
    return paths


def number_files(folder: Path) -> list[Path]:
    """Write two feature sets of rows with a number, ``arousal``; the second knows nothing of it."""
    generator = np.random.default_rng(2)
    arousal = generator.uniform(1, 7, 7 * 16)
    arousal[5] = np.nan
    told = np.nan_to_num(arousal, nan=4.0) / 3
    paths = []
    for name, knows in (("deep", 1.0), ("noise", 0.0)):
        features = generator.standard_normal((len(told), 5)).astype(np.float32)
        features[:, 0] += knows * told
        paths.append(
            tiny_features(
                folder / f"{name}.h5",
                speakers=SPEAKERS,
                classes=CLASSES,
                features=features,
                feature_name=[f"x{column}" for column in range(5)],
                targets={"arousal": arousal},
            )
        )
    return paths


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
    names = [one.name for one in results.systems] + [one.family for one in results.comparisons]
    others = renamed(results, {name: name.replace("svm", "dnn") for name in names})
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
        Point(features, f"{row}.wav", 0.0, 1.0, 0, CLASSES[label[row]], "a", float(x), float(y))
        for row, (x, y) in enumerate(places)
    )
