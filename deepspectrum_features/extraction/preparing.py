"""What an extraction knows before its work: headers, the plan, and what an earlier run has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deepspectrum_features.corpus.chunks import Chunks
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.headers import check_there
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.extraction.changes import changed_recordings
from deepspectrum_features.extraction.earlier import Earlier
from deepspectrum_features.extraction.finished import check_belongs
from deepspectrum_features.extraction.limits import within_limits
from deepspectrum_features.extraction.options import ExtractionOptions
from deepspectrum_features.extraction.outcome import some_refused
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Plan, make_plan
from deepspectrum_features.extraction.suspects import InHand, crashing_files
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.sound.crash import STAGE
from deepspectrum_features.terminal import progress_bar


@dataclass(frozen=True)
class Prepared:
    """What is to do.

    Attributes
    ----------
    corpus : Corpus
        Scanned, cut into chunks if asked to, and without what cannot give a row.
    plan : Plan
        Its parts, or those of one shard.
    earlier : Earlier or None
        The output that stands there, and what of it is still true.
    """

    corpus: Corpus
    plan: Plan
    earlier: Earlier | None

    @property
    def kept(self) -> Mapping[int, PartFile]:
        """The parts whose rows an earlier output holds, by number."""
        return self.earlier.kept if self.earlier else {}


def prepare(
    worker: Worker, listed: Corpus, out: Path, folder: Path, options: ExtractionOptions
) -> Prepared:
    """Read all headers, plan the parts, and hold what stands there against the plan.

    Parameters
    ----------
    worker : Worker
    listed : Corpus
        Not scanned yet, or anew.
    out : Path
        The feature file to write; what stands there is looked at, unless it is to be replaced.
    folder : Path
        Where the work is kept.
    options : ExtractionOptions

    Raises
    ------
    CorpusError
        If an input is refused with ``strict``.
    FeatureFileError
        If the output that stands there was made from something else.
    """
    standing = out.exists() and not options.overwrite
    finished = FeatureFile.open(out, lazy=True) if standing else None
    corpus, plan = _plan(_scan(listed, folder, finished, options), worker, options)
    if options.strict and (refused := [*corpus.refused, *_remarked(corpus)]):
        raise some_refused(out, refused)
    if finished is None:
        return Prepared(corpus, plan, None)
    then = _plan_then(finished, listed, plan, worker, options)
    check_belongs(out, finished, then, plan, corpus)
    changed = changed_recordings(finished, then, corpus, folder, options.bar)
    return Prepared(corpus, plan, Earlier(finished, then, plan, changed))


def chunks_for(worker: Worker, options: ExtractionOptions) -> Chunks | None:
    """Return how utterances are cut for a worker, or None.

    Raises
    ------
    CorpusError
        If it cannot take chunks of that length.
    """
    return options.chunks(worker.shortest_seconds, worker.longest_seconds)


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
    if corpus.refused and not corpus.given:
        check_there(corpus.root)
    for notice in corpus.notices:
        options.say(notice)
    return corpus


def _plan(corpus: Corpus, worker: Worker, options: ExtractionOptions) -> tuple[Corpus, Plan]:
    """Cut a scanned corpus into chunks, if asked to, and plan all parts, or those of one shard."""
    if chunks := chunks_for(worker, options):
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


def _remarked(corpus: Corpus) -> Iterator[Refusal]:
    """Yield refusals of utterances whose recordings are odd, for who takes it strictly."""
    for one in corpus.utterances:
        if remark := corpus.headers[one.file].remark:
            yield Refusal.of(one, "open", remark)
