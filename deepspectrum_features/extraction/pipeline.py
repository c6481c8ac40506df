"""The road from a corpus to its feature file, whatever computes the rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from deepspectrum_features.corpus.chunks import Chunks
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.changes import changed_recordings
from deepspectrum_features.extraction.earlier import Earlier
from deepspectrum_features.extraction.executors import run_in_thread
from deepspectrum_features.extraction.finished import bring_up_to_date, check_belongs
from deepspectrum_features.extraction.limits import within_limits
from deepspectrum_features.extraction.merging import merge_parts
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.outcome import Extraction
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.parts import compute_parts, part_path, unfinished
from deepspectrum_features.extraction.plan import Part, Plan, make_plan
from deepspectrum_features.extraction.resemblance import resembling
from deepspectrum_features.extraction.suspects import InHand, crashing_files
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.extraction.workplace import check_place, clear, workplace
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.notices import low_rate, silence, zeros
from deepspectrum_features.sound.crash import STAGE
from deepspectrum_features.terminal import first_few, progress_bar


def compute_features(
    worker: Worker, listed: Corpus, out: Path, options: ExtractionOptions
) -> Extraction:
    """Let a worker compute a row for every utterance, and write the feature file.

    Parameters
    ----------
    worker : Worker
    listed : Corpus
        Not scanned yet, or anew.
    out : Path
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
    check_place(out, options.overwrite)
    _chunks(worker, options)  # refused before any work
    with workplace(out) as folder:
        standing = out.exists() and not options.overwrite
        finished = FeatureFile.open(out, lazy=True) if standing else None
        corpus, plan = _plan(_scan(listed, folder, finished, options), worker, options)
        if options.strict and (refused := [*corpus.refused, *_remarked(corpus)]):
            raise _some_refused(out, refused)
        earlier = None
        if finished is not None:
            then = _plan_then(finished, listed, plan, worker, options)
            check_belongs(out, finished, then, plan, corpus)
            changed = changed_recordings(finished, then, corpus, folder, options.bar)
            earlier = Earlier(finished, then, plan, changed)
            if earlier.is_complete:
                clear(folder)  # left by a run that was killed between the file and the cleaning up
                return _found_complete(out, earlier, corpus, worker, options)
            options.say(f"{out}: {earlier.news}")
        if not plan.utterances:
            raise _all_refused(out, corpus.refused)
        kept = earlier.kept if earlier else {}
        todo = _unfinished(plan, kept, corpus, folder, options)
        compute_parts(todo, corpus, worker, folder, options)
        parts = [
            kept.get(part.number) or PartFile.open(part_path(part, folder), lazy=True)
            for part in plan.parts
        ]
        table = merge_parts(parts, plan, corpus, worker, earlier)
        if options.chunk is not None:
            table.attributes["chunk_seconds"] = str(options.chunk)
        if refusal := _reason_not_to_write(table, out, options):
            clear(folder)
            raise refusal
        run_in_thread(partial(table.write, out))
        clear(folder)
    _say_of_the_sound(table, options)
    if line := silence(table):
        warnings.warn(line, stacklevel=3)
    seconds = sum(part.seconds for part in todo)
    return Extraction.of(out, table, audio_seconds=seconds, wall_seconds=time.monotonic() - began)


def _scan(
    corpus: Corpus, folder: Path, finished: FeatureFile | None, options: ExtractionOptions
) -> Corpus:
    """Read all headers, but of recordings that crashed an earlier run; say what is unusual."""
    ledger = finished.refused if finished else []
    known = [refusal.file for refusal in ledger if refusal.stage == STAGE]
    crashing = crashing_files(folder, corpus.root, known)
    files = len(corpus.utterances)
    with (
        InHand(folder, "scan") as in_hand,
        progress_bar(files, "files", options.bar, desc="headers", leave=False) as shown,
    ):
        corpus = corpus.scan(shown.update, in_hand, crashing, whole=options.chunk is None)
    for notice in corpus.notices:
        options.say(notice)
    return corpus


def _chunks(worker: Worker, options: ExtractionOptions) -> Chunks | None:
    """Return how utterances are cut for a worker, or None."""
    return options.chunks(worker.shortest_seconds, worker.longest_seconds)


def _plan(corpus: Corpus, worker: Worker, options: ExtractionOptions) -> tuple[Corpus, Plan]:
    """Cut a scanned corpus into chunks, if asked to, and plan all parts, or those of one shard."""
    if chunks := _chunks(worker, options):
        corpus = chunks.cut(corpus, worker.shortest_seconds)
    corpus = within_limits(corpus, worker)
    plan = make_plan(corpus, worker.options)
    return corpus, plan if options.shard == (1, 1) else plan.take_shard(*options.shard)


def _plan_then(
    finished: FeatureFile, listed: Corpus, plan: Plan, worker: Worker, options: ExtractionOptions
) -> Plan:
    """Plan a corpus as it was when an output was made of it; as it is where nobody knows."""
    if not finished.recordings:
        return plan
    as_it_was = listed.with_headers(finished.recordings, {}, whole=options.chunk is None)
    return _plan(as_it_was, worker, options)[1]


def _found_complete(
    out: Path, earlier: Earlier, corpus: Corpus, worker: Worker, options: ExtractionOptions
) -> Extraction:
    """Bring the facts of an output up to date; its numbers stand."""
    table = earlier.table
    anew = bring_up_to_date(out, table, earlier.now, corpus, worker, options.strict)
    _say_of_the_sound(table, options)
    return Extraction.of(out, table, found="facts brought up to date" if anew else "complete")


def _unfinished(
    plan: Plan,
    kept: Mapping[int, PartFile],
    corpus: Corpus,
    folder: Path,
    options: ExtractionOptions,
) -> list[Part]:
    """Return the parts that are yet to do; say how many of them an earlier run has done."""
    todo = [part for part in unfinished(plan, corpus, folder) if part.number not in kept]
    count = len(plan.parts) - len(kept)
    if len(todo) < count:
        options.say(f"continuing: {count - len(todo)} of {count} parts are done")
    return todo


def _reason_not_to_write(
    table: FeatureFile, out: Path, options: ExtractionOptions
) -> CorpusError | None:
    """Return why a merged table must not stand under its name; a shard's may be empty."""
    empty = not table.file
    if (empty and options.shard == (1, 1)) or (table.refused and options.strict):
        return (_all_refused if empty else _some_refused)(out, table.refused)
    return None


def _remarked(corpus: Corpus) -> Iterator[Refusal]:
    """Yield refusals of utterances whose recordings are odd, for who takes it strictly."""
    for one in corpus.utterances:
        if remark := corpus.headers[one.file].remark:
            yield Refusal.of(one, "open", remark)


def _say_of_the_sound(table: FeatureFile, options: ExtractionOptions) -> None:
    """Say what rows have in common with others: rate, zeros at the ends, the encoder's training."""
    for line in filter(None, (low_rate(table), zeros(table))):
        options.say(line)
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
