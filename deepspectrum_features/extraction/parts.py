"""The parts of a plan: which are finished, and how the others are computed and written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from joblib import cpu_count

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.encoder.levels import STEP_GROUPS
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction.executors import (
    Executor,
    ProcessDiedError,
    Processes,
    Progress,
    Threads,
)
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Part, Plan
from deepspectrum_features.extraction.suspects import InHand
from deepspectrum_features.extraction.worker import Watch, Worker
from deepspectrum_features.terminal import progress_bar

_ATTEMPTS = 3


def part_path(part: Part, folder: Path) -> Path:
    """Return where a part is written."""
    return folder / f"{part.number + 1:05d}.h5"


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
    """
    if not parts:
        return
    executor = executor_for(parts, corpus, worker, options.jobs)
    tasks = (PartTask(part, only(part, corpus), worker, folder) for part in parts)
    with _progress(parts, options.bar) as progress:
        try:
            executor.run(tasks, progress)
        except ProcessDiedError:
            raise CorpusError(
                f"{corpus.root}: a process at work on it died, need another run (the same command "
                "goes round recordings that crash it; fewer --jobs take less memory)"
            ) from None


@dataclass(frozen=True)
class PartTask:
    """Computes one part and writes it; it can be sent to another process.

    Attributes
    ----------
    part : Part
    corpus : Corpus
        What the part needs of it.
    worker : Worker
    folder : Path
        Where parts are written.
    """

    part: Part
    corpus: Corpus
    worker: Worker
    folder: Path

    def __call__(self, progress: Progress) -> None:
        """Compute and write the part, from recordings that stayed the same all the while."""
        part, root = self.part, self.corpus.root
        path = part_path(part, self.folder)
        with InHand(self.folder, path.stem) as in_hand:
            for _ in range(_ATTEMPTS):
                stamp = part.stamp(root)
                table = self.worker(self.corpus, part, Watch(progress, in_hand))
                if part.stamp(root) == stamp:
                    table.key, table.stamp = part.key, stamp
                    table.write(path)
                    return
        first, last = part.utterances[0].file, part.utterances[-1].file
        raise CorpusError(
            f"{root}: something from {first} to {last} changes while it is read, need "
            "recordings that are complete (run again then)"
        )


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


def is_finished(part: Part, corpus: Corpus, folder: Path) -> bool:
    """Whether the part stands there, undamaged, made from the very files there are now."""
    try:
        table = PartFile.open(part_path(part, folder))
        for name in STEP_GROUPS:
            if (steps := getattr(table, name)) is not None:
                for first in range(0, steps.values.shape[0], 2**16):
                    _ = steps.values[first : first + 2**16]  # a damaged part is done again
    except FeatureFileError:
        return False
    return (table.key, table.stamp) == (part.key, part.stamp(corpus.root))
