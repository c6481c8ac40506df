"""The road from a corpus to its feature file, whatever computes the rows."""

from __future__ import annotations

import time
import warnings
from functools import partial
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.headers import check_there
from deepspectrum_features.extraction.cluster import patience
from deepspectrum_features.extraction.earlier import Earlier
from deepspectrum_features.extraction.executors import run_in_thread
from deepspectrum_features.extraction.finished import bring_up_to_date
from deepspectrum_features.extraction.forecast import forecast
from deepspectrum_features.extraction.merging import merge_parts
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.outcome import Extraction, all_refused, some_refused
from deepspectrum_features.extraction.part_task import open_finished
from deepspectrum_features.extraction.parts import compute_parts, unfinished
from deepspectrum_features.extraction.plan import Part
from deepspectrum_features.extraction.preparing import Prepared, chunks_for, prepare
from deepspectrum_features.extraction.resemblance import resembling
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.extraction.workplace import check_place, clear, workplace
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.notices import low_rate, silence, zeros
from deepspectrum_features.processes.allocation import give_memory_back
from deepspectrum_features.terminal import counted


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
    chunks_for(worker, options)  # refused before any work
    if options.cluster is not None:
        patience()  # says how to install Dask
    if options.dry_run:
        return forecast(worker, listed, out, options)
    with workplace(out) as folder:
        known = prepare(worker, listed, out, folder, options)
        give_memory_back()  # of headers and plan
        if known.earlier and known.earlier.is_complete:
            clear(folder)  # left by a run that was killed between the file and the cleaning up
            return _found_complete(out, known.earlier, known.corpus, worker, options)
        todo = _unfinished(known, out, folder, options)
        compute_parts(todo, known.corpus, worker, folder, options)
        table = _merged(known, worker, folder, options)
        give_memory_back()  # of joining
        _write(table, out, folder, options)
    _say_of_the_sound(table, options)
    if line := silence(table):
        warnings.warn(line, stacklevel=3)
    seconds = sum(part.seconds for part in todo)
    return Extraction.of(out, table, audio_seconds=seconds, wall_seconds=time.monotonic() - began)


def _found_complete(
    out: Path, earlier: Earlier, corpus: Corpus, worker: Worker, options: ExtractionOptions
) -> Extraction:
    """Bring the facts of an output up to date; its numbers stand."""
    table = earlier.table
    anew = bring_up_to_date(out, table, earlier.now, corpus, worker, options.strict)
    _say_of_the_sound(table, options)
    return Extraction.of(out, table, found="facts brought up to date" if anew else "complete")


def _unfinished(known: Prepared, out: Path, folder: Path, options: ExtractionOptions) -> list[Part]:
    """Return the parts that are yet to do; say what of an earlier output or run stands."""
    if known.earlier:
        options.say(f"{out}: {known.earlier.news}")
    if not known.plan.utterances:
        raise all_refused(out, known.corpus.refused)
    todo = [
        part
        for part in unfinished(known.plan, known.corpus, folder)
        if part.number not in known.kept
    ]
    count = len(known.plan.parts) - len(known.kept)
    if len(todo) < count:
        options.say(f"continuing: {count - len(todo)} of {counted(count, 'part')} done")
    return todo


def _merged(
    known: Prepared, worker: Worker, folder: Path, options: ExtractionOptions
) -> FeatureFile:
    """Join the parts, those computed and those that an earlier output holds, to one table."""
    parts = [
        known.kept.get(part.number) or open_finished(part, folder) for part in known.plan.parts
    ]
    corpus = known.corpus
    if any(part.refused for part in parts) and not corpus.given:
        check_there(corpus.root)
    table = merge_parts(parts, known.plan, corpus, worker, known.earlier)
    if options.chunk is not None:
        table.attributes["chunk_seconds"] = str(options.chunk)
    return table


def _write(table: FeatureFile, out: Path, folder: Path, options: ExtractionOptions) -> None:
    """Write a table, or say why it must not stand under its name; a shard's may be empty."""
    empty = not table.file
    if (empty and options.shard == (1, 1)) or (table.refused and options.strict):
        clear(folder)
        raise (all_refused if empty else some_refused)(out, table.refused)
    run_in_thread(partial(table.write, out))
    clear(folder)


def _say_of_the_sound(table: FeatureFile, options: ExtractionOptions) -> None:
    """Say what rows have in common with others: rate, zeros at the ends, the encoder's training."""
    for line in filter(None, (low_rate(table), zeros(table))):
        options.say(line)
    if count := int(resembling(table.heard, table.each_stretch(), table.seen).sum()):
        options.say(
            f"{count} of {counted(len(table.file), 'row')} with the name and length of recordings "
            f"that {table.attributes['encoder']} was trained on (if they are copies, name the "
            "corpus with --layout or --name)"
        )
