"""Tasks of any kind, run by the workers of a Dask cluster."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dask_cluster import Cluster

from deepspectrum_features import DsfError
from deepspectrum_features.extraction.cluster import Dask
from deepspectrum_features.extraction.executors import Progress

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals that end a process"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "")
    yield cluster
    cluster.end()


@pytest.fixture
def pair(running: Cluster) -> Cluster:
    """Return a scheduler and two workers."""
    running.mend(2)
    return running


def test_a_result_that_was_lost_with_its_worker_is_computed_again(
    pair: Cluster, tmp_path: Path
) -> None:
    """It takes longer the second time than an answer is waited for."""
    from dask import config

    def computing(number: int) -> Callable[[Progress], int]:
        def task(progress: Progress) -> int:
            told = tmp_path / f"{number}.txt"
            time.sleep(3 if told.exists() else 0)
            told.write_text(f"{os.getpid()}", encoding="utf-8")
            progress(number, 0.0)
            return number

        return task

    def lose_the_other(number: int, seconds: float) -> None:
        if len(pair.workers) == 2:
            told = tmp_path / f"{3 - number}.txt"
            time.sleep(1)
            (holder,) = (one for one in pair.workers if told.read_text("utf-8") == f"{one.pid}")
            pair.kill(holder)
            time.sleep(1)

    with config.set({"distributed.comm.timeouts.connect": "1s"}):
        found = []
        for number, *report in Dask(pair.address).run(map(computing, (1, 2))):
            found.append(number)
            lose_the_other(*report)
        assert sorted(found) == [1, 2]
    assert len(pair.workers) == 1


def test_tasks_of_any_kind(pair: Cluster) -> None:
    """Local functions are sent to a worker whole, as it cannot import this module."""

    def returning(number: int) -> Callable[[Progress], int]:
        def task(progress: Progress) -> int:
            progress(1, 0.5)
            progress(2, 0.0)
            return number

        return task

    def failing(progress: Progress) -> None:
        raise LookupError("from a task")

    cluster = Dask(pair.address)
    found = sorted(cluster.run(map(returning, range(9))))
    assert found == [(number, 3, 0.5) for number in range(9)]
    assert list(cluster.run([])) == []
    with pytest.raises(LookupError, match="from a task"):
        list(cluster.run([returning(1), failing, returning(2)]))
    with pytest.raises(DsfError, match="no certificate to show"):
        list(Dask(pair.address.replace("tcp", "tls")).run([]))
