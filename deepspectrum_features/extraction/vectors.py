"""Rows of features without a file: computed as those of a feature file, and handed back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Refusal, Stretch
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.executors import ProcessDiedError, Progress
from deepspectrum_features.extraction.limits import within_limits
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.parts import executor_for, only
from deepspectrum_features.extraction.plan import Part, make_plan
from deepspectrum_features.extraction.worker import Watch, Worker


@dataclass(frozen=True)
class Vectors:
    """What was computed of a corpus.

    Attributes
    ----------
    rows : dict of tuple to ndarray, (columns,), float32
        By `Utterance.stretch`, of every utterance that gives a row.
    refused : tuple of Refusal
        The others, and why.
    """

    rows: dict[Stretch, NDArray[np.float32]]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True)
class VectorsTask:
    """Computes one part; it can be sent to another process.

    Attributes
    ----------
    part : Part
    corpus : Corpus
        What the part needs of it.
    worker : Worker
    """

    part: Part
    corpus: Corpus
    worker: Worker

    def __call__(self, progress: Progress) -> Vectors:
        """Compute the part."""
        watch = Watch(progress, opening=lambda file: None)
        table: PartFile = self.worker(self.corpus, self.part, watch)
        refused = {one.stretch for one in table.refused}
        there = [stretch for stretch in self.part.stretches if stretch not in refused]
        return Vectors(dict(zip(there, table.features, strict=True)), tuple(table.refused))


def compute_vectors(worker: Worker, corpus: Corpus, jobs: int | None = None) -> Vectors:
    """Let a worker compute a row for every utterance; nothing is written.

    Parameters
    ----------
    worker : Worker
    corpus : Corpus
        Scanned or not; each stretch is in it once.
    jobs : int, optional
        Parts at a time; default one for every CPU. Results do not depend on it.

    Raises
    ------
    CorpusError
        If a process at work dies.

    Examples
    --------
    >>> from deepspectrum_features import Corpus
    >>> from deepspectrum_features.extraction.encoder_worker import EncoderWorker
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> corpus = Corpus.read(tiny_corpus(speakers=1, per_class=1))
    >>> found = compute_vectors(EncoderWorker(tiny_encoder()), corpus)
    >>> [row.shape for row in found.rows.values()]
    [(12,), (12,)]
    """
    corpus = within_limits(corpus if corpus.headers else corpus.scan(), worker)
    # content digests are of files: without them nothing is read but what is asked for
    parts = [replace(part, owned=frozenset()) for part in make_plan(corpus, {}).parts]
    tasks = (VectorsTask(part, only(part, corpus), worker) for part in parts)
    found = list[Vectors]()
    try:
        if parts:
            executor = executor_for(parts, corpus, worker, jobs)
            found = executor.run(tasks, lambda count, seconds: None)
    except ProcessDiedError:
        raise CorpusError(
            f"{corpus.root}: a process at work on it died, need fewer jobs (they take less memory) "
            "or other recordings (dsf extract finds those that crash it)"
        ) from None
    return Vectors(
        {stretch: row for part in found for stretch, row in part.rows.items()},
        (*corpus.refused, *(refusal for part in found for refusal in part.refused)),
    )
