"""Every system on every fold, side by side in processes, each fit kept as soon as it is made."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.fold_fits import FoldFit, FoldTask
from deepspectrum_features.baselines.normalisation import by_speaker
from deepspectrum_features.baselines.rows import Rows
from deepspectrum_features.baselines.systems import Plan, System
from deepspectrum_features.corpus.protocol import Protocol
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extraction.executors import ProcessDiedError, Processes, Progress
from deepspectrum_features.files.locks import alone
from deepspectrum_features.terminal import progress_bar

#: Fits that are all made sooner than this are not worth the start of other processes.
_WORTH_SECONDS = 10.0


def fit_all(
    plans: Sequence[Plan], rows: Rows, keep: Path | None, jobs: int, bar: bool
) -> list[list[list[FoldFit]]]:
    """Fit every system of every plan on every fold.

    Parameters
    ----------
    plans : sequence of Plan
    rows : Rows
    keep : Path, optional
        Folder for the fits, so that those that are made need not be made again by another call.
    jobs : int
        Fits at a time. Results do not depend on it.
    bar : bool
        Show a progress bar at a terminal or in a notebook.

    Returns
    -------
    list of list of list of FoldFit
        Plan by plan, system by system, fold by fold.

    Raises
    ------
    CorpusError
        If a classifier cannot be fitted, naming the fold.
    DsfError
        If a process that fits is lost.
    """
    inputs = _Inputs(rows)
    tasks = [[inputs.tasks(one, plan.protocol) for one in plan.systems] for plan in plans]
    wanted = {task.key: task for plan in tasks for system in plan for task in system}
    with _folder(keep) as folder, progress_bar(len(wanted), "fits", bar) as shown:
        paths = {key: folder / f"{key}.npz" for key in wanted}
        made = _read(paths)
        shown.update(len(made))
        left = {key: path for key, path in paths.items() if key not in made}
        waiting = [_Waiting(wanted[key], path) for key, path in left.items()]
        _make(waiting, jobs, lambda count, _: shown.update(count))
        made |= _read(left)
    return [[[made[task.key] for task in system] for system in plan] for plan in tasks]


def _read(paths: Mapping[str, Path]) -> dict[str, FoldFit]:
    """Return the fits that are kept, by their keys."""
    found = ((key, FoldFit.read(path)) for key, path in paths.items())
    return {key: fit for key, fit in found if fit is not None}


@dataclass(frozen=True)
class _Waiting:
    """A fit to be made, and the file that is to keep it."""

    task: FoldTask
    path: Path

    def __call__(self, report: Progress) -> None:
        self.task.run().write(self.path)
        report(1, 0.0)


def _make(left: Sequence[_Waiting], jobs: int, progress: Progress) -> None:
    """Make fits here, until it is clear that the others are worth the start of processes."""
    began = time.monotonic()
    for number, one in enumerate(left):
        expected = (time.monotonic() - began) / max(number, 1) * (len(left) - number)
        if jobs > 1 and expected > _WORTH_SECONDS:
            try:
                Processes(min(jobs, len(left) - number)).run(left[number:], progress)
            except ProcessDiedError:
                raise DsfError(
                    "a process that fits was killed or crashed, often for want of memory (give "
                    "fewer --jobs; fits that are kept are not made again)"
                ) from None
            return
        one(progress)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder that fits are kept in, alone; one that nobody sees again where none is."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="fits-") as folder:
            yield Path(folder)
        return
    keep.mkdir(parents=True, exist_ok=True)
    with alone(keep / "lock"):
        try:
            yield keep
        finally:
            if not any(keep.glob("*.npz")):
                shutil.rmtree(keep, ignore_errors=True)


class _Inputs:
    """What systems get of every row, computed once for all that share it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._made: dict[tuple[int, str], tuple[NDArray[np.float32], str]] = {}

    def tasks(self, system: System, protocol: Protocol) -> list[FoldTask]:
        """Return what is to be fitted, fold by fold."""
        return [
            FoldTask(system.estimator(number), fold, *self._of(system, number), self._rows)
            for number, fold in enumerate(protocol.folds)
        ]

    def _of(self, system: System, number: int) -> tuple[NDArray[np.float32], str]:
        """Return the inputs of a system for a fold, and their digest."""
        table = system.source.table(number)
        known = id(table), "scores" if system.classifier == "network" else system.normalise
        if known not in self._made:
            values = table.class_scores if known[1] == "scores" else table.features
            owners = {"speaker": self._rows.speakers, "corpus": self._rows.corpora}
            if known[1] in owners:
                values = by_speaker(values, owners[known[1]])
            values = np.ascontiguousarray(values)
            self._made[known] = values, hashlib.sha256(values.data).hexdigest()
        return self._made[known]
