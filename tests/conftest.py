"""Fixtures shared by several test files."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from made_results import feature_files

from deepspectrum_features import Encoder
from deepspectrum_features.baselines.results import Results
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
