"""Run the parts of a plan in threads, each into a file of its own that outlives an interruption."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from joblib import Parallel, delayed

from deepspectrum_features.corpus import Corpus
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features import FeatureFile
from deepspectrum_features.plan import Part, Plan
from deepspectrum_features.progress import progress_bar
from deepspectrum_features.worker import EncoderWorker


class _StoppedError(Exception):
    """Ends a worker's thread between two batches."""


def part_paths(plan: Plan, folder: Path) -> dict[Part, Path]:
    """Where each part of a plan is written: ``00001-of-00019.h5`` and so on."""
    count = len(plan.parts)
    return {part: folder / f"{part.number + 1:05d}-of-{count:05d}.h5" for part in plan.parts}


def run_parts(
    plan: Plan, corpus: Corpus, worker: EncoderWorker, folder: Path, jobs: int, bar: bool
) -> float:
    """Run the parts that are not there yet, ``jobs`` at a time; return their seconds of sound.

    Threads are enough: decoding, resampling, FFT, onnxruntime and HDF5 all release the GIL.
    An interruption lets every thread end at its next batch and keeps the finished parts.
    """
    paths = part_paths(plan, folder)
    _clear(folder, set(paths.values()))
    todo = [part for part in plan.parts if not _is_done(paths[part], part, corpus)]
    stop, slots = threading.Event(), threading.Semaphore(jobs)

    def compute(part: Part, progress: Callable[[int, float], None]) -> None:
        def report(count: int, seconds: float) -> None:
            if stop.is_set():
                raise _StoppedError
            progress(count, seconds)

        with slots:
            report(0, 0.0)
            stamp = part.stamp(corpus.root)
            table = worker(corpus, part, report)
            table.attributes |= {"part_key": part.key, "part_stamp": stamp}
            table.write(paths[part])

    seconds = sum(corpus.seconds(one) for part in todo for one in part.utterances)
    files = sum(len(part.utterances) for part in todo)
    with _progress(seconds, files, bar) as progress:
        try:
            Parallel(n_jobs=jobs, backend="threading")(
                delayed(compute)(part, progress) for part in todo
            )
        except BaseException:
            # A thread still inside onnxruntime when the interpreter ends would abort it.
            stop.set()
            for _ in range(jobs):
                _acquire(slots)
            raise
    return seconds


@contextmanager
def _progress(seconds: float, files: int, wanted: bool) -> Iterator[Callable[[int, float], None]]:
    """Show files per second, times real time and time left."""
    line = "{l_bar}{bar}| {remaining} left{postfix}"
    with progress_bar(seconds, "s", wanted, desc="extracting", bar_format=line) as shown:
        began, done = time.monotonic(), 0

        def progress(count: int, length: float) -> None:
            nonlocal done
            done += count
            shown.update(length)
            wall = max(time.monotonic() - began, 1e-3)
            speed = f"{done / wall:.0f} files/s, {shown.n / wall:.0f} x real time"
            shown.set_postfix_str(f"{done}/{files} files, {speed}", refresh=False)

        yield progress


def _acquire(slot: threading.Semaphore) -> None:
    """Wait for a thread to end, through a second Ctrl-C too."""
    while True:
        try:
            slot.acquire()
        except KeyboardInterrupt:
            continue
        return


def _clear(folder: Path, paths: set[Path]) -> None:
    """Remove parts of another plan and half-written ones; nothing else in the folder is ours."""
    for path in folder.glob("[0-9]*-of-[0-9]*.h5"):
        if path not in paths:
            path.unlink()
    for path in folder.glob(".*.draft"):
        path.unlink()


def _is_done(path: Path, part: Part, corpus: Corpus) -> bool:
    """Whether a finished part stands there, made from the very files there are now."""
    try:
        attributes = FeatureFile.open(path).attributes
    except FeatureFileError:
        return False
    stamp = part.stamp(corpus.root)
    return attributes.get("part_key") == part.key and attributes.get("part_stamp") == stamp
