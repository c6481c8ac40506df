"""A part that another machine computes: it ends with its run, and writes nothing after that."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepspectrum_features import Corpus, Encoder
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.part_task import PartTask, is_finished
from deepspectrum_features.extraction.parts import only
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.extraction.shared_task import SharedTask, ticket_for


@pytest.fixture
def task(tones: Path, encoder: Encoder) -> PartTask:
    """Return what computes the first part of a corpus."""
    worker = EncoderWorker(encoder)
    corpus = Corpus.read(tones).scan()
    part = make_plan(corpus, worker.options).parts[0]
    (tones / "parts").mkdir()
    return PartTask(part, only(part, corpus), worker, tones / "parts")


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


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_of_a_run_that_ended_nothing_is_written(task: PartTask, when: str) -> None:
    """Another run, perhaps with other options, has the folder by then."""
    with ticket_for(task.folder, patience=1.0) as ticket:
        ours = SharedTask.of(task, ticket, alone=False)

        def taken_over(count: int, seconds: float) -> None:
            ticket.path.write_text("another run\n")

        if when == "before":
            taken_over(0, 0.0)
        with pytest.raises(FeatureFileError, match=r"parts: another run took it over, or somebody"):
            ours(taken_over)
        assert [path.name for path in task.folder.iterdir()] == ["run"]
