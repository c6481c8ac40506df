"""Fixtures shared by several test files."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_results import chunk_files, feature_files, number_files
from preloaded import compiled

from deepspectrum_features import Encoder
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.extraction import plan
from deepspectrum_features.testing import tiny_corpus, tiny_encoder

#: What runs other programs, by `make clients`, and the pages of the documentation, by `make docs`.
collect_ignore = ["clients", "pages"]


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
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile ``failing_writes.c``."""
    code = Path(__file__).with_name("failing_writes.c").read_text(encoding="utf-8")
    return compiled(code, tmp_path_factory.mktemp("library"))


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


def drop_powers() -> None:
    """Let file permissions and limits hold for root too.

    Give up CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_SYS_RESOURCE.
    """
    pr_capbset_drop = 24
    for capability in (1, 2, 24):
        ctypes.CDLL(None).prctl(pr_capbset_drop, capability, 0, 0, 0)


@pytest.fixture(scope="session")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], None] | None:
    """Return what makes a child obey file permissions, or skip where nothing does."""
    locked = tmp_path_factory.mktemp("ordinary") / "locked"
    locked.touch(mode=0)
    preexec = drop_powers if sys.platform == "linux" and os.geteuid() == 0 else None
    done = subprocess.run(["cat", locked], capture_output=True, check=False, preexec_fn=preexec)
    if done.returncode == 0:
        pytest.skip("this user reads everything, whatever its permissions")
    return preexec
