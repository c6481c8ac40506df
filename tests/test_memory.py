"""A fit that the machine has no memory for is refused before it begins."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import DsfError
from deepspectrum_features.baselines import memory
from deepspectrum_features.baselines.classifiers.dnn import DNN
from deepspectrum_features.baselines.classifiers.own_scores import OwnScores
from deepspectrum_features.baselines.classifiers.ridge import Ridge
from deepspectrum_features.baselines.classifiers.svm import SVM
from deepspectrum_features.baselines.classifiers.svr import SVR


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have 22 GB free."""
    monkeypatch.setattr(memory, "free_bytes", lambda: 22 * 10**9)


@pytest.mark.parametrize(
    ("estimator", "size", "message"),
    [
        (
            SVM("rbf"),
            (60_000, 1000),
            "svm: 60000 rows of 1000 columns with kernel rbf need about 43.9 GB, 22.0 GB are free "
            "(use --kernel linear)",
        ),
        (
            SVM("rbf"),
            (30_000, 1000, 2),
            "svm: 30000 rows of 1000 columns with kernel rbf in 2 jobs need about 22.3 GB, 22.0 GB "
            "are free (use fewer --jobs)",
        ),
        (
            DNN(),
            (10**6, 6373),
            "dnn: 1000000 rows of 6373 columns need about 51.1 GB, 22.0 GB are free (use a machine "
            "with more memory, or fewer rows or columns)",
        ),
    ],
)
def test_a_fit_too_large_is_refused(
    estimator: Any, size: tuple[int, ...], message: str, small: None
) -> None:
    with pytest.raises(DsfError) as caught:
        memory.check_memory(estimator, *size)
    assert str(caught.value) == message
    memory.check_memory(SVM("linear"), 60_000, 1000)
    memory.check_memory(OwnScores(["a", "b"], 1), 10**9, 6)


def test_what_is_free_is_known_here_and_not_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    free = memory.free_bytes()
    assert free is not None
    assert 10**8 < free < 10**14
    monkeypatch.setattr(memory, "free_bytes", lambda: None)
    memory.check_memory(SVM("rbf"), 10**9, 1)


@pytest.mark.parametrize(
    "estimator",
    [SVM("rbf", (1,)), SVM("linear", (1,)), SVR((1,)), Ridge((1,)), DNN(seeds=2, epochs=1)],
)
def test_the_estimate_is_near_what_numpy_takes(estimator: Any) -> None:
    rng = np.random.default_rng(0)
    rows, columns = 800, 500
    features = rng.standard_normal((rows, columns)).astype(np.float32)
    labels = np.arange(rows) % 2
    groups = np.arange(rows) // 50
    estimator.fit(features[:60], labels[:60])  # what it imports is not counted
    tracemalloc.start()
    estimator.fit(features, labels, groups=groups)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.4 < peak / estimator.bytes_needed(rows, columns) < 1.3
