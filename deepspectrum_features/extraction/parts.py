"""The parts of a plan: which are finished, and how the others are computed and written."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from joblib import cpu_count

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.executors import (
    Executor,
    ProcessDiedError,
    Processes,
    Progress,
    Threads,
)
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.part_task import PartTask, is_finished, part_path
from deepspectrum_features.extraction.plan import Part, Plan
from deepspectrum_features.extraction.shared_task import run_shared
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.provenance import software_versions
from deepspectrum_features.terminal import progress_bar


def unfinished(plan: Plan, corpus: Corpus, folder: Path) -> list[Part]:
    """Return the parts that are yet to be done; remove what belongs to no part of this plan."""
    paths = {part_path(part, folder) for part in plan.parts}
    for path in folder.glob("[0-9]*.h5"):
        if path not in paths:
            path.unlink()
    return [part for part in plan.parts if not is_finished(part, corpus, folder)]


def compute_parts(
    parts: list[Part], corpus: Corpus, worker: Worker, folder: Path, options: ExtractionOptions
) -> None:
    """Compute parts, as many at a time as the options say, and write each when it is done.

    Raises
    ------
    CorpusError
        If recordings change all the while, or a process dies.
    DsfError
        If there is no working with the cluster that the options name.
    """
    if not parts:
        return
    versions = json.dumps(software_versions() | worker.versions(), sort_keys=True)
    tasks = (PartTask(part, only(part, corpus), worker, folder, versions) for part in parts)
    with _progress(parts, options.bar) as progress:
        try:
            if options.cluster is None:
                executor_for(parts, corpus, worker, options.jobs).run(tasks, progress)
            else:
                shared = map(PartTask.absolute, tasks)
                alone = worker.in_processes(corpus, sum(part.seconds for part in parts))
                with closing(run_shared(shared, options.cluster, folder, alone)) as reports:
                    for _, count, seconds in reports:
                        progress(count, seconds)
        except ProcessDiedError:
            raise CorpusError(
                f"{corpus.root}: a process at work on it died, need another run (the same command "
                "goes round recordings that crash it; fewer --jobs take less memory)"
            ) from None


def executor_for(
    parts: Sequence[Part], corpus: Corpus, worker: Worker, jobs: int | None
) -> Executor:
    """Return what runs parts, so many at a time; one at a time is safe in this process.

    Parameters
    ----------
    parts : sequence of Part
    corpus : Corpus
        What they are parts of.
    worker : Worker
    jobs : int or None
        At most as many as there are parts; None is one for every CPU.
    """
    jobs = min(jobs or cpu_count(), len(parts))
    seconds = sum(part.seconds for part in parts)
    apart = jobs > 1 and worker.in_processes(corpus, seconds)
    return Processes(jobs) if apart else Threads(jobs, worker.stop)


def only(part: Part, corpus: Corpus) -> Corpus:
    """Return what of a corpus a part needs, to be sent to another process."""
    headers = {file: corpus.headers[file] for file in part.files}
    given = {file: corpus.given[file] for file in part.files if file in corpus.given}
    return replace(
        corpus, utterances=part.utterances, refused=(), notices=(), headers=headers, given=given
    )


@contextmanager
def _progress(parts: list[Part], wanted: bool) -> Iterator[Progress]:
    """Show files per second, times real time and time left."""
    seconds = sum(part.seconds for part in parts)
    rows = sum(len(part.utterances) for part in parts)
    line = "{l_bar}{bar}| {remaining} left{postfix}"
    with progress_bar(seconds, "s", wanted, desc="extracting", bar_format=line) as shown:
        began, done = time.monotonic(), 0

        def progress(count: int, length: float) -> None:
            nonlocal done
            done += count
            shown.update(length)
            wall = max(time.monotonic() - began, 1e-3)
            speed = f"{done / wall:.0f} rows/s, {shown.n / wall:.0f} x real time"
            shown.set_postfix_str(f"{done}/{rows} rows, {speed}", refresh=False)

        yield progress
