"""A part that another machine computes: it ends with its run, and writes nothing after that."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from deepspectrum_features import Corpus, Encoder
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.part_task import PartTask, is_finished, open_finished
from deepspectrum_features.extraction.parts import only
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.extraction.shared_task import SharedTask, ticket_for


@pytest.fixture
def tasks(tones: Path, encoder: Encoder) -> list[PartTask]:
    """Return what computes the parts of a corpus."""
    worker = EncoderWorker(encoder)
    corpus = Corpus.read(tones).scan()
    (tones / "parts").mkdir()
    parts = make_plan(corpus, worker.options).parts
    return [PartTask(part, only(part, corpus), worker, tones / "parts", "{}") for part in parts]


@pytest.fixture
def task(tasks: list[PartTask]) -> PartTask:
    """Return the first of them."""
    return tasks[0]


def test_a_part_is_computed_once(task: PartTask) -> None:
    told: list[tuple[int, float]] = []
    written = set()
    with ticket_for(task.folder, patience=1.0) as ticket:
        for _ in range(2):
            SharedTask.of(task, ticket, alone=True)(lambda *report: told.append(report))
            assert sum(count for count, _ in told) == len(task.part.utterances)
            assert is_finished(task.part, task.corpus, task.folder)
            written.add((task.folder / "00001.h5").stat().st_mtime_ns)
            told.clear()
    assert len(written) == 1
    assert [path.name for path in task.folder.iterdir()] == ["00001.h5"]


@pytest.mark.slow
@pytest.mark.parametrize("alone", [True, False])
def test_a_process_computes_one_part_at_a_time_where_threads_would_wait(
    tasks: list[PartTask], alone: bool
) -> None:
    folder, at_work = tasks[0].folder, []

    def look(count: int, seconds: float) -> None:
        at_work.append(len(list(folder.glob("*.trying"))))
        time.sleep(0.1)

    with ticket_for(folder, patience=1.0) as ticket, ThreadPoolExecutor(2) as pool:
        shared = [SharedTask.of(one, ticket, alone) for one in tasks[:2]]
        list(pool.map(lambda one: one(look), shared))
    assert max(at_work) == (1 if alone else 2)


@pytest.mark.parametrize("when", ["before", "meanwhile", "in the end"])
def test_of_a_run_that_ended_nothing_is_written(task: PartTask, when: str) -> None:
    """Another run, perhaps with other options, has the folder by then."""
    with ticket_for(task.folder, patience=1.0) as ticket:
        ours = SharedTask.of(task, ticket, alone=False)

        told = 0

        def take_over(count: int, seconds: float) -> None:
            nonlocal told
            told += count
            if when != "in the end" or told == len(task.part.utterances):
                ticket.path.write_text("another run\n")

        if when == "before":
            take_over(0, 0.0)
        touched = task.folder.stat().st_mtime_ns
        with pytest.raises(FeatureFileError, match=r"parts: another run took it over, or somebody"):
            ours(take_over)
        if when == "before":
            assert task.folder.stat().st_mtime_ns == touched, "the part was in hand"
        assert told == (len(task.part.utterances) if when == "in the end" else 0)
        assert [path.name for path in task.folder.iterdir()] == ["run"]


def test_a_part_that_another_run_wrote_is_not_merged(task: PartTask) -> None:
    """A machine that was out of touch wrote it after this run had looked."""
    task(lambda count, seconds: None)
    assert open_finished(task.part, task.folder).key == task.part.key
    told = r"00001\.h5: written by another run, need the same command again$"
    with pytest.raises(FeatureFileError, match=told):
        open_finished(replace(task.part, key="another"), task.folder)
