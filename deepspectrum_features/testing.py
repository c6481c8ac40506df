"""Sounds, corpora and encoders made on the spot: for our tests, the docs and your own tests."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import soundfile
from numpy.typing import NDArray

from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.recipe import FunctionalTable, LogMel, Recipe, Zhao2018Asmmc
from deepspectrum_features.recipe.functionals import Block, Correlations
from deepspectrum_features.recipe.streams import STREAMS


def tone(
    hertz: float, seconds: float, sample_rate: int = 16000, level: float = 0.5
) -> NDArray[np.float32]:
    """Make a sine of constant frequency, ``(samples,)``, of amplitude ``level``."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def chirp(
    low_hz: float, high_hz: float, seconds: float, sample_rate: int = 16000, level: float = 0.5
) -> NDArray[np.float32]:
    """Make a sine whose frequency rises linearly, ``(samples,)``."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    phase = low_hz * time + (high_hz - low_hz) / (2 * seconds) * time**2
    return (level * np.sin(2 * np.pi * phase)).astype(np.float32)


def vowel(
    hertz: NDArray[np.floating[Any]],
    formants: tuple[float, ...] = (700.0, 1200.0, 2600.0, 3500.0, 4500.0),
    sample_rate: int = 16000,
    level: float = 0.5,
) -> NDArray[np.float32]:
    """Make a voice that holds a vowel: a train of pulses, shaped by formants.

    Parameters
    ----------
    hertz : ndarray, (samples,), Hz
        Its fundamental frequency at every sample.
    formants : tuple of float, Hz
        Resonances, the higher the wider.
    sample_rate : int
    level : float
        Of the highest sample.

    Returns
    -------
    ndarray, (samples,), float32
    """
    grid = np.arange(1, sample_rate // 2 + 1)
    response = 1 / grid  # glottis and lips: 6 dB an octave
    for centre in formants:
        width = 50 + centre / 30
        response = response * centre**2 / (centre**2 - grid**2 + 1j * width * grid)
    turning = np.exp(2j * np.pi * np.cumsum(hertz) / sample_rate)
    sound, harmonic = np.zeros(len(hertz)), np.ones(len(hertz), complex)
    for number in range(1, int(sample_rate / 2 / hertz.min()) + 1):
        harmonic *= turning
        frequency = np.rint(number * hertz).astype(int)
        shaped = response[np.minimum(frequency, len(grid)) - 1] * harmonic
        sound += np.where(frequency < len(grid), shaped.real, 0)
    scaled: NDArray[np.float32] = (level / np.abs(sound).max() * sound).astype(np.float32)
    return scaled


def tiny_corpus(
    folder: Path | None = None, speakers: int = 4, per_class: int = 2, seconds: float = 0.5
) -> Path:
    """Write a corpus of tones whose label is their height and whose speaker is their level.

    Parameters
    ----------
    folder : Path, optional
        Where; default a new temporary folder.
    speakers, per_class : int
        ``speakers * 2 * per_class`` utterances of classes ``low`` and ``high``.
    seconds : float
        Shortest utterance; lengths differ by up to twice that.

    Returns
    -------
    Path
        The folder, with a ``corpus.csv``.
    """
    folder = Path(tempfile.mkdtemp(prefix="tiny-corpus-")) if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    rows = []
    for speaker in range(1, speakers + 1):
        for label, hertz in (("high", 2000.0), ("low", 300.0)):
            for take in range(1, per_class + 1):
                name = f"spk{speaker}_{label}_{take}.wav"
                length = seconds * generator.uniform(1, 2)
                sound = tone(hertz * generator.uniform(0.9, 1.1), length, level=0.1 + 0.1 * speaker)
                noise = 0.01 * generator.standard_normal(len(sound))
                soundfile.write(folder / name, sound + noise, 16000, subtype="PCM_16")
                rows.append((name, label, f"spk{speaker}"))
    with (folder / "corpus.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([("file", "label", "speaker"), *rows])
    return folder


def tiny_features(
    path: Path,
    strength: float = 2.0,
    seed: int = 0,
    speakers: str = "abcde",
    classes: tuple[str, ...] = ("high", "low", "mid"),
    **changes: Any,
) -> Path:
    """Write a feature file in which a class moves one column, and a speaker another.

    Parameters
    ----------
    path : Path
    strength : float
        How far a class moves its column, in standard deviations.
    seed : int
    speakers : str
        A letter each; each utters every class four times.
    classes : tuple of str
    **changes
        Fields of the `FeatureFile` in place of those made.

    Returns
    -------
    Path
        The same path.
    """
    generator = np.random.default_rng(seed)
    rows = [(who, label, take) for who in speakers for label in classes for take in range(4)]
    features = generator.standard_normal((len(rows), len(classes) + 3)).astype(np.float32)
    for row, (who, label, _) in enumerate(rows):
        features[row, classes.index(label)] += strength
        features[row, len(classes)] += 3 * speakers.index(who)
    table = FeatureFile(
        features=features,
        feature_name=[f"x{column}" for column in range(features.shape[1])],
        file=[f"{who}_{label}_{take}.wav" for who, label, take in rows],
        start=np.zeros(len(rows)),
        end=np.ones(len(rows)),
        label=[label for _, label, _ in rows],
        speaker=[who for who, _, _ in rows],
        attributes={"encoder": "test", "corpus": "tones", "licence": "CC0-1.0"},
    )
    replace(table, **changes).write(path)
    return path


def contents(path: Path) -> dict[str, object]:
    """Return everything a feature file holds, but the command line and times."""
    found: dict[str, object] = {}
    with h5py.File(path) as store:
        store.visititems(
            lambda name, item: (
                found.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None
            )
        )
        volatile = {"command", "created"}
        found |= {f"@{name}": value for name, value in store.attrs.items() if name not in volatile}
    return found


def tiny_recipe() -> Recipe:
    """Return a recipe of the default system small enough to train in a second."""
    network = Zhao2018Asmmc(
        view=LogMel(bands=10), filters=(3, 4), kernels=(4, 3), lstm_units=4, head_units=16
    )
    return Recipe(preset="tiny", network=network)


def tiny_table() -> FunctionalTable:
    """Return a table of 20 statistics over time of four streams."""
    names = ("f0", "voicing", "energy", "cepstrum_01")
    shape = ("mean", "log_deviation", "p50")
    return FunctionalTable(
        streams=tuple(STREAMS[name] for name in names),
        blocks=(
            Block(family="voice", streams=names[:2], mask="voiced", statistics=shape),
            Block(family="sound", streams=names[2:], mask="active", statistics=shape),
            Block(family="sound", streams=names[2:3], delta=True, mask="all", statistics=("p90",)),
        ),
        correlations=(Correlations(family="voice", streams=("f0", "energy"), mask="voiced"),),
        rhythm=(
            "duration",
            "voiced_share",
            "voiced_mean",
            "gap_mean",
            "syllable_rate",
            "f0_step_mean",
        ),
    )


@naming_extras()
def tiny_encoder(level: str = "embedding") -> Encoder:
    """Export a small encoder (needs the ``train`` extra).

    Parameters
    ----------
    level : str, optional
        What it gives: an ``embedding`` of 12 columns by a network with random weights,
        ``functionals`` of 20 columns by `tiny_table`, or ``both``, which it is then opened at.
    """
    return _tiny_encoder(level)


@lru_cache(maxsize=3)
def _tiny_encoder(level: str) -> Encoder:
    """Export each of them once."""
    from deepspectrum_features.training.exporting import to_onnx
    from deepspectrum_features.training.metadata import untrained_metadata

    path = Path(tempfile.mkdtemp(prefix="tiny-encoder-")) / "tiny.onnx"
    if level == "functionals":
        return to_onnx(None, path, untrained_metadata("tiny", "CC0-1.0", tiny_table()))
    return to_onnx(*_tiny_network(path, level == "both")).at(level)


def _tiny_network(path: Path, functionals: bool) -> tuple[Any, Path, dict[str, Any]]:
    """Return a network with random weights, the path, and the metadata for it."""
    import torch

    from deepspectrum_features.networks import build_network
    from deepspectrum_features.training.metadata import encoder_metadata, with_functionals

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(tiny_recipe(), classes=2)
    metadata = encoder_metadata(
        network, tiny_recipe(), name="tiny", licence="CC0-1.0", classes=["high", "low"]
    )
    return network, path, with_functionals(metadata, tiny_table()) if functionals else metadata
