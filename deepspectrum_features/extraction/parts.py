"""Run the parts of a plan side by side, each into a file that outlives an interruption."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from joblib import Parallel, delayed

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction.plan import Part, Plan
from deepspectrum_features.extraction.suspects import InHand
from deepspectrum_features.extraction.worker import Watch, Worker
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.hdf5 import STEPS
from deepspectrum_features.terminal import progress_bar

_ATTEMPTS = 3

Progress = Callable[[int, float], object]


class StoppedError(Exception):
    """Ends a thread's work between two batches, or two blocks of a file."""


def part_path(part: Part, folder: Path) -> Path:
    """Where a part is written."""
    return folder / f"{part.number + 1:05d}.h5"


def unfinished(plan: Plan, corpus: Corpus, folder: Path) -> list[Part]:
    """Return the parts that are yet to be done; remove what belongs to no part of this plan."""
    paths = {part_path(part, folder) for part in plan.parts}
    for path in folder.glob("[0-9]*.h5"):
        if path not in paths:
            path.unlink()
    return [part for part in plan.parts if not _is_done(part, corpus, folder)]


def run_parts(
    parts: list[Part], corpus: Corpus, worker: Worker, folder: Path, jobs: int, bar: bool
) -> None:
    """Compute parts, ``jobs`` at a time, and write each when it is done."""
    with _progress(parts, bar) as progress:
        run = _in_processes if worker.in_processes else _in_threads
        run(parts, corpus, worker, folder, jobs, progress)


def _in_threads(
    parts: list[Part], corpus: Corpus, worker: Worker, folder: Path, jobs: int, progress: Progress
) -> None:
    """Run parts in threads; on an error or interruption end every thread and wait for it.

    A thread still inside onnxruntime when the interpreter ends would abort it.
    """
    stop, slots = threading.Event(), threading.Semaphore(jobs)

    def report(count: int, seconds: float) -> None:
        if stop.is_set():
            raise StoppedError
        progress(count, seconds)

    def compute(part: Part) -> None:
        with slots:
            report(0, 0.0)
            _compute(part, corpus, worker, folder, report)

    try:
        Parallel(n_jobs=jobs, backend="threading")(delayed(compute)(part) for part in parts)
    except BaseException:
        stop.set()
        worker.stop()
        for _ in range(jobs):
            _acquire(slots)
        raise


def _in_processes(
    parts: list[Part], corpus: Corpus, worker: Worker, folder: Path, jobs: int, progress: Progress
) -> None:
    """Run parts in processes; progress is seen part by part."""
    tasks = (delayed(_compute_alone)(part, _only(part, corpus), worker, folder) for part in parts)
    try:
        for rows, seconds in Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks):
            progress(rows, seconds)
    except BrokenProcessPool:
        raise CorpusError(
            f"{corpus.root}: a process at work on it died, need another run (the same command goes "
            "round recordings that crash it; fewer --jobs take less memory)"
        ) from None


def _compute_alone(part: Part, corpus: Corpus, worker: Worker, folder: Path) -> tuple[int, float]:
    """Compute a part in a process that leaves Ctrl-C to its parent; return its rows and seconds."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _compute(part, corpus, worker, folder, lambda count, seconds: None)
    return len(part.utterances), part.seconds


def _only(part: Part, corpus: Corpus) -> Corpus:
    """Return what of a corpus a part needs, to be sent to another process."""
    headers = {one.file: corpus.headers[one.file] for one in part.utterances}
    return replace(corpus, utterances=part.utterances, refused=(), notices=(), headers=headers)


def _compute(part: Part, corpus: Corpus, worker: Worker, folder: Path, report: Progress) -> None:
    """Compute and write a part, from recordings that stayed the same all the while."""
    path = part_path(part, folder)
    with InHand(folder, path.stem) as in_hand:
        for _ in range(_ATTEMPTS):
            stamp = part.stamp(corpus.root)
            table = worker(corpus, part, Watch(report, in_hand))
            if part.stamp(corpus.root) == stamp:
                table.attributes |= {"part_key": part.key, "part_stamp": stamp}
                table.write(path)
                return
    first, last = part.utterances[0].file, part.utterances[-1].file
    raise CorpusError(
        f"{corpus.root}: something from {first} to {last} changes while it is read, need "
        "recordings that are complete (run again then)"
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


def _acquire(slot: threading.Semaphore) -> None:
    """Wait for a thread to end, through a second Ctrl-C too."""
    while True:
        try:
            slot.acquire()
        except KeyboardInterrupt:
            continue
        return


def _is_done(part: Part, corpus: Corpus, folder: Path) -> bool:
    """Whether a finished part stands there, made from the very files there are now."""
    try:
        table = FeatureFile.open(part_path(part, folder))
        for name in STEPS:
            if (steps := getattr(table, name)) is not None:
                for first in range(0, steps.values.shape[0], 2**16):
                    _ = steps.values[first : first + 2**16]  # a damaged part is done again
    except FeatureFileError:
        return False
    stamp = part.stamp(corpus.root)
    known = table.attributes
    return known.get("part_key") == part.key and known.get("part_stamp") == stamp
