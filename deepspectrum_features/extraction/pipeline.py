"""The road from a corpus to its feature file, whatever computes the rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.executors import run_in_thread
from deepspectrum_features.extraction.finished import bring_up_to_date
from deepspectrum_features.extraction.merging import merge_parts, silent_files
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.parts import compute_parts, part_path, unfinished
from deepspectrum_features.extraction.plan import Plan, make_plan
from deepspectrum_features.extraction.resemblance import resembling
from deepspectrum_features.extraction.suspects import InHand, crashing_files
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.extraction.workplace import check_place, clear, workplace
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.sound.crash import STAGE
from deepspectrum_features.terminal import first_few, progress_bar


def compute_features(
    worker: Worker, source: Corpus | str | Path, out: str | Path, options: ExtractionOptions
) -> Extraction:
    """Let a worker compute a row for every utterance, and write the feature file.

    Parameters
    ----------
    worker : Worker
    source : Corpus, str or Path
        A corpus, or what `Corpus.read` reads.
    out : str or Path
        The feature file to write.
    options : ExtractionOptions

    Raises
    ------
    CorpusError
        If there is nothing to work on, no input gave a row, or one was refused with ``strict``.
    FeatureFileError
        If ``out`` is in the way.
    """
    began = time.monotonic()
    out = Path(out)
    check_place(out, options.overwrite)
    chunks = options.chunks(worker.shortest_seconds, worker.longest_seconds)
    corpus = source if isinstance(source, Corpus) else Corpus.read(source)
    with workplace(out) as folder:
        finished = out if out.exists() and not options.overwrite else None
        corpus = _scan(corpus, folder, finished, options)
        if chunks:
            corpus = chunks.cut(corpus, worker.shortest_seconds)
        plan = _plan(corpus, worker, options)
        if options.strict and corpus.refused:
            raise _some_refused(out, corpus.refused)
        if finished:
            table, changed = bring_up_to_date(out, plan, corpus, worker, options.strict)
            _say_what_it_resembles(table, options)
            clear(folder)  # left by a run that was killed between the file and the cleaning up
            found = "facts brought up to date" if changed else "complete"
            return Extraction.of(out, table, found=found)
        if not plan.utterances:
            raise _all_refused(out, corpus.refused)
        todo = unfinished(plan, corpus, folder)
        if len(todo) < (count := len(plan.parts)):
            options.say(f"continuing: {count - len(todo)} of {count} parts are done")
        compute_parts(todo, corpus, worker, folder, options)
        parts = [PartFile.open(part_path(part, folder), lazy=True) for part in plan.parts]
        table = merge_parts(parts, plan, corpus, worker)
        if chunks:
            table.attributes["chunk_seconds"] = str(chunks.seconds)
        if refusal := _reason_not_to_write(table, out, options):
            clear(folder)
            raise refusal
        run_in_thread(partial(table.write, out))
        clear(folder)
    _say_what_it_resembles(table, options)
    if silent := silent_files(parts):
        warnings.warn(f"digital silence in {first_few(silent)}", stacklevel=3)
    seconds = sum(part.seconds for part in todo)
    return Extraction.of(out, table, audio_seconds=seconds, wall_seconds=time.monotonic() - began)


def _scan(
    corpus: Corpus, folder: Path, finished: Path | None, options: ExtractionOptions
) -> Corpus:
    """Read all headers, but of recordings that crashed an earlier run; say what is unusual."""
    ledger = FeatureFile.open(finished, lazy=True).refused if finished else []
    known = [refusal.file for refusal in ledger if refusal.stage == STAGE]
    crashing = crashing_files(folder, corpus.root, known)
    files = len(corpus.utterances)
    with (
        InHand(folder, "scan") as in_hand,
        progress_bar(files, "files", options.bar, desc="headers", leave=False) as shown,
    ):
        corpus = corpus.scan(shown.update, in_hand, crashing)
    for notice in corpus.notices:
        options.say(notice)
    return corpus


def _plan(corpus: Corpus, worker: Worker, options: ExtractionOptions) -> Plan:
    """Plan all parts, or those of one shard."""
    plan = make_plan(corpus, worker.options)
    return plan if options.shard == (1, 1) else plan.take_shard(*options.shard)


def _reason_not_to_write(
    table: FeatureFile, out: Path, options: ExtractionOptions
) -> CorpusError | None:
    """Return why a merged table must not stand under its name; a shard's may be empty."""
    empty = not table.file
    if (empty and options.shard == (1, 1)) or (table.refused and options.strict):
        return (_all_refused if empty else _some_refused)(out, table.refused)
    return None


def _say_what_it_resembles(table: FeatureFile, options: ExtractionOptions) -> None:
    """Say how many rows may be copies of what the encoder was trained on."""
    if count := int(resembling(table.heard, table.stretches, table.seen).sum()):
        options.say(
            f"{count} of {len(table.file)} rows have the name and length of recordings that "
            f"{table.attributes['encoder']} was trained on (if they are copies, name the corpus "
            "with --layout or --name)"
        )


def _some_refused(out: Path, refused: Sequence[Refusal]) -> CorpusError:
    return CorpusError(f"{len(refused)} inputs refused, {out} not written: {_first(refused)}")


def _all_refused(out: Path, refused: Sequence[Refusal]) -> CorpusError:
    return CorpusError(
        f"none of {len(refused)} inputs gave a row, {out} not written: {_first(refused)}"
    )


def _first(refused: Sequence[Refusal]) -> str:
    return first_few([str(refusal) for refusal in refused], "; ")
