"""Run the parts of a plan in threads, each into a file of its own that outlives an interruption."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from joblib import Parallel, delayed

from deepspectrum_features.corpus import Corpus
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.plan import Part, Plan
from deepspectrum_features.progress import progress_bar
from deepspectrum_features.suspects import InHand
from deepspectrum_features.worker import EncoderWorker, Watch

_ATTEMPTS = 3


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
    for path in folder.glob(".*.draft"):
        path.unlink()
    return [part for part in plan.parts if not _is_done(part, corpus, folder)]


def run_parts(
    parts: list[Part], corpus: Corpus, worker: EncoderWorker, folder: Path, jobs: int, bar: bool
) -> None:
    """Compute parts, ``jobs`` at a time, and write each when it is done.

    Threads are enough: decoding, resampling, FFT, onnxruntime and HDF5 all release the GIL.
    """
    stop, slots = threading.Event(), threading.Semaphore(jobs)

    def compute(part: Part, progress: Callable[[int, float], None]) -> None:
        def report(count: int, seconds: float) -> None:
            if stop.is_set():
                raise StoppedError
            progress(count, seconds)

        with slots, InHand(folder, part_path(part, folder).stem) as in_hand:
            report(0, 0.0)
            table = _compute(part, corpus, worker, Watch(report, in_hand))
            table.write(part_path(part, folder))

    with _progress(parts, bar) as progress, _stopping(stop, slots, jobs, worker):
        Parallel(n_jobs=jobs, backend="threading")(
            delayed(compute)(part, progress) for part in parts
        )


def _compute(part: Part, corpus: Corpus, worker: EncoderWorker, watch: Watch) -> FeatureFile:
    """Compute a part from recordings that stayed the same all the while."""
    for _ in range(_ATTEMPTS):
        stamp = part.stamp(corpus.root)
        table = worker(corpus, part, watch)
        if part.stamp(corpus.root) == stamp:
            table.attributes |= {"part_key": part.key, "part_stamp": stamp}
            return table
    first, last = part.utterances[0].file, part.utterances[-1].file
    raise CorpusError(
        f"{corpus.root}: something from {first} to {last} changes while it is read, need "
        "recordings that are complete (run again then)"
    )


@contextmanager
def _stopping(
    stop: threading.Event, slots: threading.Semaphore, jobs: int, worker: EncoderWorker
) -> Iterator[None]:
    """On an error or interruption end every thread and wait for it.

    A thread still inside onnxruntime when the interpreter ends would abort it.
    """
    try:
        yield
    except BaseException:
        stop.set()
        worker.stop()
        for _ in range(jobs):
            _acquire(slots)
        raise


@contextmanager
def _progress(parts: list[Part], wanted: bool) -> Iterator[Callable[[int, float], None]]:
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
        attributes = FeatureFile.open(part_path(part, folder)).attributes
    except FeatureFileError:
        return False
    stamp = part.stamp(corpus.root)
    return attributes.get("part_key") == part.key and attributes.get("part_stamp") == stamp
