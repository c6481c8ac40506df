"""Corpus in, feature file out, whoever computes the rows: plan parts, run them, merge them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from joblib import cpu_count

from deepspectrum_features.corpus.chunks import Chunks
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.finished import bring_up_to_date
from deepspectrum_features.extraction.merging import merge_parts, silent_files
from deepspectrum_features.extraction.parts import StoppedError, part_path, run_parts, unfinished
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.extraction.suspects import InHand, crashing_files
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.extraction.workplace import check_place, clear, workplace
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.sound.crash import STAGE
from deepspectrum_features.terminal import first_few, progress_bar


@dataclass(frozen=True)
class Extraction:
    """What an extraction did.

    Attributes
    ----------
    path : Path
        The feature file.
    rows, columns : int
    refused : tuple of Refusal
        Inputs that gave no row.
    audio_seconds, wall_seconds : float, s
        Sound that was worked on (finished parts left out) and time it took.
    found : str
        Empty, or what a finished output was found to be: ``"complete"``, or ``"facts brought up to
        date"`` where labels, speakers, splits or the ledger had changed.
    """

    path: Path
    rows: int
    columns: int
    refused: tuple[Refusal, ...]
    audio_seconds: float = 0.0
    wall_seconds: float = 0.0
    found: str = ""

    @classmethod
    def of(cls, path: Path, table: FeatureFile, **run: Any) -> Extraction:
        """Describe the table that stands at a path."""
        rows, columns = table.features.shape
        return cls(path, rows, columns, tuple(table.refused), **run)

    @property
    def summary(self) -> str:
        """One line for a person."""
        table = f"{self.path}: {self.rows} rows x {self.columns} columns"
        refused = f", {len(self.refused)} refused" if self.refused else ""
        if self.found:
            return f"{table}{refused}, {self.found}"
        speed = f"{self.audio_seconds / max(self.wall_seconds, 1e-3):.0f} times real time"
        return (
            f"{table}{refused}, {self.audio_seconds:.0f} s in {self.wall_seconds:.1f} s ({speed})"
        )


def run(
    worker: Worker,
    source: Corpus | str | Path,
    out: str | Path,
    *,
    chunk: float | None = None,
    chunk_step: float | None = None,
    shard: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    strict: bool = False,
    overwrite: bool = False,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Extraction:
    """Let a worker compute one row for every utterance; `extract` tells what the options mean."""
    began = time.monotonic()
    out = Path(out)
    check_place(out, overwrite)
    chunks = _chunks(chunk, chunk_step, worker)
    corpus = source if isinstance(source, Corpus) else Corpus.read(source)
    with workplace(out) as folder:
        finished = out if out.exists() and not overwrite else None
        corpus = _scan(corpus, folder, finished, bar)
        for notice in corpus.notices:
            say(notice)
        if chunks:
            corpus = chunks.cut(corpus, worker.shortest_seconds)
        plan = make_plan(corpus, worker.options)
        if shard != (1, 1):
            plan = plan.take_shard(*shard)
        if strict and corpus.refused:
            raise _refused_error(out, corpus.refused, strict)
        if finished:
            table, changed = bring_up_to_date(out, plan, corpus, worker, strict)
            clear(folder)  # left by a run that was killed between the file and the cleaning up
            found = "facts brought up to date" if changed else "complete"
            return Extraction.of(out, table, found=found)
        if not plan.utterances:
            raise _refused_error(out, corpus.refused, strict=False)
        todo = unfinished(plan, corpus, folder)
        if len(todo) < len(plan.parts):
            say(f"continuing: {len(plan.parts) - len(todo)} of {len(plan.parts)} parts are done")
        run_parts(todo, corpus, worker, folder, jobs or cpu_count(), bar)
        parts = [FeatureFile.open(part_path(part, folder), lazy=True) for part in plan.parts]
        table = merge_parts(parts, plan, corpus, worker)
        if (strict and table.refused) or not (table.file or plan.shard != (1, 1)):
            clear(folder)
            raise _refused_error(out, table.refused, strict and bool(table.file))
        _write(table, out)
        clear(folder)
    if silent := silent_files(parts):
        warnings.warn(f"digital silence in {first_few(silent)}", stacklevel=3)
    seconds = sum(part.seconds for part in todo)
    return Extraction.of(out, table, audio_seconds=seconds, wall_seconds=time.monotonic() - began)


def _chunks(chunk: float | None, chunk_step: float | None, worker: Worker) -> Chunks | None:
    """Return how to cut, after checking it."""
    if chunk is None:
        if chunk_step is not None:
            raise CorpusError("--chunk-step: need --chunk too")
        return None
    chunks = Chunks(chunk, chunk if chunk_step is None else chunk_step)
    chunks.check(worker.shortest_seconds, worker.longest_seconds)
    return chunks


def _scan(corpus: Corpus, folder: Path, finished: Path | None, bar: bool) -> Corpus:
    """Read all headers, but of recordings that crashed an earlier run."""
    ledger = FeatureFile.open(finished, lazy=True).refused if finished else []
    known = [one.file for one in ledger if one.stage == STAGE]
    crashing = crashing_files(folder, corpus.root, known)
    with (
        InHand(folder, "scan") as in_hand,
        progress_bar(len(corpus.utterances), "files", bar, desc="headers", leave=False) as shown,
    ):
        return corpus.scan(shown.update, in_hand, crashing)


def _write(table: FeatureFile, out: Path) -> None:
    """Write in a thread: HDF5 does not survive the exception of a Ctrl-C in the midst of it."""
    stop = Event()

    def check() -> None:
        if stop.is_set():
            raise StoppedError

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(table.write, out, check)
        try:
            writing.result()
        except BaseException:
            stop.set()
            raise


def _refused_error(out: Path, refused: Sequence[Refusal], strict: bool) -> Exception:
    """Say that nothing was written, naming the first refusals."""
    shown = first_few([str(one) for one in refused], "; ")
    if strict:
        return CorpusError(f"{len(refused)} inputs refused, {out} not written: {shown}")
    return CorpusError(f"none of {len(refused)} inputs gave a row, {out} not written: {shown}")
