"""Fixtures shared by several test files."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from made_results import chunk_files, feature_files, number_files

from deepspectrum_features import Encoder
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.extraction import plan
from deepspectrum_features.testing import tiny_corpus, tiny_encoder


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that is imported by now: a tenth of the time."""
    gc.freeze()


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Return an encoder of 12 columns with random weights."""
    return tiny_encoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of 8 tones by 2 speakers with a ``corpus.csv``."""
    return tiny_corpus(tmp_path / "tones", speakers=2, per_class=2)


@pytest.fixture
def tones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return 12 tones, a part for every second or so of them."""
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    monkeypatch.setattr(plan, "_MOST_SECONDS", 1.0)
    return tiny_corpus(tmp_path / "tones", speakers=2, per_class=3)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of real corpora, or skip where there is none."""
    place = os.environ.get("DSF_CORPORA")
    if not place:
        pytest.skip("DSF_CORPORA is not set: the real corpora are not here")
    return Path(place)


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return what three feature sets are worth: 7 speakers, 4 classes of unequal size."""
    pytest.importorskip("sklearn")
    from deepspectrum_features.baselines.evaluation import evaluate

    return evaluate(feature_files(tmp_path_factory.mktemp("evaluated")))


@pytest.fixture(scope="session")
def chunked(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return what two feature sets of chunks are worth, alone and fused, to an SVM and a DNN."""
    pytest.importorskip("sklearn")
    pytest.importorskip("torch")
    from deepspectrum_features.baselines.evaluation import evaluate

    paths = chunk_files(tmp_path_factory.mktemp("chunked"))
    return evaluate(paths, classifiers=["svm", "dnn"], fuse=True, jobs=1)


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return how well two feature sets tell a number."""
    pytest.importorskip("sklearn")
    from deepspectrum_features.baselines.evaluation import evaluate

    paths = number_files(tmp_path_factory.mktemp("numbered"))
    return evaluate(paths, target="arousal", classifiers=["svr", "ridge"], fuse=True, jobs=1)
