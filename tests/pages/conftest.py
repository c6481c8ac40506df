"""The folder that a page is run in: what its commands find there, as a new user has it."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from corpus_trees import FULL
from page_blocks import ROOT

from deepspectrum_features.corpus import load_layout
from deepspectrum_features.testing import vowel

RATE = 16000  # Hz


def _voice(path: str, speaker: int, label: int) -> np.ndarray:
    """Return a vowel: its height tells speaker and label, its level and fall the label."""
    generator = np.random.default_rng([*path.encode()])
    fall = np.linspace(1 + 0.04 * label, 1, round(generator.uniform(0.5, 0.9) * RATE))
    hertz = (100 + 9 * speaker) * 2 ** (label / 12 + generator.normal(0, 0.05)) * fall
    sound = vowel(hertz, level=0.2 + 0.05 * label)
    return sound + 0.002 * generator.standard_normal(len(sound))


def _write_corpus(folder: Path, name: str) -> None:
    """Write two utterances of each label by every second speaker of a known corpus."""
    layout, takes = load_layout(name), Counter[tuple[str, str]]()
    told = [layout.describe(path) for path in FULL[name]()]
    speakers = sorted({one.speaker for one in told})
    labels = sorted({one.label for one in told})
    for one in told:
        takes[one.speaker, one.label] += 1
        if one.speaker in speakers[::2] and takes[one.speaker, one.label] <= 2:
            (folder / one.file).parent.mkdir(parents=True, exist_ok=True)
            sound = _voice(one.file, speakers.index(one.speaker), labels.index(one.label))
            soundfile.write(folder / one.file, sound, RATE)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with recordings, labelled and not, and two corpora as authors give them."""
    folder = tmp_path_factory.mktemp("prepared")
    for name in ("data", "docs"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "data/demo", folder / "corpus")
    spoken = sorted((folder / "corpus").rglob("*.wav"))
    (folder / "recordings").mkdir()
    for number, path in enumerate(spoken[::2][:8], 1):
        shutil.copy(path, folder / f"recordings/call-{number:02}.wav")
    shutil.copy(spoken[1], folder / "speech.wav")
    for name in ("emodb", "nemo"):
        _write_corpus(folder / name, name)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder which a page may fill."""
    return Path(shutil.copytree(prepared, tmp_path / "page", symlinks=True))
